# EnGAN, our re-implementation from the paper's description: actions as trajectories in
# an embedding of 3D poses. It is trained on true poses and tested on those that the
# pose normalizer in the package estimates.
#   python tools/train.py configs/table4/engan.py
_base_ = ['../_base_/table4_rows.py', '../_base_/pose_normalizer.py']

model = dict(
    _delete_=True,
    type='TrajectoryEmbedder',
    window={{_base_.clip_len}},
    normalizer=dict(
        type='PoseNormalizer',
        encoder={{_base_.model.encoder}},
        head={{_base_.model.head}},
        losses=dict(),
        uncertainty=dict(type='DirectionSigmaHead'),
        init_cfg=dict(type='Pretrained', checkpoint='mmposenorm://pose_normalizer'),
    ),
    data_preprocessor=dict(
        type='PoseClipPreprocessor',
        train_transforms=[
            dict(type='MirrorClip'),
            dict(type='VirtualCamera'),
            dict(type='ViewClip'),
        ],
        test_transforms=[dict(type='NormalizeKeypoints')],
    ),
)
test_evaluator = [dict(type='RankPoolKNN', prefix='engan', features='pose_features')]
