# Only the pose features of the weights that ship with the package, in less time.
_base_ = ['../_base_/runtime.py', '../_base_/penn_action.py']

model = dict(
    type='InferredFeatures', data_preprocessor=dict(type='PoseClipPreprocessor')
)
test_evaluator = [dict(type='RankPoolKNN', prefix='features', features='pose_features')]
