"""The condition skeleton in motion, at a constant frame rate.

The world is that of the normalized poses: x to the viewer's right, y up, z towards the
viewer. The lowest joint of the clip touches the floor, y = 0.
"""

from typing import Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from mmposenorm.geometry.kinematics import forward_kinematics
from mmposenorm.geometry.rotations import quaternion_multiply
from mmposenorm.keypoints.messages import warn
from mmposenorm.pose_result import PoseNormResult
from mmposenorm.resampling import has_rate, interpolate_rotations
from mmposenorm.skeletons import Skeleton

Root = Literal['identity', 'estimated']

_USUAL_FPS = 30.0
# A half turn about x: from the camera frame (x right, y down, z forward) to the world.
_CAMERA_TO_WORLD = (0.0, 1.0, 0.0, 0.0)


class Motion(NamedTuple):
    """A skeleton in motion.

    Attributes:
        skeleton: The skeleton.
        rotations: Unit quaternions wxyz, local to the parent, the root's to the world,
            (T, J, 4).
        joints: Positions in the world, in metres, (T, J, 3).
        fps: Frames per second.
    """

    skeleton: Skeleton
    rotations: np.ndarray
    joints: np.ndarray
    fps: float

    @property
    def keypoints(self) -> np.ndarray:
        """Positions of the 17 keypoints in the world, in metres, (T, 17, 3)."""
        return self.joints[:, list(self.skeleton.keypoint_joints)]


def to_motion(result: PoseNormResult, skeleton: Skeleton, root: Root) -> Motion:
    """Pose the skeleton at a constant frame rate, its feet on the floor.

    Args:
        result: What is known of a person.
        skeleton: The condition skeleton of the model, ``inferencer.skeleton``.
        root: ``'identity'`` or ``'estimated'``.

    Returns:
        The motion. Frames whose times are not evenly spaced are interpolated.

    Raises:
        ValueError: If ``root`` is something else, there is no frame, or the skeleton is
            not that of the result.
    """
    if root not in ('identity', 'estimated'):
        raise ValueError(f"root must be 'identity' or 'estimated', but is {root!r}.")
    if not len(result):
        raise ValueError('The result has no frames; expected at least one.')
    fps, positions = _even_times(result.frame_times, len(result))
    rotations = torch.from_numpy(result.joint_rotations).double()
    rotations = rotations / rotations.norm(dim=-1, keepdim=True)
    if positions is not None:
        rotations = interpolate_rotations(rotations, positions)
    rotations = torch.cat([_root(rotations[:, :1], root), rotations[:, 1:]], dim=1)
    joints = forward_kinematics(
        rotations.numpy(), skeleton.bone_offsets, skeleton.parents
    )
    joints = np.asarray(joints)
    joints = joints - [0, joints[..., 1].min(), 0]
    return Motion(skeleton, rotations.numpy(), joints, fps)


def _root(estimated: Tensor, root: Root) -> Tensor:
    if root == 'estimated':
        turn = estimated.new_tensor(_CAMERA_TO_WORLD)
        return quaternion_multiply(turn.expand_as(estimated), estimated)
    return estimated.new_tensor([1, 0, 0, 0]).expand_as(estimated)


def _even_times(
    frame_times: np.ndarray | None, count: int
) -> tuple[float, np.ndarray | None]:
    """Find a frame rate and, where needed, the positions of its frames in the clip."""
    if frame_times is None:
        warn(
            'the frame rate is not known; the exported motion plays at '
            f'{_USUAL_FPS:.0f} frames per second.'
        )
    if frame_times is None or count == 1:
        return _USUAL_FPS, None
    seconds = np.asarray(frame_times, dtype=float)
    seconds = seconds - seconds[0]
    fps = round((count - 1) / seconds[-1], 3)
    if has_rate(seconds, fps):
        return fps, None
    fps = round(1 / float(np.median(np.diff(seconds))), 3)
    warn(
        'the frames are not evenly spaced in time; the exported motion is interpolated '
        f'at {fps:g} frames per second.'
    )
    even = np.arange(int(seconds[-1] * fps + 1e-6) + 1) / fps
    return fps, np.interp(even, seconds, np.arange(count))
