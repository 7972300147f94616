"""Tests of following a person through a reference frame by frame."""

import pickle

import numpy as np
import pytest

from mmposenorm.alignment import OnlineAlignment, align


def numbers(*values):
    return np.array(values, float)[:, None]


def curve(length, seed=0, size=6):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(length, size)).cumsum(axis=0)


def follow(online, clip, fps=None):
    times = [None] * len(clip) if fps is None else np.arange(len(clip)) / fps
    return [online.update(frame, time) for frame, time in zip(clip, times, strict=True)]


def test_a_small_case_by_hand():
    online = OnlineAlignment(numbers(0, 4, 9), look_back=None, loops=False)
    found = follow(online, numbers(0, 1, 5, 9))
    # Waits in frame 0, then is nearer to 4, then at 9.
    assert [position.reference_frame for position in found] == [0, 0, 1, 2]
    assert [position.phase for position in found] == [0, 0, 0.5, 1]
    assert [position.distance for position in found] == [0, 1, 1, 0]
    # Frame 0 was left after the update with number 1.
    assert [position.start for position in found] == [0, 1, 1, 1]
    # 0 + 1 + 1 + 0 along the path.
    assert online.costs[-1] == 2


def test_ahead_and_behind_are_told_against_the_pace_of_the_reference():
    reference, times = curve(40), np.arange(40) / 10
    online = OnlineAlignment(reference, times)
    waited = [online.update(reference[0], time) for time in (0.0, 0.1, 0.2)]
    assert [position.ahead for position in waited] == [0, 0, 0]
    # Every second frame of the reference for each of ten frames a second: twice as
    # fast. The first frame was left at 0.2 s.
    for number in range(1, 20):
        position = online.update(reference[2 * number], 0.2 + number / 10)
    assert position.reference_frame == 38
    assert position.ahead == pytest.approx(3.8 - 1.9, abs=0.15)
    slow = OnlineAlignment(reference, times)
    for number in range(40):
        position = slow.update(reference[number // 2], number / 10)
    assert position.reference_frame == 19
    assert position.ahead == pytest.approx(1.9 - 3.9, abs=0.15)


@pytest.mark.parametrize('weight', [1, 1.5])
def test_all_frames_with_all_of_the_past_cost_what_align_finds(weight):
    reference, clip = curve(25), curve(70, seed=1)
    options = {'diagonal_weight': weight}
    online = OnlineAlignment(reference, look_back=None, loops=False, **options)
    follow(online, clip)
    expected = align(reference, clip, **options)
    assert online.costs[-1] == pytest.approx(expected.distance)


def test_a_warped_person_is_followed_as_align_finds_once_all_is_over():
    reference = curve(120)
    times = np.clip(np.arange(150) * 0.8 + 8 * np.sin(np.arange(150) / 20), 0, 119)
    rng = np.random.default_rng(2)
    clip = np.stack([np.interp(times, range(120), x) for x in reference.T], axis=1)
    clip += 0.3 * rng.normal(size=clip.shape)
    found = [p.reference_frame for p in follow(OnlineAlignment(reference), clip)]
    assert np.abs(np.array(found) - times).mean() < 0.05 * 120


def test_repetitions_are_followed_from_end_to_beginning():
    angles = np.linspace(0, 2 * np.pi, 50, endpoint=False)
    reference = np.stack([np.sin(angles), np.cos(angles)], axis=1)
    found = follow(OnlineAlignment(reference), np.tile(reference, (3, 1)))
    frames = [position.reference_frame for position in found]
    np.testing.assert_allclose(frames, np.tile(np.arange(50), 3), atol=1)
    assert found[-1].start == pytest.approx(100, abs=1)
    once = follow(OnlineAlignment(reference, loops=False), np.tile(reference, (2, 1)))
    assert once[60].reference_frame >= 49


def test_a_person_may_begin_in_the_middle_on_request():
    reference = curve(60)
    found = follow(OnlineAlignment(reference, begin_cost=0), reference[30:40])
    assert [position.reference_frame for position in found] == [*range(30, 40)]
    # As if the first frame had been left 30 frames before.
    assert found[-1].start == pytest.approx(-30, abs=1)
    closed = follow(OnlineAlignment(reference, look_back=None), reference[30:32])
    assert closed[0].reference_frame < 30


def test_beginning_later_costs_a_share_of_the_frames_left_out():
    online = OnlineAlignment(numbers(0, 4, 9), begin_cost=0.5, look_back=None)
    online.update(np.array([9.0]))
    # Of the distances 9, 5 and 0: half of those left out, and its own.
    np.testing.assert_array_equal(online.costs, [9, 4.5 + 5, 7 + 0])


def test_a_person_who_was_lost_is_found_again():
    reference = curve(80)
    online = OnlineAlignment(reference, look_back=20)
    follow(online, reference[:20])
    follow(online, 30 + curve(40, seed=3))  # something else altogether
    found = follow(online, reference[35:75])
    assert found[-1].reference_frame == pytest.approx(74, abs=2)


def test_memory_and_costs_stay_the_same_however_long_it_goes_on():
    reference = curve(20, size=3)
    online = OnlineAlignment(reference)
    follow(online, curve(100, size=3))
    size = len(pickle.dumps(online))
    frames = curve(1000, size=3) / 10
    for number in range(10_000):
        position = online.update(frames[number % 1000])
    assert len(pickle.dumps(online)) <= size + 16  # numbers have more digits
    assert 0 <= position.phase <= 1
    assert online.costs.max() < 1e5


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'reference': np.zeros((0, 3))}, 'reference has shape .*nothing to align'),
        ({'frame_times': [0, 1]}, r'each of the 4 frames'),
        ({'look_back': 0}, 'look_back must be a number of updates, 1 or more, or None'),
        ({'begin_cost': 2}, 'begin_cost must be from 0 to 1'),
        ({'diagonal_weight': 0}, 'diagonal_weight must be above 0'),
    ],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        OnlineAlignment(**{'reference': curve(4, size=3)} | options)


def test_frames_of_another_kind_are_refused():
    online = OnlineAlignment(curve(4, size=3))
    with pytest.raises(ValueError, match=r'reference has shape .* and frame \(1, 2\)'):
        online.update(np.zeros(2))
    with pytest.raises(ValueError, match='frame has NaN or infinite'):
        online.update(np.full(3, np.nan))
