import json
from dataclasses import replace

import numpy as np
import pytest
from stick_figures import bump, clip_of, stick_figure

from mmposenorm.alignment import align
from mmposenorm.comparison.descriptions import describe_frames
from mmposenorm.comparison.score import (
    CURVE_FILE,
    Deviations,
    clip_distance,
    distance_of,
    measure_deviations,
    score_of,
)
from mmposenorm.geometry.angles import ANGLES


def compared(clip_a, clip_b):
    """Distance along the path that `align` finds."""
    described = [describe_frames(clip, 'normalized') for clip in (clip_a, clip_b)]
    return clip_distance(clip_a, clip_b, align(*described).path)


def test_a_clip_has_full_score_against_itself():
    clip = clip_of(stick_figure(90 * bump(60)))
    assert score_of(compared(clip, clip)) == 100


def test_the_score_falls_with_the_distance():
    scores = [score_of(distance) for distance in np.linspace(0, 20, 200)]
    assert (np.diff(scores) < 0).all()
    assert scores[0] == 100
    assert 0 < scores[-1] < 1


def test_the_score_is_the_share_of_the_curve():
    curve = json.loads(CURVE_FILE.read_text())
    scores = [score_of(distance) for distance in curve['distances']]
    assert scores == pytest.approx(curve['shares'])


def test_deviations_are_counted_by_what_is_usual():
    usual = Deviations(np.full(18, 10.0), np.full(10, 0.2), np.full(10, 0.1))
    nothing = Deviations(np.full(18, np.nan), np.zeros(10), np.zeros(10))
    assert distance_of(nothing, usual) == 0
    ranges = np.full(18, 10 * (np.e - 1))  # log(1 + x / 10) = 1
    ranges[:4] = np.nan  # not seen
    assert distance_of(nothing._replace(ranges=ranges), usual) == pytest.approx(1)
    directions = np.zeros(10)
    directions[0] = 0.2 * (np.e**10 - 1)
    moved = nothing._replace(directions=directions)
    assert distance_of(moved, usual) == pytest.approx(1)
    lasting = np.linspace(0, 0.3, 10)
    assert distance_of(nothing._replace(lasting=lasting), usual) == pytest.approx(0.75)


def test_ranges_are_those_of_the_matched_frames():
    knees = 90 * bump(100)
    right, half = clip_of(stick_figure(knees)), clip_of(stick_figure(knees / 2))
    frames = np.stack([np.arange(100)] * 2, axis=1)
    ranges = measure_deviations(right, half, frames).ranges
    knee = ANGLES.index('left_knee_flexion')
    assert ranges[knee] == pytest.approx(45, abs=2)
    assert ranges[ANGLES.index('left_elbow_flexion')] == pytest.approx(0, abs=1e-3)
    still = measure_deviations(right, half, np.zeros((5, 2), int)).ranges
    np.testing.assert_allclose(still[~np.isnan(still)], 0, atol=1e-6)


def test_what_was_not_seen_does_not_count():
    clip = clip_of(stick_figure(90 * bump(60)))
    other = clip_of(stick_figure(90 * bump(60), left_arm=120 * bump(60)))
    visible = np.ones((60, 17), np.float32)
    visible[:, 12:14] = 0
    unseen = replace(other, keypoints_visible=visible)
    frames = np.stack([np.arange(60)] * 2, axis=1)
    left_arm = [i for i, name in enumerate(ANGLES) if name.startswith('left_s')]
    assert np.isnan(measure_deviations(clip, unseen, frames).ranges[left_arm]).all()
    assert clip_distance(clip, unseen, frames) < clip_distance(clip, other, frames)


def test_the_curve_is_continuous_where_the_table_ends():
    distances = np.linspace(0, 6, 6001)
    scores = np.array([score_of(distance) for distance in distances])
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
    one, many = (
        clip_distance(clip, clip_of(stick_figure(knees, left_arm=arm)), path)
        for arm in (bad_frame, fault)
    )
    assert one < 0.02 * many
    assert many > 0
