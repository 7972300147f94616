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
    view = tool('warped_views').View
    poses, visible = np.zeros((20, 17, 2)), np.ones((20, 17))
    moments = np.arange(20.0)
    views = [view(poses, visible, 50.0, moments), view(poses, visible, 50.0, moments)]
    features = np.random.default_rng(0).normal(size=(20, 4))
    known = np.arange(20) < 16
    assert align_live.hit_rate(features, features[known], views, known) == 100
    later = views[1]._replace(moments=moments + 6)
    late = [views[0], later]
    assert align_live.hit_rate(features, features[known], late, known) == 0


def test_the_table_has_a_line_for_each_row(tool):
    align_live = tool('align_live')
    score = align_live.Score(1, 2, 3, 4, 5, 6)
    lines = align_live.table({'5 frames': [score, score]}).splitlines()
    assert lines[0] == 'mean of 2 pairs'
    assert lines[2].split() == ['5', 'frames', '1.0', '2.0', '3.0', '4.0', '5.0', '6.0']
