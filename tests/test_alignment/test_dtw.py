from dataclasses import replace
from functools import cache
from math import inf

import numpy as np
import pytest

from mmposenorm.alignment import dtw, pruning
from mmposenorm.alignment.dtw import PathRules, corridor, warping_path

CLOSED = PathRules()
OPEN = PathRules(begin_a=0.4, begin_b=0.4, end_a=0.4, end_b=0.4)
SUBSEQUENCE = PathRules(begin_b=0.0, end_b=0.0)
# Distances of the numbers 0, 1, 3 from 0, 2, 3.
SMALL = np.array([[0.0, 2, 3], [1, 1, 2], [3, 1, 0]])


def cheapest(distances, rules):
    """Find the cost of the best path by plain recursion over all cells."""
    last_a, last_b = np.subtract(distances.shape, 1)

    def left_out(frames, each):
        return frames * each if frames else 0.0

    @cache
    def cost(i, j):
        if i < 0 or j < 0 or not rules.lowest <= i - j <= rules.highest:
            return inf
        start = inf
        if i == 0 or j == 0:
            start = left_out(i, rules.begin_a) + left_out(j, rules.begin_b)
        own, weight = distances[i, j], rules.diagonal_weight
        straight = min(cost(i - 1, j), cost(i, j - 1)) + own
        return min(straight, min(cost(i - 1, j - 1), start) + weight * own)

    last_row = [((last_a, j), last_b - j, rules.end_b) for j in range(last_b + 1)]
    last_column = [((i, last_b), last_a - i, rules.end_a) for i in range(last_a + 1)]
    return min(
        cost(*cell) + left_out(frames, each)
        for cell, frames, each in last_row + last_column
    )


def cost_along(path, distances, rules):
    """Add up what a path costs, the frames that it leaves out included."""
    (first_a, first_b), (last_a, last_b) = path[0], path[-1]
    left_out = [
        (first_a, rules.begin_a),
        (first_b, rules.begin_b),
        (distances.shape[0] - 1 - last_a, rules.end_a),
        (distances.shape[1] - 1 - last_b, rules.end_b),
    ]
    total = sum(frames * each for frames, each in left_out if frames)
    steps = [(1, 1), *np.diff(path, axis=0).tolist()]
    for (i, j), step in zip(path, steps, strict=True):
        total += distances[i, j] * (rules.diagonal_weight if sum(step) == 2 else 1)
    return total


def test_cost_worked_out_by_hand():
    # Accumulated:  0 2 5
    #               1 1 3
    #               4 2 1
    cells, cost = warping_path(SMALL, CLOSED)
    assert cost == 1
    np.testing.assert_array_equal(cells, [[0, 0], [1, 1], [2, 2]])


def test_cost_worked_out_by_hand_with_a_double_diagonal():
    # Accumulated:  0 2 5
    #               1 2 4
    #               4 3 2
    assert warping_path(SMALL, PathRules(diagonal_weight=2)).cost == 2


@pytest.mark.parametrize('weight', [1.0, 1.5, 2.0])
@pytest.mark.parametrize(
    'rules',
    [
        CLOSED,
        OPEN,
        SUBSEQUENCE,
        PathRules(begin_a=0.3, begin_b=0.3),
        PathRules(end_a=0.3, end_b=0.3),
        PathRules(lowest=-8, highest=8),
        PathRules(lowest=-1, highest=1, end_a=0.3, end_b=0.3),
        PathRules(lowest=0, highest=0, begin_a=0.1, end_a=0.1, begin_b=1, end_b=1),
    ],
    ids=str,
)
@pytest.mark.parametrize('shape', [(1, 1), (1, 6), (9, 1), (5, 8), (12, 7)])
def test_agrees_with_a_plain_recursion(shape, rules, weight):
    rules = replace(rules, diagonal_weight=weight)
    distances = np.random.default_rng(sum(shape)).random(shape)
    cells, cost = warping_path(distances, rules)
    np.testing.assert_allclose(cost, cheapest(distances, rules))
    np.testing.assert_allclose(cost, cost_along(cells, distances, rules))
    steps = {tuple(step) for step in np.diff(cells, axis=0)}
    assert steps <= {(1, 0), (0, 1), (1, 1)}
    offsets = cells[:, 0] - cells[:, 1]
    assert rules.lowest <= offsets.min() <= offsets.max() <= rules.highest


