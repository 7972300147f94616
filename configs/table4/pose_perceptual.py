# Pose Perceptual, our re-implementation from the paper's description: all hidden layers
# of a spatial-temporal graph convolutional network, here trained to tell the actions of
# the motion capture apart. Clips are not mirrored: some actions say left or right.
#   python tools/train.py configs/table4/pose_perceptual.py
_base_ = ['../_base_/table4_rows.py', '../_base_/cmu_actions.py']

model = dict(
    type='PerceptualEmbedder',
    actions={{_base_.actions}},
    channels=(16, 16, 32, 32),
    data_preprocessor=dict(
        type='PoseClipPreprocessor',
        train_transforms=[
            dict(type='ScaleBones'),
            dict(type='VirtualCamera'),
            dict(type='ViewClip'),
            dict(type='NormalizeKeypoints'),
        ],
        test_transforms=[dict(type='NormalizeKeypoints')],
    ),
)
test_evaluator = [
    dict(type='RankPoolKNN', prefix='pose_perceptual', features='perceptual')
]
