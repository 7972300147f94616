"""Alignment of clips of which one plays many times slower."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from mmposenorm import align
from mmposenorm.alignment.tempo import align_tempos

OPTIONS = {'diagonal_weight': 1.5, 'open_begin': True, 'open_end': True}


def movement(frames, noise, seed):
    """Noisy features along a smooth curve that is the same for any seed."""
    curve = gaussian_filter1d(np.random.default_rng(0).normal(size=(60, 8)), 4, axis=0)
    moments = np.linspace(0, 59, frames)
    clean = np.stack([np.interp(moments, np.arange(60), x) for x in curve.T], axis=1)
    return clean + noise * np.random.default_rng(seed).normal(size=clean.shape)


def errors(alignment, length_a, length_b):
    """Distance of each match from the true one, as a share of clip B."""
    expected = np.linspace(0, 1, length_a)
    found = alignment.matches >= 0
    return np.abs(alignment.matches[found] / (length_b - 1) - expected[found])


@pytest.mark.parametrize(('frames_a', 'frames_b'), [(60, 420), (420, 60)])
def test_slow_motion_is_matched_evenly(frames_a, frames_b):
    a, b = movement(frames_a, 0.2, seed=1), movement(frames_b, 0.2, seed=2)
    once, twice = align(a, b, **OPTIONS), align_tempos(a, b, **OPTIONS)
    error = errors(twice, frames_a, frames_b).mean()
    assert error < 0.8 * errors(once, frames_a, frames_b).mean()
    assert error < 0.03


@pytest.mark.parametrize(('frames_a', 'frames_b'), [(30, 150), (150, 30)])
def test_the_result_is_an_alignment_of_the_given_frames(frames_a, frames_b):
    a, b = movement(frames_a, 0.1, seed=1), movement(frames_b, 0.1, seed=2)
    result = align_tempos(a, b, **OPTIONS)
    steps = np.diff(result.path, axis=0)
    assert steps.min() == 0
    assert steps.max() == 1
    assert steps.sum(axis=1).min() == 1
    for side, length, unmatched in (
        (0, frames_a, result.unmatched_a),
        (1, frames_b, result.unmatched_b),
    ):
        frames = np.concatenate([np.unique(result.path[:, side]), unmatched])
        np.testing.assert_array_equal(np.sort(frames), np.arange(length))
    apart = np.linalg.norm(a[result.path[:, 0]] - b[result.path[:, 1]], axis=1)
    np.testing.assert_allclose(result.path_distances, apart, rtol=1e-5)
    # The match is the nearest of the frames that a frame is paired with.
    for frame in range(frames_a):
        paired = result.path[:, 0] == frame
        if paired.any():
            nearest = result.path[paired][apart[paired].argmin(), 1]
            assert result.matches[frame] == nearest
            assert result.match_distances[frame] == pytest.approx(apart[paired].min())
        else:
            assert result.matches[frame] == -1


def test_a_path_along_one_frame_is_no_slow_motion(monkeypatch):
    # All of B is like one frame of A. Repeating A's frames 300 times would take 300
    # times as long.
    a, b = np.arange(40.0)[:, None] * 10, np.full((300, 1), 200.0)
    sizes = []
    monkeypatch.setattr(
        'mmposenorm.alignment.tempo.align',
        lambda a, b, **options: sizes.append(len(a)) or align(a, b, **options),
    )
    alignment = align_tempos(a, b, **OPTIONS)
    assert set(alignment.path[:, 0]) == {20}
    assert sizes == [40]


def test_clips_of_like_tempo_and_frames_without_order_are_aligned_once():
    a, b = movement(60, 0.1, seed=1), movement(90, 0.1, seed=2)
    np.testing.assert_array_equal(
        align_tempos(a, b, **OPTIONS).path, align(a, b, **OPTIONS).path
    )
    slow = movement(400, 0.1, seed=2)
    np.testing.assert_array_equal(
        align_tempos(a, slow, mode='nn').path, align(a, slow, mode='nn').path
    )
