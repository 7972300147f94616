# What every run shares: logs, checkpoints, seed. Iterations, not epochs, are counted.
default_scope = 'mmposenorm'
randomness = dict(seed=0)

default_hooks = dict(
    logger=dict(type='LoggerHook', interval=50),
    checkpoint=dict(
        type='CheckpointHook',
        by_epoch=False,
        interval=1000,
        max_keep_ckpts=2,
        save_best='posenorm/normalized_error_mm',
        rule='less',
    ),
    resumed_draws=dict(type='ResumedDrawsHook'),
)
custom_hooks = [
    dict(type='EMAHook', ema_type='ExponentialMovingAverage', momentum=1e-2)
]
log_processor = dict(by_epoch=False)
