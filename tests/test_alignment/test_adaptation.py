import numpy as np
import pytest

from mmposenorm.alignment import adapt_features, align

OPEN_ENDS = {'open_begin': True, 'open_end': True}


def motion(positions, seed=0, size=12):
    """Draw a smooth curve that does not repeat itself, at positions in [0, 1]."""
    rng = np.random.default_rng(seed)
    frequency, phase = rng.uniform(1, 4, (5, size)), rng.uniform(0, 6, (5, size))
    return np.sin(frequency * 2 * np.asarray(positions)[:, None, None] + phase).sum(1)


def wandering(frames, seed, size=12):
    """Draw a slow error in three directions of the features, (frames, size)."""
    rng = np.random.default_rng(seed)
    directions = rng.normal(size=(3, size))
    return 4 * motion(np.linspace(0, 1, frames), seed, 3) @ directions / 3


def mean_error(a, b, positions_a, positions_b):
    """Align, and return how far matches are off, by the length of the movement."""
    matches = align(a, b, diagonal_weight=1.5, **OPEN_ENDS).matches
    found = matches >= 0
    return np.abs(positions_b[matches] - positions_a)[found].mean()


def warped_pair():
    """Return positions of two clips of one movement, played at changing speed."""
    seconds = np.linspace(0, 1, 120)
    return seconds, 0.1 + 0.8 * (seconds[:100] / seconds[99]) ** 1.5


def test_what_sets_the_clips_apart_is_discounted():
    positions = positions_a, positions_b = warped_pair()
    plain, adapted = [], []
    for seed in range(4):
        a, b = motion(positions_a), motion(positions_b) + 3 + wandering(100, 5 + seed)
        plain.append(mean_error(a, b, *positions))
        adapted.append(mean_error(*adapt_features(a, b), *positions))
    assert np.mean(adapted) < 0.5 * np.mean(plain)
    assert np.mean(adapted) < 0.07


def test_a_lasting_difference_changes_nothing():
    positions_a, positions_b = warped_pair()
    a, b = motion(positions_a), motion(positions_b) + wandering(100, seed=5)
    one, other = (align(*adapt_features(a, b + shift), **OPEN_ENDS) for shift in (0, 7))
    np.testing.assert_array_equal(one.path, other.path)


@pytest.mark.parametrize('open_ends', [True, False])
def test_equal_clips_stay_equal(open_ends):
    a = motion(np.linspace(0, 1, 50))
    adapted = adapt_features(a, a, open_ends=open_ends)
    np.testing.assert_array_equal(*adapted)
    np.testing.assert_array_equal(adapted[0], a)  # nothing to learn


def test_too_few_frames_are_left_alone():
    a, b = motion(np.linspace(0, 1, 19)), motion(np.linspace(0, 1, 60), seed=1)
    adapted = adapt_features(a, b)
    np.testing.assert_array_equal(adapted[0], a)
    np.testing.assert_array_equal(adapted[1], b)


def test_long_clips_are_learned_from_in_part_and_adapted_whole():
    positions = positions_a, positions_b = (
        np.linspace(0, 1, 1200),
        np.linspace(0, 1, 900),
    )
    a, b = motion(positions_a), motion(positions_b) + wandering(900, seed=9)
    adapted = adapt_features(a, b)
    assert [len(clip) for clip in adapted] == [1200, 900]
    assert mean_error(*adapted, *positions) < 0.3 * mean_error(a, b, *positions)


def test_poses_and_unequal_features_are_refused():
    poses = np.zeros((30, 17, 3))
    with pytest.raises(ValueError, match='Flatten poses first'):
        adapt_features(poses, poses)
    with pytest.raises(ValueError, match='must have the same shape'):
        adapt_features(np.zeros((30, 4)), np.zeros((30, 5)))
    with pytest.raises(ValueError, match='NaN'):
        adapt_features(np.full((30, 4), np.nan), np.zeros((30, 4)))
