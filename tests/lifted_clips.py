"""Small lifters of mmpose, and clips for them to lift."""

import torch
from torch import nn

from mmposenorm.geometry.kinematics import forward_kinematics
from mmposenorm.skeletons import default_bone_lengths, extended_skeleton

IDENTITY = torch.tensor([1.0, 0, 0, 0])


def temporal_lifter(kernel_sizes=(3, 3, 3), num_joints=17, **backbone):
    return {
        'type': 'TemporalLifter',
        'backbone': {
            'type': 'mmpose.TCN',
            'in_channels': 17 * 3,
            'stem_channels': 16,
            'num_blocks': len(kernel_sizes) - 1,
            'kernel_sizes': kernel_sizes,
            **backbone,
        },
        'head': {
            'type': 'mmpose.TemporalRegressionHead',
            'in_channels': 16,
            'num_joints': num_joints,
            'loss': {'type': 'mmpose.MPJPELoss'},
        },
    }


def clips(num_clips=2, num_frames=5):
    """Make a batch of people four metres before the camera, in random poses."""
    body = extended_skeleton(1.1 * default_bone_lengths())
    shape = (num_clips, num_frames, body.num_joints, 4)
    rotations = nn.functional.normalize(IDENTITY + 0.3 * torch.randn(shape), dim=-1)
    offsets = torch.tensor(body.bone_offsets).float()
    joints = forward_kinematics(rotations, offsets, body.parents)
    keypoints = joints[..., list(body.keypoint_joints), :] * torch.tensor([1, -1, -1])
    return {
        'keypoint_labels': keypoints[..., :2] / 0.5,
        'keypoints_visible': torch.ones(keypoints.shape[:-1]),
        'lifting_target': keypoints + torch.tensor([0, 0, 4.0]),
    }
