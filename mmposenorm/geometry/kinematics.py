"""Forward kinematics and its inverse.

Dimensions: ``J`` joints; ``...`` any number of batch dimensions; 17 keypoints in
Human3.6M's order. Metres. The root frame of a pose has x from right to left hip, y
along the part of root -> thorax orthogonal to x, and z = x cross y, forward.
"""

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from mmposenorm.geometry.arrays import constant, to_tensor
from mmposenorm.geometry.rotations import (
    matrix_to_quaternion,
    quaternion_to_matrix,
    shortest_arc,
)
from mmposenorm.skeletons import H36M_PARENTS, Skeleton, check_parents

RIGHT_HIP, LEFT_HIP, THORAX = 1, 4, 8


class _Tree(NamedTuple):
    """Properties of a tree of joints, computed once for each tree."""

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


@cache
def _bone_sums(
    parents: tuple[int, ...], device: torch.device, dtype: torch.dtype
) -> Tensor:
    """Matrix that sums the bones from the root to each joint, (J, J)."""
    return constant(_tree(parents).ancestors, device, dtype)


@cache
def _coordinate_sums(
    parents: tuple[int, ...], device: torch.device, dtype: torch.dtype
) -> Tensor:
    """The same for J bones with all coordinates in one row, (3J, 3J)."""
    matrix = np.kron(_tree(parents).ancestors.T, np.eye(3))
    return constant(matrix, device, dtype)


@cache
def _indices(values: tuple[int, ...], device: torch.device) -> Tensor:
    return constant(values, device, torch.int64)


def accumulate_bones(bones: Tensor, parents: Sequence[int]) -> Tensor:
    """Add up the bones from the root to each joint.

    Args:
        bones: Vector from each joint's parent to it, (..., J, 3); the root's row is
            not used.
        parents: Parent of each joint, J.

    Returns:
        Joint positions relative to the root, (..., J, 3).
    """
    # With all coordinates of a pose in one row, one product serves all poses.
    summed = _coordinate_sums(tuple(parents), bones.device, bones.dtype)
    return (bones.flatten(-2) @ summed).unflatten(-1, (-1, 3))


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
    # stack and unbind, because the gradient of indexing is slow.
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
    offset of a joint in its parent's frame. Joints of one depth are computed together.

    Args:
        joint_rotations: Unit quaternions wxyz, local to the parent, (..., J, 4).
        bone_offsets: Offset of each joint from its parent in the rest pose, in
            metres, (..., J, 3), broadcast against the rotations. The root's offset
            is not used.
        parents: Parent of each joint, J; -1 for the root, parents before children.

    Returns:
        Joint positions relative to the root, in the frame in which the root's
        rotation is given, in metres, (..., J, 3). An array if the rotations are an
        array, else a tensor.

    Raises:
        ValueError: If the shapes do not fit the parents, or a child precedes its
            parent.

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
                f'{width}), because parents lists {num_joints} joints. Use the parents '
                'and offsets of one skeleton.'
            )
    batch = torch.broadcast_shapes(joint_rotations.shape[:-2], bone_offsets.shape[:-2])
    rotations = _to_planes(joint_rotations, batch)
    offsets = _to_planes(bone_offsets, batch)
    bones = _turn_bones(_quaternion_planes_to_matrices(rotations), offsets, parents)
    joints = _bone_sums(tuple(parents), bones.device, bones.dtype) @ bones
    joints = joints.permute(2, 1, 0).reshape(*batch, num_joints, 3)
    return joints.numpy() if is_array else joints


# Forward kinematics keeps each matrix entry in a plane of its own, (J, N) for all N
# poses of all batch dimensions: forward and backward, sums and products of whole planes
# are several times faster than as many products of 3 x 3 matrices.


