"""The rest pose, and poses rigidly aligned to it: a simpler baseline."""

from functools import cache

import torch
from torch import Tensor

from mmposenorm.geometry.arrays import constant
from mmposenorm.geometry.kinematics import accumulate_bones
from mmposenorm.geometry.procrustes import procrustes_align
from mmposenorm.skeletons import (
    H36M_PARENTS,
    default_bone_lengths,
    extended_skeleton,
)


def rest_keypoints() -> Tensor:
    """T-pose of the condition skeleton in metres, root at 0, (17, 3)."""
    skeleton = extended_skeleton(default_bone_lengths())
    offsets = skeleton.bone_offsets[list(skeleton.keypoint_joints)]
    return accumulate_bones(torch.from_numpy(offsets).float(), H36M_PARENTS)


@cache
def _cached_rest_keypoints(device: torch.device, dtype: torch.dtype) -> Tensor:
    return constant(rest_keypoints(), device, dtype)


def turn_to_rest(keypoints_3d: Tensor) -> Tensor:
    """Align each pose to the T-pose by a rigid motion.

    Bone lengths do not change. Because all joints count equally, a moving limb rotates
    the whole body.

    Args:
        keypoints_3d: The 17 keypoints in any frame, in metres, (..., 17, 3).

    Returns:
        The turned poses, root at 0, (..., 17, 3).

    Source:
        Paper section 4.2 and Figure 6(e); the "PA 3D poses" of Tables 2 and 4.
    """
    rest = _cached_rest_keypoints(keypoints_3d.device, keypoints_3d.dtype)
    turned = procrustes_align(keypoints_3d, rest.expand_as(keypoints_3d), scale=False)
    return turned - turned[..., :1, :]
