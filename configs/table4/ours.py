# The results of PoseNormInferencer with the weights that ship with the package.
_base_ = ['../_base_/runtime.py', '../_base_/penn_action.py']

model = dict(type='InferredPoses', data_preprocessor=dict(type='PoseClipPreprocessor'))
poses, features, up = 'normalized_poses', 'pose_features', 'body_up'
upright = dict(features=[poses, up], descriptor='upright_keypoints')
test_evaluator = [
    dict(type='RankPoolKNN', prefix='normalized', features=poses),
    dict(type='RankPoolKNN', prefix='features', features=features),
    dict(
        type='RankPoolKNN',
        prefix='normalized_features',
        features=[dict(features=poses), dict(features=features)],
    ),
    dict(
        type='RankPoolKNN',
        prefix='features_up',
        features=[dict(features=features), dict(features=up, weight=0.3)],
    ),
    dict(
        type='RankPoolKNN',
        prefix='normalized_upright',
        features=[dict(features=poses), upright],
    ),
    dict(
        type='RankPoolKNN',
        prefix='features_upright',
        features=[dict(features=features), upright],
    ),
    dict(
        type='RankPoolKNN',
        prefix='all',
        features=[dict(features=poses), dict(features=features), upright],
    ),
]
