# The upper bound when no frame is dropped: every frame must find its match.
_base_ = 'ceiling.py'
test_dataloader = dict(dataset=dict(keep_probability=1.0))
