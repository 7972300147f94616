"""Normalization in closed form: put 3D poses onto one body that faces one direction.

Poses have 17 keypoints in the order of Human3.6M, in metres; ``...`` is any number of
batch dimensions.
"""

import math
from contextlib import suppress

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from mmposenorm.geometry.arrays import to_tensor
from mmposenorm.geometry.kinematics import (
    LEFT_HIP,
    RIGHT_HIP,
    THORAX,
    accumulate_bones,
    bone_vectors,
    mid_hips,
    root_at_mid_hips,
    root_frame,
    unit_vectors,
)
from mmposenorm.skeletons import H36M_PARENTS, Skeleton, default_bone_lengths

# Sine of the angle between trunk and hips below which it is mere rounding error.
_LEAST_SINE = 1e-4
_TINY = 1e-30


def normalize_pose(keypoints_3d: Tensor, bone_lengths: Tensor) -> Tensor:
    """Put poses onto one body that faces one direction, in closed form.

    The root is moved to mid-hips. Then every bone keeps its direction in the root frame
    and takes the given length. This equals forward kinematics of the extended skeleton
    with the rotations of
    :func:`~mmposenorm.geometry.kinematics.inverse_kinematics`, except for the root's,
    which is the identity.

    Args:
        keypoints_3d: The 17 keypoints in any frame and any unit, (..., 17, 3).
        bone_lengths: Length of the bone that ends at each keypoint in metres, (17,).

    Returns:
        Normalized poses in metres, the root at 0, y up, facing +z, (..., 17, 3).
    """
    keypoints_3d = root_at_mid_hips(keypoints_3d)
    bones = unit_vectors(bone_vectors(keypoints_3d)) * bone_lengths[:, None]
    return accumulate_bones(bones @ root_frame(keypoints_3d), H36M_PARENTS)


def normalize_keypoints_3d(
    keypoints_3d: np.ndarray | Tensor, skeleton: Skeleton | None = None
) -> np.ndarray | Tensor:
    """Put 3D poses onto the condition skeleton, all facing the same way.

    Computed in closed form, without a network.

    Args:
        keypoints_3d: The 17 keypoints of each frame in any right-handed coordinate
            frame and any unit, (T, 17, 3) or (..., 17, 3).
        skeleton: Condition skeleton; the default one if not given.

    Returns:
        Normalized poses in metres, the root at 0, y up, facing +z, left at +x, of the
        same shape: a float32 array for an array, a tensor for a tensor.

    Raises:
        ValueError: If these are no real numbers, the shape is wrong, values are not
            finite, or a pose has no facing direction because its hips coincide, its
            root and thorax coincide, or its trunk lies along its hips.
    """
    is_array = not isinstance(keypoints_3d, Tensor)
    poses = _check_numbers(keypoints_3d)
    if poses.ndim < 2 or poses.shape[-2:] != (17, 3):
        raise ValueError(
            f'keypoints_3d has shape {tuple(poses.shape)}; expected (T, 17, 3), the 17 '
            'joints of Human3.6M in its order. Convert other layouts to it first.'
        )
    if not poses.is_floating_point():
        poses = poses.float()
    if not torch.isfinite(poses).all():
        raise ValueError(
            'keypoints_3d has NaN or infinite values; expected finite coordinates. '
            'Drop or fill those frames first.'
        )
    # Rescale so that squares neither overflow nor underflow.
    poses = poses / poses.abs().amax(dim=(-2, -1), keepdim=True).clamp(min=_TINY)
    hips = poses[..., LEFT_HIP, :] - poses[..., RIGHT_HIP, :]
    trunk = poses[..., THORAX, :] - mid_hips(poses)
    sine = torch.linalg.cross(unit_vectors(hips), unit_vectors(trunk)).norm(dim=-1)
    if not (sine > _LEAST_SINE).all():
        raise ValueError(
            'keypoints_3d has frames with no facing direction: the hips coincide, root '
            'and thorax coincide, or the trunk lies along the hips. Drop or fill those '
            'frames first.'
        )
    lengths = (
        default_bone_lengths() if skeleton is None else skeleton.keypoint_bone_lengths
    )
    normalized = normalize_pose(poses, poses.new_tensor(lengths))
    return normalized.float().numpy() if is_array else normalized


def _check_numbers(values: ArrayLike | Tensor) -> Tensor:
    """Return poses as a tensor of real numbers, which booleans are not."""
    kind = 'lists of different lengths'
    if isinstance(values, Tensor):
        kind = str(values.dtype)
        if not values.is_complex() and values.dtype != torch.bool:
            return values
    with suppress(ValueError):  # of rows of different lengths
        array = np.asarray(values)
        kind = str(array.dtype)
        if array.dtype.kind in 'iuf':
            is_usual = array.dtype in (np.float32, np.float64)
            return to_tensor(array if is_usual else array.astype(np.float64))
    raise ValueError(
        f'keypoints_3d holds {kind}; expected real numbers, (T, 17, 3). Give the '
        'coordinates as floats.'
    )


def body_up(root_rotations: Tensor, camera_pitch: float = 0.0) -> Tensor:
    """Express the up direction in the root frame.

    It distinguishes standing from lying, which a normalized pose does not, and does not
    change if a level camera moves around the person.

    Args:
        root_rotations: Rotations R from the root frame to the camera frame (x right,
            y down, z forward), (..., 3, 3).
        camera_pitch: By how many degrees the camera looks down; 0 for the camera's own
            up direction.

    Returns:
        Unit vectors R^T (0, -cos p, -sin p), (..., 3).
    """
    pitch = math.radians(camera_pitch)
    down, forward = root_rotations[..., 1, :], root_rotations[..., 2, :]
    return -(math.cos(pitch) * down + math.sin(pitch) * forward)
