"""Normalization in closed form: any 3D poses onto one body that faces one way.

17 keypoints in Human3.6M's order; ``...`` any number of batch dimensions; metres.
"""

import numpy as np
import torch
from torch import Tensor

from mmposenorm.geometry.arrays import to_tensor
from mmposenorm.geometry.kinematics import (
    LEFT_HIP,
    RIGHT_HIP,
    THORAX,
    accumulate_bones,
    bone_vectors,
    mid_hips,
    root_frame,
    unit_vectors,
)
from mmposenorm.skeletons import H36M_PARENTS, Skeleton, default_bone_lengths

# Of the sine between trunk and hips: less is rounding, and no direction.
_LEAST_SINE = 1e-4
_TINY = 1e-30


def normalize_pose(keypoints_3d: Tensor, bone_lengths: Tensor) -> Tensor:
    """Put poses on one body facing one way, in closed form.

    Every bone keeps its direction in the root frame and takes the given length, with
    the root first set to mid-hips. This is what the extended skeleton's forward
    kinematics gives for :func:`~mmposenorm.geometry.kinematics.inverse_kinematics`
    with the root's rotation at identity.

    Args:
        keypoints_3d: The 17 keypoints in any frame, any unit, (..., 17, 3).
        bone_lengths: Length of the bone that ends at each keypoint in metres, (17,).

    Returns:
        Normalized poses in metres, the root at 0, y up, facing +z, (..., 17, 3).
    """
    keypoints_3d = torch.cat(
        [mid_hips(keypoints_3d)[..., None, :], keypoints_3d[..., 1:, :]], dim=-2
    )
    bones = unit_vectors(bone_vectors(keypoints_3d)) * bone_lengths[:, None]
    return accumulate_bones(bones @ root_frame(keypoints_3d), H36M_PARENTS)


def normalize_keypoints_3d(
    keypoints_3d: np.ndarray | Tensor, skeleton: Skeleton | None = None
) -> np.ndarray | Tensor:
    """Put any 3D poses on the condition skeleton, facing one way, in closed form.

    Args:
        keypoints_3d: The 17 keypoints of each frame in any right-handed frame and
            any unit, (T, 17, 3); more leading dimensions are welcome.
        skeleton: Condition skeleton; the default one if not given.

    Returns:
        Normalized poses in metres, the root at 0, y up, facing +z, left at +x, of the
        same shape; an array for an array (float32), a tensor for a tensor.

    Raises:
        ValueError: If the shape is wrong, values are not finite, or a pose has no
            root frame because its hips or its trunk fall into one point, or both into
            one line.
    """
    is_array = not isinstance(keypoints_3d, Tensor)
    poses = to_tensor(keypoints_3d)
    if poses.ndim < 2 or poses.shape[-2:] != (17, 3):
        raise ValueError(
            f'keypoints_3d has shape {tuple(poses.shape)}; expected (T, 17, 3), the '
            "joints of Human3.6M in its order. Convert other layouts' joints first."
        )
    if not poses.is_floating_point():
        poses = poses.float()
    if not torch.isfinite(poses).all():
        raise ValueError(
            'keypoints_3d holds NaN or infinite values; expected finite coordinates. '
            'Drop or fill those frames first.'
        )
    # No unit is so large or small that a square of it is none.
    poses = poses / poses.abs().amax(dim=(-2, -1), keepdim=True).clamp(min=_TINY)
    hips = poses[..., LEFT_HIP, :] - poses[..., RIGHT_HIP, :]
    trunk = poses[..., THORAX, :] - mid_hips(poses)
    sine = torch.linalg.cross(unit_vectors(hips), unit_vectors(trunk)).norm(dim=-1)
    if not (sine > _LEAST_SINE).all():
        raise ValueError(
            'keypoints_3d has frames whose hips or whose root and thorax coincide, or '
            'whose trunk lies along the hips; they have no facing direction. Drop or '
            'fill those frames first.'
        )
    lengths = (
        default_bone_lengths() if skeleton is None else skeleton.keypoint_bone_lengths
    )
    normalized = normalize_pose(poses, poses.new_tensor(lengths))
    return normalized.float().numpy() if is_array else normalized


def body_up(root_rotations: Tensor) -> Tensor:
    """Express the camera's up direction in the root frame.

    It tells standing from lying, which a normalized pose no longer does, and does not
    change when a level camera goes around the person.

    Args:
        root_rotations: Root to camera frame (x right, y down, z forward),
            (..., 3, 3).

    Returns:
        Unit vectors, (..., 3): R^T (0, -1, 0).
    """
    return -root_rotations[..., 1, :]
