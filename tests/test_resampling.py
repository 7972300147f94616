import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation, Slerp

from mmposenorm.resampling import (
    has_rate,
    interpolate_rotations,
    original_positions,
    resample_keypoints,
    resampled_positions,
)


def test_positions_of_twice_the_rate():
    times = np.arange(3) / 25
    positions = resampled_positions(times, fps=50)
    np.testing.assert_allclose(positions, [0, 0.5, 1, 1.5, 2])


def test_positions_end_with_the_clip():
    # 4 frames at 30 fps last 0.1 s, 4.8 frames at 48 fps: one more, at the last frame.
    positions = resampled_positions(np.arange(4) / 30, fps=48)
    np.testing.assert_allclose(positions, [0, 0.625, 1.25, 1.875, 2.5, 3])


def test_original_frames_lie_where_they_were_taken_from():
    # At 48 fps they lie 1.6 frames apart; the last is the last of 5, which comes only
    # 0.8 frames after the one before.
    positions = original_positions(np.arange(4) / 30, fps=48)
    np.testing.assert_allclose(positions, [0, 1.6, 3.2, 5])


@pytest.mark.parametrize('fps', [24, 48, 50, 60])
def test_both_ends_survive_the_way_to_another_rate_and_back(fps):
    times = np.array([3.0, 3.04, 3.1, 3.15, 3.21])
    there = resampled_positions(times, fps)
    back = np.interp(original_positions(times, fps), np.arange(len(there)), there)
    np.testing.assert_allclose(back[[0, -1]], [0, 4], atol=1e-9)


def test_positions_follow_an_uneven_clock():
    positions = resampled_positions(np.array([5.0, 5.1, 5.3]), fps=10)
    np.testing.assert_allclose(positions, [0, 1, 1.5, 2])


def test_one_frame_stays_one():
    np.testing.assert_array_equal(resampled_positions(np.array([3.0]), fps=50), [0])


@pytest.mark.parametrize(
    ('times', 'expected'),
    [
        (np.arange(5) / 50, True),
        (np.arange(5) / 49.8, True),
        (np.arange(5) / 48, False),
        ([0, 0.02, 0.05], False),
        ([0.0], True),
    ],
)
def test_rates_are_told_apart(times, expected):
    assert has_rate(np.array(times), fps=50) is expected


def test_keypoints_are_interpolated_linearly():
    keypoints = np.array([[[0.0, 0.0]], [[10.0, 4.0]]])
    visible = np.array([[0.8], [0.6]])
    between, seen = resample_keypoints(keypoints, visible, np.array([0, 0.25, 1]))
    np.testing.assert_allclose(between[:, 0], [[0, 0], [2.5, 1], [10, 4]])
    np.testing.assert_allclose(seen[:, 0], [0.6, 0.6, 0.6])


def test_what_was_not_seen_has_no_influence():
    keypoints = np.array([[[0.0, 0.0]], [[np.nan, 1e6]], [[8.0, 8.0]]])
    visible = np.array([[1.0], [0.1], [1.0]])
    positions = np.array([0, 0.25, 0.75, 1, 1.25, 1.75, 2])
    between, seen = resample_keypoints(keypoints, visible, positions)
    expected = [[0, 0], [0, 0], [0, 0], [0, 0], [0, 0], [8, 8], [8, 8]]
    np.testing.assert_allclose(between[:, 0], expected)
    np.testing.assert_allclose(seen[:, 0], [1, 1, 0.1, 0.1, 0.1, 1, 1])


def test_rotations_are_interpolated_as_by_scipy():
    rng = np.random.default_rng(0)
    rotations = Rotation.random(6, rng=rng)
    positions = np.array([0, 0.3, 1.5, 3.99, 5])
    quaternions = torch.from_numpy(rotations.as_quat(scalar_first=True))[:, None]
    ours = interpolate_rotations(quaternions, positions)[:, 0]
    assert (ours[:, 0] >= 0).all()
    theirs = Slerp(np.arange(6), rotations)(positions)
    apart = Rotation.from_quat(ours.numpy(), scalar_first=True) * theirs.inv()
    np.testing.assert_allclose(apart.magnitude(), 0, atol=1e-6)


def test_the_sign_of_quaternions_does_not_matter():
    quaternions = torch.tensor([[[1.0, 0, 0, 0]], [[-0.8, -0.6, 0, 0]]])
    plain = interpolate_rotations(quaternions.abs(), np.array([0.5]))
    torch.testing.assert_close(
        interpolate_rotations(quaternions, np.array([0.5])), plain
    )


def test_a_huge_gap_is_refused_before_it_is_filled():
    times = np.array([0, 0.04, 1e6, 1e6 + 0.04])
    with pytest.raises(ValueError, match='Between frames 1 and 2 lie 1e'):
        resampled_positions(times, 50)
    assert len(resampled_positions(np.array([0, 600.0]), 50)) == 30_001


def test_a_clip_of_days_is_refused():
    with pytest.raises(ValueError, match=r'The clip lasts 172800 s; .* a day'):
        resampled_positions(np.arange(0, 172_801.0, 600), 50)
