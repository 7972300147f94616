# mmpose's VideoPose3D recipe with our model: its Human36mDataset, optimizer, learning
# rate and epochs, but our packing (clips with their camera instead of windows around
# one frame) and our metrics.
_base_ = 'mmpose::body_3d_keypoint/video_pose_lift/h36m/video-pose-lift_tcn-27frm-supv_8xb128-160e_h36m.py'  # noqa: E501

# Inherited parts keep mmpose's scope, so our components need a prefix inside them.
default_scope = 'mmposenorm'
clip_len = 64

model = dict(
    _delete_=True,
    type='PoseNormalizer',
    data_preprocessor=dict(
        type='PoseClipPreprocessor',
        train_transforms=[
            dict(type='MirrorClip'),
            dict(type='ViewClip'),
            dict(type='NormalizeKeypoints'),
        ],
        test_transforms=[dict(type='ViewClip'), dict(type='NormalizeKeypoints')],
    ),
    encoder=dict(type='TemporalConvEncoder'),
    losses=dict(
        recon=dict(type='PositionLoss', squared=False),
        normalized=dict(type='PositionLoss', squared=False),
    ),
)

clips = dict(
    seq_len=1,
    multiple_target=clip_len,
    pad_video_seq=False,
    pipeline=[
        dict(type='mmposenorm.MMPoseToClip'),
        dict(type='mmposenorm.PackPoseClip'),
    ],
)
train_dataloader = dict(
    batch_size=32, collate_fn=dict(type='default_collate'), dataset=clips
)
val_dataloader = dict(
    batch_size=32, collate_fn=dict(type='default_collate'), dataset=clips
)
test_dataloader = val_dataloader

val_evaluator = [
    dict(type='MPJPE'),
    dict(type='NormalizedError'),
]
test_evaluator = val_evaluator

# mmpose's own hooks and visualizer import all its models and their requirements
# (torchvision, mmcv's compiled operators) in order to draw images, which clips lack.
default_hooks = dict(
    _delete_=True,
    logger=dict(type='MainProcessLoggerHook', interval=20),
    checkpoint=dict(
        type='CheckpointHook',
        interval=10,
        max_keep_ckpts=1,
        save_best='posenorm/normalized_error_mm',
        rule='less',
    ),
    resumed_draws=dict(type='ResumedDrawsHook'),
)
visualizer = dict(_delete_=True, type='Visualizer')
log_processor = dict(_delete_=True, type='LogProcessor', by_epoch=True)
