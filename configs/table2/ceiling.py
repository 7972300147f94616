# The true poses, normalized in closed form: the upper bound on these pairs.
_base_ = [
    '../_base_/runtime.py',
    '../_base_/mocap_clips.py',
    '../_base_/correspondence_mocap.py',
]

model = dict(
    type='TruePoses',
    data_preprocessor=dict(
        type='PoseClipPreprocessor',
        test_transforms={{_base_.data_preprocessor.test_transforms}},
    ),
)
train_dataloader = None
val_dataloader = None
test_cfg = dict()
test_dataloader = {{_base_.correspondence_dataloader}}
test_evaluator = dict(type='DenseCorrespondence', features='normalized_poses')
