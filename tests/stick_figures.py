"""Stick figures that bend their knees and lift their arms, made by hand."""

import numpy as np

from mmposenorm.pose_result import PoseNormResult

_THIGH = _SHIN = 0.45
_UPPER_ARM, _FOREARM = 0.3, 0.25


def stick_figure(knees, left_arm=0.0, right_arm=0.0):
    """Pose a person: knees bent and arms lifted sideways, in degrees, (T,) each.

    Returns normalized poses, (T, 17, 3): y up, left at +x.
    """
    knees, left_arm, right_arm = np.broadcast_arrays(knees, left_arm, right_arm)
    poses = np.zeros((len(knees), 17, 3))
    bend = np.radians(knees) / 2
    thigh = np.stack([0 * bend, -np.cos(bend), np.sin(bend)], axis=1)
    shin = thigh * (1, 1, -1)
    for hip, side in ((1, -1), (4, 1)):
        poses[:, hip] = (0.13 * side, 0, 0)
        poses[:, hip + 1] = poses[:, hip] + _THIGH * thigh
        poses[:, hip + 2] = poses[:, hip + 1] + _SHIN * shin
    for joint, height in ((7, 0.25), (8, 0.5), (9, 0.58), (10, 0.7)):
        poses[:, joint] = (0, height, 0)
    for shoulder, side, lifted in ((11, 1, left_arm), (14, -1, right_arm)):
        lifted = np.radians(lifted)
        arm = np.stack([side * np.sin(lifted), -np.cos(lifted), 0 * lifted], axis=1)
        poses[:, shoulder] = (0.17 * side, 0.48, 0)
        poses[:, shoulder + 1] = poses[:, shoulder] + _UPPER_ARM * arm
        poses[:, shoulder + 2] = poses[:, shoulder + 1] + _FOREARM * arm
    return poses


def clip_of(poses, fps=50.0, visible=None, features=None):
    """Wrap normalized poses of somebody who is upright."""
    count = len(poses)
    return PoseNormResult(
        joint_rotations=np.zeros((count, 20, 4), np.float32),
        normalized_poses=poses.astype(np.float32),
        body_up=np.tile(np.float32([0, 1, 0]), (count, 1)),
        keypoints=np.zeros((count, 17, 2), np.float32),
        keypoints_visible=np.ones((count, 17)) if visible is None else visible,
        frame_times=None if fps is None else np.arange(count) / fps,
        _pose_features=features,
    )


def bump(frames):
    """Rise from 0 to 1 and sink back, smoothly, (frames,)."""
    return (1 - np.cos(np.linspace(0, 2 * np.pi, frames))) / 2
