"""Build our model from the config of another OpenMMLab project."""

import torch
from mmengine.registry import MODELS  # the root of all projects' registries

import mmposenorm  # noqa: F401  its registries join MMEngine's tree

model = MODELS.build(
    dict(
        type='mmposenorm.PoseNormalizer',
        encoder=dict(type='TemporalConvEncoder', channels=64, _scope_='mmposenorm'),
        losses=dict(recon=dict(type='PositionLoss', _scope_='mmposenorm')),
    )
)
inputs = dict(
    keypoint_labels=torch.zeros(1, 30, 17, 2), keypoints_visible=torch.ones(1, 30, 17)
)
predictions = model.eval()(inputs)

assert predictions['joint_rotations'].shape == (1, 30, 20, 4)
