import numpy as np
import pytest

from mmposenorm.datasets.synthetic.exercise import (
    draw_squats,
    standing_figure,
    turn_keypoints,
)
from mmposenorm.skeletons import H36M_PARENTS


def bone_lengths(poses):
    return np.linalg.norm(poses[..., 1:, :] - poses[..., H36M_PARENTS[1:], :], axis=-1)


def test_squats_take_two_seconds_and_begin_and_end_upright():
    poses = draw_squats(3, fps=30)
    assert poses.shape == (15 + 3 * 75, 17, 3)
    assert poses.dtype == np.float32
    np.testing.assert_allclose(poses[0], poses[-1], atol=1e-5)
    np.testing.assert_allclose(poses[0, 0], (0, 0.84, 0), atol=1e-5)
    lowest = poses[:, 0, 1].argmin()
    assert lowest in (15 + 30, 15 + 75 + 30, 15 + 150 + 30)
    np.testing.assert_allclose(poses[:, [3, 6], 1].min(axis=1), 0, atol=1e-5)


@pytest.mark.parametrize(
    'wrong', [{}, {'lean': 30}, {'elbow': 80, 'knee': 40}, {'arm_delay': 0.4}]
)
def test_bones_keep_their_lengths(wrong):
    expected = bone_lengths(standing_figure())
    lengths = bone_lengths(draw_squats(1, **wrong))
    np.testing.assert_allclose(lengths, np.tile(expected, (150, 1)), atol=1e-4)


def test_only_the_left_arm_is_late():
    right, late = draw_squats(1), draw_squats(1, arm_delay=0.4)
    same = [k for k in range(17) if k not in (12, 13)]
    np.testing.assert_array_equal(right[:, same], late[:, same])
    # The left arm of a pause follows the right one: it still moves when that rests.
    assert np.abs(np.diff(late[-25:, 13], axis=0)).max() > 0.005
    assert np.abs(np.diff(late[-25:, 16], axis=0)).max() < 1e-5


def test_a_quarter_turn_about_the_axis_to_the_left_raises_an_arm_forward():
    pose = standing_figure()[None]
    turned = turn_keypoints(pose, 11, [12, 13], np.array([1.0, 0, 0]), -90)
    # The arm that hung now points forward: z = 0.29, 0.54 in front of the shoulder.
    np.testing.assert_allclose(turned[0, 12] - pose[0, 11], (0, 0, 0.29), atol=1e-9)
    np.testing.assert_allclose(turned[0, 13] - pose[0, 11], (0, 0, 0.54), atol=1e-9)
    np.testing.assert_array_equal(turned[0, :12], pose[0, :12])
