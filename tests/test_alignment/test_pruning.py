import numpy as np
import pytest

from mmposenorm.alignment.dtw import PathRules, warping_path
from mmposenorm.alignment.pruning import INTERVAL, Pruning


def test_cells_that_cost_more_than_the_bound_are_left_out():
    # Cheap only along the diagonal. After the anti-diagonal i + j = 2, of cells (0, 2),
    # (1, 1) and (2, 0), only (1, 1) is within the bound, so the next two have the rows
    # that steps from it reach.
    distances = 10 * (1 - np.eye(4))
    limits = [(0, 1), (0, 2), (0, 3), (0, 4), (1, 4), (2, 4), (3, 4)]
    costs_before, costs = np.array([10.0, 10.0]), np.array([20.0, 0.0, 20.0])
    Pruning(distances, 1.0, bound=1.0).narrow(limits, 2, costs_before, costs)
    assert limits[3:5] == [(1, 3), (1, 4)]
    assert limits[:3] == [(0, 1), (0, 2), (0, 3)]


@pytest.mark.parametrize('weight', [0.5, 1.0, 2.0])
def test_pruned_paths_cost_as_much_as_by_a_plain_recursion(weight):
    rng = np.random.default_rng(0)
    frames = 2 * INTERVAL
    a, b = (np.sort(rng.random(frames)) for _ in range(2))
    distances = np.abs(a[:, None] - b)
    costs = np.full((frames + 1, frames + 1), np.inf)
    costs[0, 0] = 0
    for i in range(1, frames + 1):
        for j in range(1, frames + 1):
            here = distances[i - 1, j - 1]
            costs[i, j] = min(
                costs[i, j - 1] + here,
                costs[i - 1, j] + here,
                costs[i - 1, j - 1] + weight * here,  # as the first cell
            )
    rules = PathRules(weight, -np.inf, np.inf, *[np.inf] * 4)
    assert warping_path(distances, rules).cost == pytest.approx(costs[-1, -1])
