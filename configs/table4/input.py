# Baselines that use the 2D poses alone.
_base_ = ['../_base_/runtime.py', '../_base_/penn_action.py']

model = dict(
    type='InputPoses',
    data_preprocessor=dict(
        type='PoseClipPreprocessor',
        test_transforms=[dict(type='NormalizeKeypoints')],
    ),
)
test_evaluator = [
    dict(type='RankPoolKNN', prefix='plain_2d', features='keypoint_labels'),
    dict(
        type='RankPoolKNN',
        prefix='euler_2d',
        features=[dict(features='keypoint_labels', descriptor='bone_angles')],
    ),
]
