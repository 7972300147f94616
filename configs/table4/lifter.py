# The 3D poses of SimpleBaseline3D trained on motion capture: rotated onto the T-pose,
# and normalized in closed form.
#   python tools/train.py configs/lifter_simplebaseline3d_cmu.py
_base_ = '../lifter_simplebaseline3d_cmu.py'

model = dict(data_preprocessor=dict(test_transforms=[dict(type='NormalizeKeypoints')]))
test_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='PennAction',
        data_root='data/penn_action',
        split='all',
        pipeline=[dict(type='FillGaps'), dict(type='PackPoseClip')],
    )
)
test_evaluator = [
    dict(
        type='RankPoolKNN',
        prefix='procrustes_3d',
        features=[dict(features='keypoints', descriptor='turned_keypoints')],
    ),
    dict(type='RankPoolKNN', prefix='closed_form', features='normalized_poses'),
]
