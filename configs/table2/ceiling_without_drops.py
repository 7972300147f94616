# The ceiling where no frame is dropped: then every frame must be found.
_base_ = 'ceiling.py'
test_dataloader = dict(dataset=dict(keep_probability=1.0))
