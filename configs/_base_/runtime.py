# What all runs share: seed, logs and checkpoints. Training is counted in iterations.
default_scope = 'mmposenorm'
randomness = dict(seed=0)

default_hooks = dict(
    logger=dict(type='MainProcessLoggerHook', interval=10),
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
# Writes losses and figures to WORK_DIR/TIME/vis_data/scalars.json. For TensorBoard:
#   pip install 'tensorboard<2.20'  # newer ones need a protobuf that mediapipe refuses
#   python tools/train.py CONFIG --cfg-options \
#       visualizer.vis_backends.0.type=TensorboardVisBackend
visualizer = dict(type='Visualizer', vis_backends=[dict(type='LocalVisBackend')])
