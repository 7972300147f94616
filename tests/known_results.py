"""Results of inference made from known poses, for the tests of comparisons."""

import numpy as np
import torch

from mmposenorm.datasets.synthetic.exercise import draw_squats
from mmposenorm.geometry.kinematics import root_frame
from mmposenorm.geometry.normalization import normalize_keypoints_3d
from mmposenorm.pose_result import PoseNormResult


def result_of(poses, up=None, visible=None, features=None, fps=50, sigma=None):
    """Wrap normalized poses, (T, 17, 3)."""
    count = len(poses)
    if up is None:
        up = np.tile(np.float32([0, 1, 0]), (count, 1))
    return PoseNormResult(
        joint_rotations=np.tile(np.float32([1, 0, 0, 0]), (count, 20, 1)),
        normalized_poses=np.asarray(poses, np.float32),
        body_up=up,
        keypoints=np.zeros((count, 17, 2), np.float32),
        keypoints_visible=np.ones((count, 17)) if visible is None else visible,
        frame_times=None if fps is None else np.arange(count) / fps,
        _pose_features=features,
        direction_sigma=sigma,
    )


def squats(count=2, visible=None, **wrong):
    """The result of squats as if their 3D poses were estimated without error."""
    world = draw_squats(count, **wrong)
    roots = root_frame(torch.from_numpy(world).double()).numpy()
    up = roots[:, 1].astype(np.float32)  # the world's y axis in the root frame
    return result_of(normalize_keypoints_3d(world), up, visible)


def moving_poses(positions):
    """Return poses that never come back, at positions along the movement, (T,)."""
    rng = np.random.default_rng(0)
    start, amplitude = rng.normal(size=(2, 17, 3)) * [[[0.3]], [[0.15]]]
    phase, frequency = rng.uniform([[[0]], [[0.02]]], [[[6]], [[0.06]]], (2, 17, 3))
    return start + amplitude * np.sin(
        frequency * np.asarray(positions)[:, None, None] + phase
    )
