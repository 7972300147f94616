# What the rows of Table 4 "at one budget" share: CMU motion capture seen by virtual
# cameras, a hundred thousand frames, and the test on Penn Action. Weights are not
# averaged: so few steps would still remember the initial ones.
_base_ = ['runtime.py', 'schedule_2m.py', 'mocap_clips.py']
batch_size = 16
max_iters = 100_000 // (batch_size * 32)

train_dataloader = dict(batch_size=batch_size)
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, begin=0, end=20, by_epoch=False),
    dict(type='CosineAfterWarmUpLR', begin=20, by_epoch=False),
]
custom_hooks = []
val_cfg = None
val_dataloader = None
val_evaluator = None
default_hooks = dict(checkpoint=dict(save_best=None, rule=None))
test_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='PennAction',
        data_root='data/penn_action',
        split='all',
        pipeline=[dict(type='FillGaps'), dict(type='PackPoseClip')],
    )
)
