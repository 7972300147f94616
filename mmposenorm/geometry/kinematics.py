"""Forward kinematics and its inverse.

Dimensions: ``J`` joints; ``...`` any number of batch dimensions; 17 keypoints in
Human3.6M's order. Metres. The root frame of a pose has x from right to left hip, y
along the part of root -> thorax orthogonal to x, and z = x cross y, forward.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from mmposenorm.geometry.arrays import to_tensor
from mmposenorm.geometry.rotations import (
    matrix_to_quaternion,
    quaternion_to_matrix,
    shortest_arc,
)
from mmposenorm.skeletons import H36M_PARENTS, Skeleton, check_parents

RIGHT_HIP, LEFT_HIP, THORAX = 1, 4, 8


class _Tree(NamedTuple):
    """What depends on the parents only: worked out once for each tree."""

    levels: tuple[tuple[int, ...], ...]  # joints by depth, the root alone in the first
    ancestors: np.ndarray  # (J, J), 1 where the column's bone leads to the row's joint


@lru_cache
def _tree(parents: tuple[int, ...]) -> _Tree:
    check_parents(parents)
    ancestors = np.eye(len(parents))
    levels = [[0]]
    ancestors[0] = 0
    for joint, parent in enumerate(parents[1:], start=1):
        ancestors[joint] += ancestors[parent]
        depth = next(d for d, level in enumerate(levels) if parent in level) + 1
        if depth == len(levels):
            levels.append([])
        levels[depth].append(joint)
    return _Tree(tuple(map(tuple, levels)), ancestors)


def accumulate_bones(bones: Tensor, parents: Sequence[int]) -> Tensor:
    """Add up the bones from the root to each joint.

    Args:
        bones: Vector from each joint's parent to it, (..., J, 3); the root's row is
            not used.
        parents: Parent of each joint, J.

    Returns:
        Joint positions relative to the root, (..., J, 3).
    """
    # All numbers of a pose as one row: one product for all poses.
    ancestors = np.kron(_tree(tuple(parents)).ancestors.T, np.eye(3))
    return (bones.flatten(-2) @ bones.new_tensor(ancestors)).unflatten(-1, (-1, 3))


def accumulate_rotations(rot_mats: Tensor, parents: Sequence[int]) -> Tensor:
    r"""Chain local rotations along the tree, level by level.

    .. math:: G_j = G_{\pi(j)} R_j

    Args:
        rot_mats: Rotation of each joint relative to its parent, (..., J, 3, 3).
        parents: Parent of each joint, J.

    Returns:
        Rotation of each joint in the frame in which the root's is given,
        (..., J, 3, 3).
    """
    # Stacked and parted, not indexed, whose gradient is slow.
    local = rot_mats.unbind(dim=-3)
    chained = {0: local[0]}
    for level in _tree(tuple(parents)).levels[1:]:
        above = torch.stack([chained[parents[joint]] for joint in level])
        turned = above @ torch.stack([local[joint] for joint in level])
        chained |= dict(zip(level, turned.unbind(), strict=True))
    return torch.stack([chained[joint] for joint in range(len(local))], dim=-3)


def forward_kinematics(
    joint_rotations: np.ndarray | Tensor,
    bone_offsets: np.ndarray | Tensor,
    parents: Sequence[int],
) -> np.ndarray | Tensor:
    r"""Pose a skeleton by the local rotations of its joints.

    .. math::
        G_j = G_{\pi(j)} R_j, \qquad p_j = p_{\pi(j)} + G_{\pi(j)} o_j

    with :math:`\pi` the parent, :math:`R_j` the local rotation and :math:`o_j` the
    offset of a joint in its parent's frame. Joints of one depth go together.

    Args:
        joint_rotations: Unit quaternions wxyz, local to the parent, (..., J, 4).
        bone_offsets: Offset of each joint from its parent in the rest pose, in
            metres, (..., J, 3), broadcast against the rotations; the root's is not
            used.
        parents: Parent of each joint, J; -1 for the root, parents before children.

    Returns:
        Joint positions relative to the root, in the frame in which the root's
        rotation is given, in metres, (..., J, 3); an array if the rotations are one.

    Raises:
        ValueError: If shapes and parents do not agree.

    Source:
        Paper section 3.2, X = FK(s, alpha).
    """
    is_array = not isinstance(joint_rotations, Tensor)
    joint_rotations = to_tensor(joint_rotations)
    bone_offsets = to_tensor(bone_offsets).to(joint_rotations)
    num_joints = len(parents)
    for name, tensor, width in (
        ('joint_rotations', joint_rotations, 4),
        ('bone_offsets', bone_offsets, 3),
    ):
        if tensor.shape[-2:] != (num_joints, width):
            raise ValueError(
                f'{name} has shape {tuple(tensor.shape)}; expected (..., {num_joints}, '
                f'{width}), since parents lists {num_joints} joints.'
            )
    batch = torch.broadcast_shapes(joint_rotations.shape[:-2], bone_offsets.shape[:-2])
    rotations = _to_planes(joint_rotations, batch)
    offsets = _to_planes(bone_offsets, batch)
    bones = _turn_bones(_quaternion_planes_to_matrices(rotations), offsets, parents)
    joints = bones.new_tensor(_tree(tuple(parents)).ancestors) @ bones
    joints = joints.permute(2, 1, 0).reshape(*batch, num_joints, 3)
    return joints.numpy() if is_array else joints


# Forward kinematics works on planes of numbers, (..., J, N) for all N poses of all
# batch dimensions: sums and products of whole planes are several times faster, there
# and back, than as many products of matrices of 3 x 3.


def _to_planes(values: Tensor, batch: tuple[int, ...]) -> Tensor:
    """Turn (..., J, C) into (C, J, N)."""
    size = values.shape[-2:]
    return values.expand(*batch, *size).reshape(-1, *size).permute(2, 1, 0)


def _quaternion_planes_to_matrices(quaternions: Tensor) -> Tensor:
    """Convert unit quaternions wxyz, (4, J, N), to rotation matrices, (3, 3, J, N)."""
    w, x, y, z = quaternions.contiguous().unbind()
    x2, y2, z2 = 2 * x, 2 * y, 2 * z
    xx, yy, zz = x * x2, y * y2, z * z2
    xy, xz, yz = x * y2, x * z2, y * z2
    wx, wy, wz = w * x2, w * y2, w * z2
    rows = [
        *(1 - yy - zz, xy - wz, xz + wy),
        *(xy + wz, 1 - xx - zz, yz - wx),
        *(xz - wy, yz + wx, 1 - xx - yy),
    ]
    return torch.stack(rows).unflatten(0, (3, 3))


def _turn_bones(rot_mats: Tensor, offsets: Tensor, parents: Sequence[int]) -> Tensor:
    """Chain the rotations level by level and turn each bone by its parent's.

    Args:
        rot_mats: Rotations local to the parent, (3, 3, J, N).
        offsets: The bones at rest, (3, J, N).
        parents: Parent of each joint, J.

    Returns:
        The bones in the frame in which the root's rotation is given, (3, J, N).
    """
    local = rot_mats.unbind(dim=2)
    chained = {0: local[0]}
    for level in _tree(tuple(parents)).levels[1:]:
        level = [joint for joint in level if joint in parents]  # leaves turn nothing
        if level:
            above = torch.stack([chained[parents[joint]] for joint in level], dim=2)
            turned = _multiply(above, torch.stack([local[j] for j in level], dim=2))
            chained |= dict(zip(level, turned.unbind(dim=2), strict=True))
    above = torch.stack([chained[max(parent, 0)] for parent in parents], dim=2)
    return _multiply(above, offsets[:, None])[:, 0]


def _multiply(a: Tensor, b: Tensor) -> Tensor:
    """Multiply matrices that are planes, (3, 3, ...) by (3, C, ...)."""
    (a0, a1, a2), (b0, b1, b2) = a.unbind(dim=1), b.unbind()
    first = a0[:, None] * b0
    return torch.addcmul(torch.addcmul(first, a1[:, None], b1), a2[:, None], b2)


def root_frame(keypoints_3d: Tensor) -> Tensor:
    """Find the rotation of the root that the convention gives a pose.

    Args:
        keypoints_3d: The 17 keypoints in any frame, (..., 17, 3).

    Returns:
        Matrices whose columns are the root frame's axes, (..., 3, 3): x from right
        to left hip, y the part of root -> thorax orthogonal to x, z forward.
    """
    x = keypoints_3d[..., LEFT_HIP, :] - keypoints_3d[..., RIGHT_HIP, :]
    x = unit_vectors(x)
    up = keypoints_3d[..., THORAX, :] - mid_hips(keypoints_3d)
    y = unit_vectors(up - (up * x).sum(-1, keepdim=True) * x)
    return torch.stack([x, y, torch.linalg.cross(x, y)], dim=-1)


def inverse_kinematics(keypoints_3d: Tensor, skeleton: Skeleton) -> Tensor:
    """Find joint rotations that pose a skeleton as 3D keypoints are posed.

    The root's rotation is :func:`root_frame`. Every other joint takes the smallest
    rotation that points its bone the right way (twist about a bone shows in no
    position). Exact on the extended skeleton where the hips lie on opposite sides of
    the root; the rigid one can only approach a real pose.

    Args:
        keypoints_3d: The 17 keypoints in any frame, (..., 17, 3).
        skeleton: Gives the tree and the rest directions.

    Returns:
        Unit quaternions wxyz, local to the parent, the root's in the frame of the
        keypoints, (..., J, 4); the identity for leaves.
    """
    root = root_frame(keypoints_3d)
    joints = keypoints_3d.new_zeros(*keypoints_3d.shape[:-2], skeleton.num_joints, 3)
    joints[..., list(skeleton.keypoint_joints), :] = keypoints_3d
    for joint, parent in enumerate(skeleton.parents):
        if parent >= 0 and not skeleton.rest_directions[joint].any():
            joints[..., joint, :] = joints[..., parent, :]
    joints[..., 0, :] = mid_hips(keypoints_3d)
    joints = joints - joints[..., :1, :]
    identity = keypoints_3d.new_tensor([1, 0, 0, 0])
    rotations = identity.repeat(*joints.shape[:-1], 1)
    rotations[..., 0, :] = matrix_to_quaternion(root)
    above = {0: root}
    for level in _tree(skeleton.parents).levels[1:]:
        level = [joint for joint in level if skeleton.aim_children[joint] >= 0]
        if not level:
            break
        children = [skeleton.aim_children[joint] for joint in level]
        frames = torch.stack([above[skeleton.parents[j]] for j in level], dim=-3)
        bones = unit_vectors(joints[..., children, :] - joints[..., level, :])
        bones = (frames.mT @ bones[..., None])[..., 0]
        rest = bones.new_tensor(skeleton.rest_directions[children])
        local = shortest_arc(rest.expand_as(bones), bones)
        rotations[..., level, :] = local
        frames = frames @ quaternion_to_matrix(local)
        above = dict(zip(level, frames.unbind(dim=-3), strict=True))
    return rotations


def source_bone_offsets(keypoints_3d: Tensor, skeleton: Skeleton) -> Tensor:
    """Measure a person's own skeleton s_t, frame by frame.

    Args:
        keypoints_3d: The 17 keypoints in any frame, in metres, (..., 17, 3).
        skeleton: Gives the tree and the rest directions.

    Returns:
        Rest offsets with the lengths of this person's bones, (..., J, 3).
    """
    lengths = keypoints_3d.new_zeros(*keypoints_3d.shape[:-2], skeleton.num_joints)
    lengths[..., list(skeleton.keypoint_joints)] = bone_vectors(keypoints_3d).norm(
        dim=-1
    )
    directions = keypoints_3d.new_tensor(skeleton.rest_directions)
    return lengths[..., None] * directions


def scale_bones(keypoints_3d: Tensor, scales: Tensor) -> Tensor:
    """Change the lengths of a person's bones and keep their directions.

    Args:
        keypoints_3d: The 17 keypoints, (..., 17, 3).
        scales: Factor for the bone that ends at each keypoint, (..., 17); the
            root's is not used.

    Returns:
        Keypoints with the root where it was, (..., 17, 3).
    """
    bones = bone_vectors(keypoints_3d) * scales[..., None]
    return keypoints_3d[..., :1, :] + accumulate_bones(bones, H36M_PARENTS)


def bone_vectors(keypoints_3d: Tensor) -> Tensor:
    """Vector to each of the 17 keypoints from its parent, root 0, (..., 17, 3)."""
    parents = [0, *H36M_PARENTS[1:]]
    return keypoints_3d - keypoints_3d[..., parents, :]


def mid_hips(keypoints_3d: Tensor) -> Tensor:
    """Middle of the two hips of poses (..., 17, 3), (..., 3)."""
    return (keypoints_3d[..., RIGHT_HIP, :] + keypoints_3d[..., LEFT_HIP, :]) / 2


def unit_vectors(vectors: Tensor) -> Tensor:
    """Scale vectors (..., D) to length 1; 0 stays 0, with a finite gradient."""
    squared = vectors.square().sum(-1, keepdim=True)
    return vectors * torch.where(squared > 0, squared, 1).rsqrt()