def test_a_diagonal_step_is_taken_on_ties():
    cells, _ = warping_path(np.zeros((4, 4)), CLOSED)
    np.testing.assert_array_equal(cells, [[i, i] for i in range(4)])


def test_a_shorter_path_is_taken_on_ties_where_skipping_is_free():
    cells, _ = warping_path(np.zeros((1, 5)), SUBSEQUENCE)
    assert len(cells) == 1


@pytest.fixture
def _much_pruning(monkeypatch):
    monkeypatch.setattr(dtw, '_LEAST_PRUNED', 4)
    monkeypatch.setattr(dtw, '_COARSE', 2)
    for module in (dtw, pruning):
        monkeypatch.setattr(module, 'INTERVAL', 3)


@pytest.mark.usefixtures('_much_pruning')
@pytest.mark.parametrize('whole', [True, False], ids=['ties', 'no ties'])
@pytest.mark.parametrize('weight', [0.7, 1.0, 1.5, 2.0])
def test_leaving_out_cells_changes_no_path(whole, weight, monkeypatch):
    rng, rules = np.random.default_rng(0), PathRules(weight)
    for _ in range(20):
        walk_a, walk_b = (
            rng.integers(-1, 2, rng.integers(4, 60)).cumsum() for _ in range(2)
        )
        distances = np.abs(walk_a[:, None] - walk_b[None]).astype(float)
        if not whole:
            distances += rng.random(distances.shape)
        found = warping_path(distances, rules)
        with monkeypatch.context() as patch:
            patch.setattr(dtw, '_LEAST_PRUNED', inf)
            expected = warping_path(distances, rules)
        assert found.cost == expected.cost
        np.testing.assert_array_equal(found.cells, expected.cells)
        np.testing.assert_allclose(found.cost, cheapest(distances, rules))


@pytest.mark.parametrize('weight', [0.7, 1.0, 2.0])
def test_the_bound_is_the_cost_of_a_path(weight):
    rules, rng = PathRules(weight), np.random.default_rng(1)
    for shape in ((40, 30), (9, 64), (17, 17)):
        distances = rng.random(shape)
        bound = dtw._cost_of_a_path(distances, rules)
        assert cheapest(distances, rules) <= bound <= weight + sum(shape)
    # Along the diagonal all distances are 1, elsewhere more: 20 diagonal steps, the
    # first from outside the matrix.
    distances = 1 + 9.0 * np.abs(np.arange(20)[:, None] - np.arange(20))
    assert dtw._cost_of_a_path(distances, rules) == pytest.approx(20 * weight)


def test_the_cells_left_are_those_within_reach_of_what_is_cheap_enough():
    distances = np.ones((500, 500))
    all_cells = corridor(distances.shape, CLOSED)
    limits = list(all_cells)
    # Rows 100 to 102 of two anti-diagonals cost nothing so far.
    before, last = (
        np.where(abs(np.arange(cells) - row) <= 1, 0.0, 1.0)
        for cells, row in ((201, 101), (202, 101))
    )
    # After row 102, column 99 or less there are 400 frames of B to come, or more.
    pruning.Pruning(distances, 1.0, bound=399).narrow(limits, 201, before, last)
    assert limits[:202] == all_cells[:202]
    assert limits[202:204] == [(100, 103), (100, 104)]
    assert limits[202 + pruning.INTERVAL :] == all_cells[202 + pruning.INTERVAL :]
