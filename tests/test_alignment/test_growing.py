"""Tests of dynamic time warping with a clip that grows."""

import tracemalloc
from math import inf

import numpy as np
import pytest

from mmposenorm.alignment.growing import GrowingPaths


def test_numbers_by_hand():
    paths = GrowingPaths(3)
    paths.add(np.array([1.0, 2.0, 4.0]))
    # Down the column: 1, 1 + 2, 3 + 4.
    np.testing.assert_array_equal(paths.costs, [1, 3, 7])
    np.testing.assert_array_equal(paths.starts, [0, 0, 0])
    paths.add(np.array([5.0, 0.0, 3.0]))
    # A new path costs 5; row 1 comes from row 0 before: 1 + 0; row 2 from row 1: 1 + 3.
    np.testing.assert_array_equal(paths.costs, [5, 1, 4])
    np.testing.assert_array_equal(paths.starts, [1, 0, 0])
    paths.add(np.array([0.0, 0.0, 2.0]))
    np.testing.assert_array_equal(paths.costs, [0, 0, 2])
    np.testing.assert_array_equal(paths.starts, [2, 2, 2])


def test_a_diagonal_step_weighs_more_on_request():
    paths = GrowingPaths(2, diagonal_weight=2)
    paths.add(np.array([1.0, 3.0]))
    np.testing.assert_array_equal(paths.costs, [2, 5])
    paths.add(np.array([1.0, 1.0]))
    # Row 0: a new path (2) rather than waiting (2 + 1); row 1: down from it, 2 + 1.
    np.testing.assert_array_equal(paths.costs, [2, 3])
    np.testing.assert_array_equal(paths.starts, [1, 1])


def test_no_path_enters_at_an_infinite_cost_and_costs_fade():
    paths = GrowingPaths(2, memory=0.5)
    paths.add(np.array([4.0, 6.0]), entry=0)
    np.testing.assert_array_equal(paths.costs, [4, 10])
    paths.add(np.array([1.0, 1.0]), entry=inf)
    # Waiting in row 0: 4 / 2 + 1; row 1 comes from row 0: 4 / 2 + 1.
    np.testing.assert_array_equal(paths.costs, [3, 3])
    np.testing.assert_array_equal(paths.starts, [0, 0])


def test_paths_that_enter_again_keep_the_start_they_are_given():
    paths = GrowingPaths(2)
    paths.add(np.array([9.0, 9.0]))
    paths.add(np.array([1.0, 9.0]), entry=2.0, start=-7)
    np.testing.assert_array_equal(paths.costs, [3, 12])
    np.testing.assert_array_equal(paths.starts, [-7, -7])


def test_paths_may_begin_in_any_frame_of_the_reference():
    paths = GrowingPaths(3)
    paths.begin_anywhere(np.array([0.0, 0.0, 1.0]))
    paths.add(np.array([5.0, 1.0, 3.0]))
    np.testing.assert_array_equal(paths.costs, [5, 1, 3])


@pytest.mark.parametrize('weight', [0.7, 1, 1.5, 2])
def test_a_plain_loop_over_the_cells_gives_the_same(weight):
    distances = np.random.default_rng(0).random((7, 40))
    paths = GrowingPaths(7, weight)
    for number, (column, costs) in enumerate(
        zip(distances.T, looped(distances, weight).T, strict=True)
    ):
        paths.add(column)
        np.testing.assert_allclose(paths.costs, costs, rtol=1e-12)
        assert (paths.starts <= number).all()


def looped(distances, weight):
    """Cost of the best path from row 0 of any column to each cell."""
    costs = np.full((distances.shape[0] + 1, distances.shape[1] + 1), inf)
    costs[0] = 0  # above the first row: not begun yet
    for j in range(distances.shape[1]):
        for i in range(distances.shape[0]):
            each = distances[i, j]
            above = costs[i, j + 1] + each if i else inf
            costs[i + 1, j + 1] = min(
                costs[i + 1, j] + each, above, costs[i, j] + weight * each
            )
    return costs[1:, 1:]


def test_memory_and_costs_stay_the_same_however_long_the_clip_grows():
    paths = GrowingPaths(50, memory=0.98)
    columns = np.random.default_rng(0).random((100, 50))
    for column in columns:
        paths.add(column)
    tracemalloc.start()
    for number in range(2000):
        paths.add(columns[number % 100])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert paths.count == 2100
    assert paths.costs.max() < 50 / 0.02 * 2
    assert peak < 50_000
