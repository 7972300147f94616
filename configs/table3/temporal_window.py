# Features of nine consecutive frames instead of one.
_base_ = 'fc.py'
model = dict(
    encoder=dict(
        _delete_=True,
        type='TemporalWindowEncoder',
        encoder=dict(type='FullyConnectedEncoder'),
        window=9,
    )
)
train_dataloader = dict(dataset=dict(stride_range=(1, 1)))
