"""The vectors by which frames are compared."""

from dataclasses import replace

import numpy as np
import pytest

from mmposenorm.comparison.descriptions import common_features, describe_frames
from mmposenorm.pose_result import PoseNormResult


@pytest.fixture
def clip():
    """A clip of random poses, of which the left upper arm is uncertain."""
    generator = np.random.default_rng(0)
    sigma = np.full((4, 16), 0.1, np.float32)
    sigma[:, 12 - 1] = 2.0
    return PoseNormResult(
        joint_rotations=np.zeros((4, 0, 4), np.float32),
        normalized_poses=generator.normal(size=(4, 17, 3)).astype(np.float32),
        body_up=np.tile(np.float32([0, 1, 0]), (4, 1)),
        keypoints=np.zeros((4, 17, 2), np.float32),
        keypoints_visible=np.ones((4, 17), np.float32),
        frame_times=None,
        _pose_features=None,
        direction_sigma=sigma,
    )


def test_an_uncertain_limb_does_not_decide(clip):
    poses = clip.normalized_poses.copy()
    poses[:, 12:14] += poses[:, 11:12] * 3  # the left upper arm points elsewhere
    moved = replace(clip, normalized_poses=poses)
    apart = describe_frames(clip, 'normalized') - describe_frames(moved, 'normalized')
    certain = replace(clip, direction_sigma=None), replace(moved, direction_sigma=None)
    a, b = (describe_frames(each, 'normalized') for each in certain)
    assert np.linalg.norm(a - b, axis=1).min() > 0.1
    assert np.linalg.norm(apart, axis=1).max() < 0.01


def test_weights_without_a_pose_embedder_compare_poses(clip):
    assert common_features(clip, clip) == 'normalized'
    with pytest.raises(ValueError, match='holds no pose embedder'):
        describe_frames(clip, 'features')
    with pytest.raises(ValueError, match="must be 'normalized' or 'features'"):
        describe_frames(clip, 'poses')
    embedded = replace(clip, _pose_features=np.eye(4, 64, dtype=np.float32))
    assert common_features(embedded, embedded) == 'features'
    np.testing.assert_array_equal(describe_frames(embedded, 'features'), np.eye(4, 64))
