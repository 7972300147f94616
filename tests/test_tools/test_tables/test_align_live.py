"""How tools/tables/align_live.py scores live estimates and live alignment."""

import numpy as np
import pytest


def test_a_score_by_hand(tool):
    align_live = tool('align_live')
    score = align_live._score(1.5, 80.0, np.array([0, 1, np.nan, 2]), np.ones(4), 50)
    assert score.offline == pytest.approx(100 * 1 / 50)
    assert score.offline_95 == pytest.approx(100 * 1.9 / 50)
    assert score.truth == score.truth_95 == 2


def test_hits_are_counted_by_the_moments_of_both_views(tool):
    align_live = tool('align_live')
    moments = np.arange(20.0)
    features = np.random.default_rng(0).normal(size=(20, 4))
    live, true = features[:16], moments[:16]
    assert align_live.hit_rate(features, live, moments, true) == 100
    assert align_live.hit_rate(features, live, moments, true + 6) == 0


def test_values_between_two_frames_are_interpolated(tool):
    align_live = tool('align_live')
    values = np.array([[0.0, 10], [2, 20], [4, 60]])
    np.testing.assert_allclose(
        align_live.at_moments(values, np.array([0, 1.5])), [[0, 10], [3, 40]]
    )


def test_the_table_has_a_line_for_each_row(tool):
    align_live = tool('align_live')
    score = align_live.Score(1, 2, 3, 4, 5, 6)
    lines = align_live.table({'5 frames': [score, score]}).splitlines()
    assert lines[0] == 'mean of 2 pairs'
    assert lines[2].split() == ['5', 'frames', '1.0', '2.0', '3.0', '4.0', '5.0', '6.0']
