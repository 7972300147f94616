import numpy as np
import pytest
from stick_figures import bump, clip_of, stick_figure

from mmposenorm.alignment import align
from mmposenorm.comparison.descriptions import describe_frames
from mmposenorm.comparison.score import clip_distance, score_of


def compared(clip_a, clip_b):
    """Distance along the path that `align` finds."""
    described = [describe_frames(clip, 'normalized') for clip in (clip_a, clip_b)]
    return clip_distance(clip_a, clip_b, align(*described))


def test_a_clip_has_full_score_against_itself():
    clip = clip_of(stick_figure(90 * bump(60)))
    assert score_of(compared(clip, clip)) == 100


def test_the_score_falls_with_the_distance():
    scores = [score_of(distance) for distance in np.linspace(0, 20, 200)]
    assert (np.diff(scores) < 0).all()
    assert scores[0] == 100
    assert 0 < scores[-1] < 1


def test_half_of_the_pairs_differ_by_more_than_their_median():
    assert score_of(1) == pytest.approx(50)


def test_the_curve_is_continuous_where_the_table_ends():
    distances = np.linspace(0, 6, 6001)
    scores = np.array([score_of(distance) for distance in distances])
    # The table's steepest part loses 10 in 0.07.
    assert np.abs(np.diff(scores)).max() < 0.3


def test_more_is_farther_whatever_the_tempo():
    right = clip_of(stick_figure(90 * bump(60)))
    slow = clip_of(stick_figure(90 * bump(100)))
    shallow = clip_of(stick_figure(60 * bump(80)))
    hardly = clip_of(stick_figure(20 * bump(60)))
    distances = [compared(right, clip) for clip in (slow, shallow, hardly)]
    assert distances == sorted(distances)
    assert score_of(distances[0]) > 95


def test_one_bad_frame_does_not_count_but_a_fault_does():
    knees = 90 * bump(100)
    clip = clip_of(stick_figure(knees))
    path = np.stack([np.arange(100)] * 2, axis=1)
    bad_frame, fault = np.zeros(100), np.zeros(100)
    bad_frame[50], fault[40:60] = 120, 60
    alignment = align(np.zeros((100, 1)), np.zeros((100, 1)))
    np.testing.assert_array_equal(alignment.path, path)
    one, many = (
        clip_distance(clip, clip_of(stick_figure(knees, left_arm=arm)), alignment)
        for arm in (bad_frame, fault)
    )
    assert one == 0
    assert many > 0
