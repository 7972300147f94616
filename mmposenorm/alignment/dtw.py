r"""Dynamic time warping, one anti-diagonal of the distance matrix after another.

Cell (i, j) pairs frame i of clip A with frame j of clip B, at distance
:math:`c_{ij}`. A path goes from cell to cell by (1, 0), (0, 1) or (1, 1):

.. math::
    D_{ij} = \min(D_{i-1,j} + c_{ij},\ D_{i,j-1} + c_{ij},\ D_{i-1,j-1} + w c_{ij})

with :math:`w` the weight of a diagonal step; a path's first cell costs
:math:`w c_{ij}` too. The cells of one anti-diagonal (equal i + j) do not depend on
each other, so numpy computes them in one go: as fast as compiled row-by-row code.

Dimensions: ``Ta``, ``Tb`` frames of the clips; ``L`` cells of a path.

Source: Sakoe and Chiba, Dynamic programming algorithm optimization for spoken word
recognition, 1978 (their symmetric form has w = 2).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import inf
from typing import NamedTuple

import numpy as np

# (number, low, high) -> distances of the cells (i, number - i), low <= i < high.
DiagonalDistances = Callable[[int, int, int], np.ndarray]


@dataclass(frozen=True)
class PathRules:
    """Where a path may run, and what it costs.

    Args:
        diagonal_weight: Weight w of a diagonal step; a straight one weighs 1.
        lowest: Smallest allowed i - j of a cell.
        highest: Largest allowed i - j of a cell.
        begin_a: Cost of each frame of A before the path's first; infinite: the
            path starts at A's first frame.
        begin_b: The same for B.
        end_a: Cost of each frame of A after the path's last; infinite: the path
            ends at A's last frame.
        end_b: The same for B.
    """

    diagonal_weight: float = 1.0
    lowest: float = -inf
    highest: float = inf
    begin_a: float = inf
    begin_b: float = inf
    end_a: float = inf
    end_b: float = inf


class Diagonal(NamedTuple):
    """The cells (i, ``number`` - i), ``low`` <= i < ``high``, of one anti-diagonal.

    ``costs`` is the cost of the best path to each. It came by a step along one clip
    only where ``straight`` is true, then from (i - 1, j) where ``along_a`` is true;
    it starts right there in the rows i that ``starts`` lists.
    """

    number: int
    low: int
    high: int
    costs: np.ndarray
    straight: np.ndarray
    along_a: np.ndarray
    starts: list[int]


class Path(NamedTuple):
    """The best path, (L, 2), and its cost with that of the frames it leaves out."""

    cells: np.ndarray
    cost: float


def warping_path(distances: np.ndarray, rules: PathRules) -> Path:
    """Find the cheapest path through a distance matrix.

    Args:
        distances: Distance of each frame of A to each of B, (Ta, Tb).
        rules: Where the path may run, and what it costs. They must allow one.

    Returns:
        The path and its cost. On ties a diagonal step is preferred.
    """
    shape = distances.shape
    diagonals, best_cost, end = [], inf, None
    for diagonal in sweep(shape, rules, _matrix_diagonals(distances)):
        diagonals.append(diagonal)
        for row, cost in ends(diagonal, shape, rules):
            if cost < best_cost:
                best_cost, end = cost, (row, diagonal.number - row)
    assert end is not None, 'the rules allow no path'

    (i, j), path = end, [end]
    while i not in (diagonal := diagonals[i + j]).starts:
        if not diagonal.straight[i - diagonal.low]:
            i, j = i - 1, j - 1
        elif diagonal.along_a[i - diagonal.low]:
            i -= 1
        else:
            j -= 1
        path.append((i, j))
    return Path(np.array(path[::-1]), best_cost)


def sweep(
    shape: tuple[int, int], rules: PathRules, distances_on: DiagonalDistances
) -> Iterator[Diagonal]:
    """Run the recursion over all anti-diagonals, keeping the costs of three.

    Args:
        shape: Ta and Tb.
        rules: Where paths may run, and what they cost.
        distances_on: Distances of the cells of an anti-diagonal.

    Yields:
        One anti-diagonal after another. ``costs`` is overwritten three later.
    """
    # Row i has position i + 1. Each anti-diagonal is fenced by infinities, which
    # suffices because its limits move by at most one from one to the next.
    now, last, before_last = np.full((3, shape[0] + 2), inf)
    extra = rules.diagonal_weight - 1
    for number, (low, high) in enumerate(_corridor(shape, rules)):
        now, last, before_last = before_last, now, last
        distances = distances_on(number, low, high)
        from_a, from_b = last[low:high], last[low + 1 : high + 1]
        from_both = before_last[low:high]
        if extra:
            # Read twice, so gather the cells first: they lie far apart in memory.
            distances = distances.copy()
            from_both = from_both + extra * distances

        costs = now[low + 1 : high + 1]
        np.minimum(from_a, from_b, out=costs)
        along_a, straight = from_a < from_b, costs < from_both
        np.minimum(costs, from_both, out=costs)
        starts = []
        for row, cost in _begins(number, low, high, shape, rules):
            cost += extra * distances[row - low]
            if cost <= costs[row - low]:
                costs[row - low] = cost
                starts.append(row)
        costs += distances
        now[low] = now[high + 1] = inf
        yield Diagonal(number, low, high, costs, straight, along_a, starts)


def ends(
    diagonal: Diagonal, shape: tuple[int, int], rules: PathRules
) -> list[tuple[int, float]]:
    """List the cells of an anti-diagonal at which a path may end.

    Args:
        diagonal: The anti-diagonal.
        shape: Ta and Tb.
        rules: Where paths may run, and what they cost.

    Returns:
        The row of each cell and the cost of the best path that ends there.
    """
    number, low, high, costs = diagonal[:4]
    last_a, last_b = shape[0] - 1, shape[1] - 1
    left = last_a + last_b - number
    if left == 0:  # the last cell, unless it is outside the band
        return [(last_a, float(cost)) for cost in costs]
    if rules.end_a == rules.end_b == inf:
        return []
    cells = []
    if rules.end_b < inf and low <= last_a < high:
        cells.append((last_a, float(costs[last_a - low]) + left * rules.end_b))
    row = number - last_b
    if rules.end_a < inf and low <= row < high:
        cells.append((row, float(costs[row - low]) + left * rules.end_a))
    return cells


def _begins(
    number: int, low: int, high: int, shape: tuple[int, int], rules: PathRules
) -> list[tuple[int, float]]:
    """List the rows at which a path may start, and what it leaves out by then."""
    if number == 0:
        return [(0, 0.0)]
    if rules.begin_a == rules.begin_b == inf:
        return []
    cells = []
    if rules.begin_b < inf and low == 0 and number < shape[1]:
        cells.append((0, number * rules.begin_b))
    if rules.begin_a < inf and high == number + 1:
        cells.append((number, number * rules.begin_a))
    return cells


def _corridor(shape: tuple[int, int], rules: PathRules) -> Iterator[tuple[int, int]]:
    """Give the first row and the row after the last of each anti-diagonal."""
    numbers = np.arange(sum(shape) - 1)
    lowest, highest = max(rules.lowest, -shape[1]), min(rules.highest, shape[0])
    lows = np.maximum(numbers - shape[1] + 1, -((lowest + numbers) // -2))
    highs = np.minimum(numbers, (numbers + highest) // 2) + 1
    highs = np.minimum(highs, shape[0])
    lows = np.minimum(np.maximum(lows, 0), highs)  # the band may leave the matrix
    # Python's integers slice faster than numpy's.
    return zip(lows.astype(int).tolist(), highs.astype(int).tolist(), strict=True)


def _matrix_diagonals(distances: np.ndarray) -> DiagonalDistances:
    flat, width = distances.reshape(-1), distances.shape[1]
    step = max(width - 1, 1)

    def distances_on(number: int, low: int, high: int) -> np.ndarray:
        first = low * width + number - low
        return flat[first : first + (high - low) * step : step]

    return distances_on
