# The pose embedder (the paper's E_P) on top of Table 1's pose normalizer. It is trained
# on the poses that this normalizer predicts for the mocap training set.
_base_ = ['../table1/e_q_direct.py', 'pose_embedder.py', 'correspondence_mocap.py']

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
    batch_size=16,  # clips of 64 frames: as many frames as 32 clips of 32
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
        normalizer=dict(config='{{ fileDirname }}/../table1/e_q_direct.py'),
    ),
)
test_dataloader = {{_base_.correspondence_dataloader}}
test_evaluator = dict(
    _delete_=True, type='DenseCorrespondence', features='pose_features'
)

# There is no validation: the last checkpoint is used.
val_cfg = None
val_dataloader = None
val_evaluator = None
default_hooks = dict(checkpoint=dict(save_best=None, rule=None))
custom_hooks = {{_base_.embedder_hooks}}
