# E_P above a lifter, SimpleBaseline3D, on whose poses of the mocap training set it is
# trained.
_base_ = [
    '../lifter_simplebaseline3d_cmu.py',
    'pose_embedder.py',
    'correspondence_mocap.py',
]

model = dict(
    _delete_=True,
    type='PoseEmbedder',
    encoder={{_base_.encoder}},
    loss={{_base_.triplet_loss}},
    miner={{_base_.miner}},
    normalizer={{_base_.model}},
    data_preprocessor=dict(
        type='PoseClipPreprocessor',
        test_transforms={{_base_.data_preprocessor.test_transforms}},
    ),
)
train_dataloader = dict(
    batch_size=16,  # of 64 frames: as many as 32 clips of 32 frames
    dataset=dict(
        _delete_=True,
        type='NormalizedPoseClips',
        clips=dict(
            type='MocapClips',
            ann_file='data/cmu_h36m17/train.npz',
            test_mode=True,
            views=(-60, 0, 60),
            variants=('original', 'bone_scaled'),
            pipeline=[dict(type='PackPoseClip')],
        ),
        clip_length=64,
        stride_range=(2, 16),  # up to 20 seconds: most of a motion
        normalizer=dict(config='{{ fileDirname }}/../lifter_simplebaseline3d_cmu.py'),
    ),
)
test_dataloader = {{_base_.correspondence_dataloader}}
test_evaluator = dict(
    _delete_=True, type='DenseCorrespondence', features='pose_features'
)

# Nothing is chosen by the test pairs: the last checkpoint counts.
val_cfg = None
val_dataloader = None
val_evaluator = None
default_hooks = dict(checkpoint=dict(save_best=None, rule=None))
custom_hooks = {{_base_.embedder_hooks}}