def _to_planes(values: Tensor, batch: tuple[int, ...]) -> Tensor:
    """Rearrange (..., J, C) to (C, J, N)."""
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
    """Chain the rotations level by level and turn each bone by that of its parent.

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
        turning = [joint for joint in level if joint in parents]  # all but leaves
        if turning:
            above = torch.stack([chained[parents[joint]] for joint in turning], dim=2)
            turned = _multiply(above, torch.stack([local[j] for j in turning], dim=2))
            chained |= dict(zip(turning, turned.unbind(dim=2), strict=True))
    above = torch.stack([chained[max(parent, 0)] for parent in parents], dim=2)
    return _multiply(above, offsets[:, None])[:, 0]


def _multiply(a: Tensor, b: Tensor) -> Tensor:
    """Multiply matrices whose entries are planes, (3, 3, ...) by (3, C, ...)."""
    (a0, a1, a2), (b0, b1, b2) = a.unbind(dim=1), b.unbind()
    first = a0[:, None] * b0
    return torch.addcmul(torch.addcmul(first, a1[:, None], b1), a2[:, None], b2)


def root_frame(keypoints_3d: Tensor) -> Tensor:
    """Compute the rotation of the root by the root convention.

    Args:
        keypoints_3d: The 17 keypoints in any frame, (..., 17, 3).

    Returns:
        Matrices whose columns are the axes of the root frame, (..., 3, 3): x from the
        right to the left hip; y along the part of the vector from mid-hips to the
        thorax that is orthogonal to x; z forward.
    """
    x = keypoints_3d[..., LEFT_HIP, :] - keypoints_3d[..., RIGHT_HIP, :]
    x = unit_vectors(x)
    up = keypoints_3d[..., THORAX, :] - mid_hips(keypoints_3d)
    y = unit_vectors(up - (up * x).sum(-1, keepdim=True) * x)
    return torch.stack([x, y, torch.linalg.cross(x, y)], dim=-1)


class _Aims(NamedTuple):
    """The bone that each rotating joint of a skeleton aims, level by level.

    Attributes:
        levels: The rotating joints of each depth, without the root.
        starts: Keypoint at the position of each of these N joints.
        ends: Keypoint at the other end of the bone that the joint aims.
        rest: Direction of that bone at rest, (N, 3).
    """

    levels: tuple[tuple[int, ...], ...]
    starts: Tensor
    ends: Tensor
    rest: Tensor


@lru_cache
def _aims(skeleton: Skeleton, device: torch.device, dtype: torch.dtype) -> _Aims:
    children = skeleton.aim_children
    levels = [
        tuple(joint for joint in level if children[joint] >= 0)
        for level in _tree(skeleton.parents).levels[1:]
    ]
    joints = [joint for level in levels for joint in level]
    keypoint_at = {joint: k for k, joint in enumerate(skeleton.keypoint_joints)}
    for joint, parent in enumerate(skeleton.parents):
        if joint not in keypoint_at:  # virtual joints lie on their parents
            keypoint_at[joint] = keypoint_at[parent]
    ends = [children[joint] for joint in joints]
    return _Aims(
        levels=tuple(level for level in levels if level),
        starts=_indices(tuple(keypoint_at[joint] for joint in joints), device),
        ends=_indices(tuple(keypoint_at[joint] for joint in ends), device),
        rest=constant(skeleton.rest_directions[ends], device, dtype),
    )


def inverse_kinematics(keypoints_3d: Tensor, skeleton: Skeleton) -> Tensor:
    """Compute joint rotations that give a skeleton the pose of 3D keypoints.

    The root's rotation is :func:`root_frame`. Every other joint gets the smallest
    rotation that points its bone in the right direction, because positions do not show
    the twist about a bone. On the extended skeleton the result is exact if the root is
    the midpoint of the hips; the rigid skeleton can only approximate a real pose.

    Args:
        keypoints_3d: The 17 keypoints in any frame, (..., 17, 3).
        skeleton: Gives the tree and the rest directions.

    Returns:
        Unit quaternions wxyz, local to the parent, (..., J, 4); the root's rotation
        is in the frame of the keypoints. Leaves have the identity.
    """
    aims = _aims(skeleton, keypoints_3d.device, keypoints_3d.dtype)
    root = root_frame(keypoints_3d)
    keypoints_3d = root_at_mid_hips(keypoints_3d)
    bones = keypoints_3d[..., aims.ends, :] - keypoints_3d[..., aims.starts, :]
    sizes = [len(level) for level in aims.levels]
    bones_of_levels = unit_vectors(bones).split(sizes, dim=-2)
    rotations, chained = {0: matrix_to_quaternion(root)}, {0: root}
    for level, bones, rest in zip(
        aims.levels, bones_of_levels, aims.rest.split(sizes), strict=True
    ):
        above = torch.stack([chained[skeleton.parents[j]] for j in level], dim=-3)
        bones = (above.mT @ bones[..., None])[..., 0]
        local = shortest_arc(rest.expand_as(bones), bones)
        turned = above @ quaternion_to_matrix(local)
        rotations |= dict(zip(level, local.unbind(dim=-2), strict=True))
        chained |= dict(zip(level, turned.unbind(dim=-3), strict=True))
    identity = torch.zeros_like(rotations[0])
    identity[..., 0].fill_(1)
    joints = range(skeleton.num_joints)
    return torch.stack([rotations.get(joint, identity) for joint in joints], dim=-2)


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
    """Vectors to the 17 keypoints from their parents, 0 for the root, (..., 17, 3)."""
    parents = _indices((0, *H36M_PARENTS[1:]), keypoints_3d.device)
    return keypoints_3d - keypoints_3d[..., parents, :]


def mid_hips(keypoints_3d: Tensor) -> Tensor:
    """Midpoint of the hips of poses (..., 17, 3), (..., 3)."""
    return (keypoints_3d[..., RIGHT_HIP, :] + keypoints_3d[..., LEFT_HIP, :]) / 2


def root_at_mid_hips(keypoints_3d: Tensor) -> Tensor:
    """Move the root of poses to the midpoint of their hips, (..., 17, 3)."""
    root = mid_hips(keypoints_3d)[..., None, :]
    return torch.cat([root, keypoints_3d[..., 1:, :]], dim=-2)


def unit_vectors(vectors: Tensor) -> Tensor:
    """Scale vectors (..., D) to length 1; 0 stays 0, with a finite gradient."""
    squared = vectors.square().sum(-1, keepdim=True)
    return vectors * torch.where(squared > 0, squared, 1).rsqrt()
