"""Distances between poses, in pure PyTorch.

Dimensions: ``T`` frames, ``K`` keypoints; ``...`` any number of batch dimensions.
"""

from functools import reduce

import torch
from torch import Tensor

from mmposenorm.geometry.kinematics import bone_vectors


def pairwise_mpjpe(poses: Tensor, others: Tensor) -> Tensor:
    """Mean per-joint distance of each pose in one set from each pose in another.

    The poses are not aligned first. Normalize them if orientation and size should not
    count.

    Args:
        poses: Joint positions in metres, (..., T1, K, 3).
        others: The same, in the same frame, (..., T2, K, 3).

    Returns:
        Mean per-joint position error in metres, (..., T1, T2).

    Raises:
        ValueError: If the numbers of joints or coordinates differ.
    """
    if poses.shape[-2:] != others.shape[-2:]:
        raise ValueError(
            f'poses has shape {tuple(poses.shape)} and others {tuple(others.shape)}; '
            'expected the same joints and coordinates, (..., K, 3), in both.'
        )
    # cdist's faster |a|² + |b|² - 2ab would leave about a third of a millimetre between
    # two equal poses in float32.
    per_joint = (
        torch.cdist(
            poses[..., joint, :],
            others[..., joint, :],
            compute_mode='donot_use_mm_for_euclid_dist',
        )
        for joint in range(poses.shape[-2])
    )
    return reduce(torch.add, per_joint) / poses.shape[-2]


def bone_angles_between(poses: Tensor, others: Tensor) -> Tensor:
    """Angle between the bones of two poses, in radians.

    Args:
        poses: Joint positions, (..., 17, 3).
        others: Those of other poses in the same frame, (..., 17, 3).

    Returns:
        Angles in [0, pi] of the bones that end at keypoints 1 to 16, (..., 16).
    """
    bones = bone_vectors(poses)[..., 1:, :]
    other_bones = bone_vectors(others)[..., 1:, :]
    crossed = torch.linalg.cross(bones, other_bones).norm(dim=-1)
    return torch.atan2(crossed, (bones * other_bones).sum(dim=-1))
