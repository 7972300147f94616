# The budget of all rows of Table 1: 2 million supervised frames in batches of 32 clips
# of 32 frames.
max_iters = 2_000_000 // (32 * 32) + 1  # 1954

train_cfg = dict(type='IterBasedTrainLoop', max_iters=max_iters, val_interval=max_iters)
val_cfg = dict()
test_cfg = dict()
# --amp sets type='AmpOptimWrapper' (mixed precision).
optim_wrapper = dict(
    optimizer=dict(type='AdamW', lr=1e-3, weight_decay=0.01),
    clip_grad=dict(max_norm=1.0),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, begin=0, end=100, by_epoch=False),
    dict(type='CosineAfterWarmUpLR', begin=100, by_epoch=False),
]
