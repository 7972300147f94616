import numpy as np
import pytest
from stick_figures import bump, clip_of, stick_figure


@pytest.fixture
def score_repetitions(tool):
    return tool('score_repetitions')


def repetition(tool, person, right=True, **lifted):
    clip = clip_of(stick_figure(np.zeros(60), **lifted))
    return tool.Repetition('lift an arm', person, right, (clip, clip), clip)


def test_references_are_other_people_of_the_same_side(score_repetitions):
    left = {'left_arm': 90 * bump(60)}
    right_side = {'right_arm': 90 * bump(60)}
    people = {
        'a': [repetition(score_repetitions, 'a', **left)],
        'b': [repetition(score_repetitions, 'b', left_arm=80 * bump(60))],
        'c': [repetition(score_repetitions, 'c', **right_side)],
        'd': [repetition(score_repetitions, 'd', left_arm=98 * bump(60))],
    }
    assert score_repetitions.same_side('a', people) == ['b', 'd']


def test_area_worked_out_by_hand(score_repetitions):
    # Of four pairs of a wrong and a right one, three are in order; of one, all.
    groups = {
        ('x', True): [1, 3],
        ('x', False): [2, 4],
        ('y', True): [1],
        ('y', False): [5],
    }
    assert score_repetitions.area(groups) == pytest.approx((3 / 4 + 1) / 2)


def test_the_curve_holds_the_shares_of_pairs(score_repetitions):
    distances = np.arange(1.0, 102)
    pairs = [
        score_repetitions.Pair(0, {'pose_features': x, 'limb_directions': 2 * x})
        for x in distances
    ]
    curve = score_repetitions.curve(pairs)
    # Of 1, ..., 101 the median is 51, and 90 % are at least 11.
    assert curve['distances'][0] == pytest.approx(11 / 51, abs=1e-3)
    assert curve['distances'][4] == 1
    assert curve['shares'][0] == 90
