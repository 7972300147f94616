"""The pose of rest, and poses turned onto it: normalization's simpler rival."""

import torch
from torch import Tensor

from mmposenorm.geometry.kinematics import accumulate_bones
from mmposenorm.geometry.procrustes import procrustes_align
from mmposenorm.skeletons import (
    H36M_PARENTS,
    default_bone_lengths,
    extended_skeleton,
)


def rest_keypoints() -> Tensor:
    """Give the condition skeleton's T-pose in metres, root at 0, (17, 3)."""
    skeleton = extended_skeleton(default_bone_lengths())
    offsets = skeleton.bone_offsets[list(skeleton.keypoint_joints)]
    return accumulate_bones(torch.from_numpy(offsets).float(), H36M_PARENTS)


def turn_to_rest(keypoints_3d: Tensor) -> Tensor:
    """Turn each pose as near to the T-pose as a rigid motion can.

    Limbs drag the whole body along, and bones keep their lengths.

    Args:
        keypoints_3d: The 17 keypoints in any frame, in metres, (..., 17, 3).

    Returns:
        The turned poses, root at 0, (..., 17, 3).

    Source:
        Paper section 4.2 and Figure 6(e); the "PA 3D poses" of Tables 2 and 4.
    """
    rest = rest_keypoints().to(keypoints_3d).expand_as(keypoints_3d)
    turned = procrustes_align(keypoints_3d, rest, scale=False)
    return turned - turned[..., :1, :]
