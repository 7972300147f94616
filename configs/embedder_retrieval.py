# Train the pose features that ship: an embedding of 2D keypoints that learns to find
# the same moment in another rendering of the same motion. It starts from the encoder
# of the pose normalizer.
#   python tools/train.py configs/posenorm_cmu_wild.py --amp
#   python tools/train.py configs/embedder_retrieval.py --amp
_base_ = [
    '_base_/runtime.py',
    '_base_/schedule_40m.py',
    '_base_/mocap_clips.py',
    '_base_/mocap_training_files.py',
    '_base_/correspondence_mocap.py',
]
model = dict(
    type='RetrievalEmbedder',
    encoder=dict(type='TemporalConvEncoder'),
    loss=dict(type='RetrievalLoss'),
    up_weight=0.3,
    start_from=dict(
        checkpoint='work_dirs/posenorm_cmu_wild/iter_16000.pth', prefix='encoder'
    ),
    data_preprocessor=dict(
        type='PoseClipPreprocessor',
        train_transforms=[
            dict(type='ExchangeLimbs'),
            dict(type='TurnLimbs'),
            dict(type='MirrorClip'),
            dict(type='RenderTwice'),
            dict(type='WarpTime', length=80),
            dict(type='ScaleBones'),
            dict(type='VirtualCamera'),
            dict(type='ViewClip'),
            dict(type='ThoraxFromShoulders'),
            dict(type='AddDetectorNoise'),
            dict(type='HideJoints'),
            dict(type='NormalizeKeypoints'),
        ],
        test_transforms={{_base_.data_preprocessor.test_transforms}},
    ),
)
train_dataloader = dict(
    batch_size=24,  # motions, each rendered twice
    dataset=dict(
        ann_file={{_base_.training_files.ann_file}},
        weights={{_base_.training_files.weights}},
        index_file={{_base_.training_files.index_file}},
        pipeline=[
            dict(type='RandomClip', length=120, speed_range=(0.5, 2.0)),
            dict(type='PackPoseClip'),
        ],
    ),
)
max_iters = 2600
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
optim_wrapper = dict(optimizer=dict(lr=1e-3))
test_dataloader = {{_base_.correspondence_dataloader}}
test_evaluator = dict(type='DenseCorrespondence', features='pose_features')
val_cfg = None
val_dataloader = None
default_hooks = dict(checkpoint=dict(interval=500, save_best=None, rule=None))
custom_hooks = [
    dict(type='EMAHook', ema_type='ExponentialMovingAverage', momentum=2e-3),
]
