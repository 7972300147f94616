import numpy as np
import pytest

from mmposenorm.keypoints.smoothing import CUTOFF, smooth_keypoints


def smooth(signal, fps=30.0, visible=None):
    signal = np.asarray(signal, np.float64)
    visible = np.ones(len(signal)) if visible is None else visible
    return smooth_keypoints(signal[:, None, None], visible[:, None], fps)[:, 0, 0]


@pytest.mark.parametrize('frames', [1, 2, 3, 4, 10, 100])
@pytest.mark.parametrize('fps', [12.0, 30.0, 120.0])
def test_a_line_stays_as_it_is(frames, fps):
    line = 100 + 7.5 * np.arange(frames)
    np.testing.assert_allclose(smooth(line, fps), line, atol=1e-9)


@pytest.mark.parametrize('fps', [15.0, 30.0, 60.0])
def test_half_the_power_is_left_at_the_cutoff(fps):
    times = np.arange(10 * int(fps)) / fps
    # A wave that is 0 at no frame near the cut-off, whose amplitude falls to 0.707.
    wave = np.cos(2 * np.pi * CUTOFF * times + 0.5)
    inner = slice(int(fps), -int(fps))
    left = smooth(wave, fps)[inner] @ wave[inner] / (wave[inner] @ wave[inner])
    assert left**2 == pytest.approx(0.5, abs=0.01)


def test_there_is_no_lag():
    times = np.arange(121) / 30
    bump = np.exp(-0.5 * ((times - 2) / 0.15) ** 2)
    smoothed = smooth(bump)
    assert smoothed.argmax() == bump.argmax()
    np.testing.assert_allclose(smoothed, smoothed[::-1], atol=1e-6)
    moments = [(signal * times).sum() / signal.sum() for signal in (bump, smoothed)]
    assert moments[1] == pytest.approx(moments[0], abs=1e-6)


def test_jitter_shrinks_and_movement_stays():
    random = np.random.default_rng(0)
    times = np.arange(300) / 30
    movement = 100 * np.sin(2 * np.pi * times)  # one turn a second
    noise = random.normal(0, 3, 300)
    error = smooth(movement + noise) - movement
    assert error[15:-15].std() < 0.7 * noise.std()
    np.testing.assert_allclose(smooth(movement)[15:-15], movement[15:-15], atol=0.5)


def test_nothing_leaks_across_a_gap():
    signal = np.concatenate([np.zeros(20), np.full(10, -1.0), np.full(20, 500.0)])
    visible = np.ones(50)
    visible[20:30] = 0
    np.testing.assert_allclose(smooth(signal, visible=visible), signal, atol=1e-9)


def test_each_joint_is_smoothed_as_if_it_were_alone():
    random = np.random.default_rng(0)
    keypoints = random.normal(0, 1, (60, 4, 2))
    visible = np.ones((60, 4))
    visible[20:30, 1] = 0
    visible[:5, 2] = 0
    together = smooth_keypoints(keypoints, visible, 30.0)
    for joint in range(4):
        alone = smooth_keypoints(keypoints[:, [joint]], visible[:, [joint]], 30.0)
        np.testing.assert_allclose(together[:, [joint]], alone, atol=1e-12)


def test_turning_time_round_commutes_with_smoothing():
    walk = np.random.default_rng(0).normal(0, 1, 90).cumsum()
    np.testing.assert_allclose(
        smooth(walk[::-1])[10:-10], smooth(walk)[::-1][10:-10], atol=0.02
    )


def test_a_clip_of_few_frames_a_second_is_left_alone():
    jitter = np.random.default_rng(0).normal(0, 1, 50)
    np.testing.assert_array_equal(smooth(jitter, fps=2 * CUTOFF), jitter)


def test_input_is_not_changed_and_its_type_kept():
    keypoints = np.random.default_rng(0).normal(0, 1, (40, 2, 2)).astype(np.float32)
    copy = keypoints.copy()
    smoothed = smooth_keypoints(keypoints, np.ones((40, 2)), 30.0)
    np.testing.assert_array_equal(keypoints, copy)
    assert smoothed.dtype == np.float32
    assert not np.allclose(smoothed, keypoints)
