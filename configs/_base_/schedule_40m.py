# 40 million supervised target frames in batches of 160 clips of 32 frames, so large
# that the optimizer takes little of a step. With AdamW alone the same error takes
# several times the steps (docs/experiments.md).
train_cfg = dict(
    type='IterBasedTrainLoop', max_iters=40_000_000 // (160 * 32), val_interval=1000
)
val_cfg = dict()
test_cfg = dict()
# --amp sets type='AmpOptimWrapper' (mixed precision).
optim_wrapper = dict(
    optimizer=dict(type='MuonWithAdamW', lr=2e-3, weight_decay=0.01),
    clip_grad=dict(max_norm=1.0),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, begin=0, end=200, by_epoch=False),
    dict(type='CosineAfterWarmUpLR', begin=200, by_epoch=False),
]
