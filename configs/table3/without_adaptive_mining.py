# Triplets chosen by time alone: positives are at most 5 frames away, negatives more
# than 20.
_base_ = 'fc.py'
model = dict(
    miner=dict(
        _delete_=True, type='TemporalWindowMiner', positive_window=5, negative_window=20
    )
)
train_dataloader = dict(dataset=dict(stride_range=(1, 1)))
custom_hooks = [
    dict(type='EMAHook', ema_type='ExponentialMovingAverage', momentum=1e-2)
]
