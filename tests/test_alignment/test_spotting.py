"""Tests of finding where a reference occurs in a long clip."""

import numpy as np
import pytest

from mmposenorm.alignment import align, find_occurrences, frame_distances
from mmposenorm.alignment.spotting import path_ends


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
    places = {100: (1.0, 0.1), 300: (0.5, 0.6), 450: (2.0, 0.2)}  # tempo and noise
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
def test_the_cheapest_path_is_that_of_the_mode_subsequence(weight, seed):
    reference, clip = motion(30, seed), motion(170, seed + 50)
    ends = path_ends(frame_distances(clip, reference), 30, weight)
    alignment = align(reference, clip, mode='subsequence', diagonal_weight=weight)
    last = ends.costs.argmin()
    assert ends.costs[last] == pytest.approx(alignment.distance)
    assert (ends.starts[last], last) == tuple(alignment.path[[0, -1], 1])


def test_paths_lead_from_end_to_end():
    reference, clip = motion(30), motion(170, 50)
    for one in find_occurrences(reference, clip, with_paths=True):
        assert one.path[0].tolist() == [0, one.start]
        assert one.path[-1].tolist() == [29, one.end]


def test_costs_are_divided_by_the_mean_number_of_frames():
    # Frames 0 and 1 match 0, at a cost of 1; three frames match two.
    (one,) = find_occurrences(numbers(0, 1, 10), numbers(50, 0, 10, 50), most=1)
    assert one == (1, 2, pytest.approx(1 / 2.5), None)


def test_only_tempos_that_are_allowed_are_found():
    reference = numbers(*range(0, 60, 5))
    clip = np.full((100, 1), 900.0)
    clip[5:17, 0] = np.arange(0, 60, 5)
    clip[30:36, 0] = np.arange(0, 60, 10) + 2.5  # twice as fast
    clip[50:86, 0] = np.arange(36) * 5 / 3  # a third as fast

    def spans(*tempos):
        found = find_occurrences(reference, clip, tempos=tempos, max_distance=9)
        return sorted((one.start, one.end) for one in found)

    assert spans(0.9, 1.1) == [(5, 16)]
    assert spans(0.9, 2) == [(5, 16), (30, 35)]
    *_, (start, end) = spans(0, np.inf)
    assert end - start + 1 > 24
    *_, (start, end) = spans(0.5, 2)
    assert end - start + 1 == 24  # what is still half as fast


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
        ({'tempos': (2, 0.5)}, r'tempos must be a number from 0 to 1 .* is \(2, 0.5\)'),
        ({'max_distance': np.nan}, 'max_distance must be 0 or more, but is nan'),
    ],
)
def test_bad_input_is_refused(arguments, message):
    arguments = {'reference': numbers(1), 'clip': numbers(1, 2)} | arguments
    with pytest.raises(ValueError, match=message):
        find_occurrences(**arguments)
