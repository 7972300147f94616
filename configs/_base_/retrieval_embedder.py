# Pose features straight from 2D keypoints, beside the pose normalizer that ships.
_base_ = ['../posenorm_mocap.py', 'correspondence_mocap.py']

model = dict(
    _delete_=True,
    type='RetrievalEmbedder',
    encoder=dict(type='TemporalConvEncoder'),
    loss=dict(type='RetrievalLoss'),
    up_weight=0.3,
    normalizer={{_base_.model}},
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
test_dataloader = {{_base_.correspondence_dataloader}}
test_evaluator = dict(
    _delete_=True, type='DenseCorrespondence', features='pose_features'
)
