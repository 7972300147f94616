"""Tests of finding where a reference occurs in a long clip."""

import numpy as np
import pytest

from mmposenorm.alignment import align, find_occurrences


def motion(length, seed=0, size=5):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(length, size)).cumsum(axis=0)


def numbers(*values):
    return np.array(values, float)[:, None]


def test_a_small_case_by_hand():
    reference = numbers(1, 5)
    clip = numbers(9, 1, 5, 9, 2, 5, 9)
    first, second = find_occurrences(reference, clip, max_distance=1)
    assert first == (1, 2, 0.0, None)
    # 2 against 1 and 5 against 5: a cost of 1 over two frames of the reference.
    assert second == (4, 5, 0.5, None)


def test_planted_copies_are_found_in_noise_the_nearest_first():
    rng = np.random.default_rng(1)
    reference = motion(40)
    clip = 20 * rng.normal(size=(600, 5))
    places = {100: (1.0, 0.1), 300: (0.5, 0.3), 450: (2.0, 0.2)}  # tempo and noise
    for place, (tempo, noise) in places.items():
        times = np.arange(0, 39.01, tempo)
        played = np.stack([np.interp(times, range(40), x) for x in reference.T], 1)
        played += noise * rng.normal(size=played.shape)
        clip[place : place + len(times)] = played
    found = find_occurrences(reference, clip, most=3)
    spans = [(one.start, one.end) for one in found]
    # Played slowly, the frames at the ends are nearly the same.
    expected = [(100, 139), (450, 469), (300, 378)]
    np.testing.assert_allclose(spans, expected, atol=4)
    assert np.all(np.diff([one.distance for one in found]) > 0)


def test_occurrences_do_not_overlap_and_come_in_order_of_distance():
    found = find_occurrences(motion(8), motion(200, seed=1))
    frames = np.concatenate([np.arange(one.start, one.end + 1) for one in found])
    assert len(set(frames)) == len(frames)
    distances = [one.distance for one in found]
    assert distances == sorted(distances)


@pytest.mark.parametrize('weight', [1, 1.5])
@pytest.mark.parametrize('seed', range(5))
def test_the_nearest_one_is_that_of_the_mode_subsequence(weight, seed):
    reference, clip = motion(30, seed), motion(170, seed + 50)
    options = {'diagonal_weight': weight}
    (one,) = find_occurrences(reference, clip, most=1, with_paths=True, **options)
    alignment = align(reference, clip, mode='subsequence', **options)
    assert one.distance * 30 == pytest.approx(alignment.distance)
    np.testing.assert_array_equal(one.path, alignment.path)
    assert (one.start, one.end) == tuple(one.path[[0, -1], 1])


def test_poses_are_found_too():
    poses = motion(60, size=51).reshape(60, 17, 3)
    (one,) = find_occurrences(poses[20:30], poses, most=1)
    assert one[:3] == (20, 29, 0)


def test_a_limit_that_nothing_reaches_finds_nothing():
    assert find_occurrences(numbers(0, 1), numbers(5, 6, 7), max_distance=1) == []


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        ({'reference': numbers()}, 'reference has shape .*nothing to align'),
        ({'clip': numbers(1, np.nan)}, 'clip has NaN or infinite values in 1 of 2'),
        ({'clip': np.zeros((3, 2))}, r'reference has shape \(1, 1\) and clip'),
        ({'diagonal_weight': 3}, 'diagonal_weight must be above 0 and at most 2'),
        ({'most': 0}, 'most must be a whole number, 1 or more, but is 0'),
        ({'most': 1.5}, 'most must be a whole number'),
        ({'max_distance': np.nan}, 'max_distance must be 0 or more, but is nan'),
    ],
)
def test_bad_input_is_refused(arguments, message):
    arguments = {'reference': numbers(1), 'clip': numbers(1, 2)} | arguments
    with pytest.raises(ValueError, match=message):
        find_occurrences(**arguments)
