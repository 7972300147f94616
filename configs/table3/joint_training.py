# Pose normalizer and pose embedder trained together from 2D keypoints, on the budget of
# either one.
_base_ = [
    '../_base_/runtime.py',
    '../_base_/schedule_2m.py',
    '../_base_/mocap_clips.py',
    '../_base_/pose_normalizer.py',
    '../_base_/pose_embedder.py',
    '../_base_/correspondence_mocap.py',
]
model = dict(
    _delete_=True,
    type='PoseEmbedder',
    encoder={{_base_.encoder}},
    loss={{_base_.triplet_loss}},
    miner={{_base_.miner}},
    normalizer={{_base_.model}},
    joint=True,
    data_preprocessor={{_base_.data_preprocessor}},
)
test_dataloader = {{_base_.correspondence_dataloader}}
test_evaluator = dict(type='DenseCorrespondence', features='pose_features')
val_cfg = None
val_dataloader = None
default_hooks = dict(checkpoint=dict(save_best=None, rule=None))
custom_hooks = {{_base_.embedder_hooks}}
