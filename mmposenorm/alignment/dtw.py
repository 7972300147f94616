r"""Dynamic time warping along the anti-diagonals of the distance matrix.

Cell (i, j) pairs frame i of clip A with frame j of clip B, at distance
:math:`c_{ij}`. A path goes from cell to cell by (1, 0), (0, 1) or (1, 1):

.. math::
    D_{ij} = \min(D_{i-1,j} + c_{ij},\ D_{i,j-1} + c_{ij},\ D_{i-1,j-1} + w c_{ij})

with :math:`w` the weight of a diagonal step; the first cell of a path costs
:math:`w c_{ij}` too. The cells of one anti-diagonal (equal i + j) do not depend on each
other, so NumPy computes them together, as fast as compiled code does row by row.

Dimensions: ``Ta``, ``Tb`` frames of the clips; ``L`` cells of a path.

Source: Sakoe and Chiba, Dynamic programming algorithm optimization for spoken word
recognition, 1978 (their symmetric form has w = 2).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import inf
from typing import NamedTuple

import numpy as np

from mmposenorm.alignment.distances import Limits
from mmposenorm.alignment.pruning import INTERVAL, Pruning

# Number of frames of the shorter clip from which pruning saves time.
_LEAST_PRUNED = 400
# Step between the frames of the coarse path whose cost bounds that of the best path.
_COARSE = 8

Cell = tuple[int, int]


@dataclass(frozen=True)
class PathRules:
    """Where a path may run, and what it costs.

    Args:
        diagonal_weight: Weight w of a diagonal step; a straight one weighs 1.
        lowest: Smallest allowed i - j of a cell.
        highest: Largest allowed i - j of a cell.
        begin_a: Cost of each frame of A before the path begins. If infinite, the path
            begins at the first frame of A.
        begin_b: The same for B.
        end_a: Cost of each frame of A after the path ends. If infinite, the path ends
            at the last frame of A.
        end_b: The same for B.
    """

    diagonal_weight: float = 1.0
    lowest: float = -inf
    highest: float = inf
    begin_a: float = inf
    begin_b: float = inf
    end_a: float = inf
    end_b: float = inf

    @property
    def is_plain(self) -> bool:
        """Whether paths go from the first cell to the last and may visit any cell."""
        band = self.lowest, self.highest
        outside = self.begin_a, self.begin_b, self.end_a, self.end_b
        return band == (-inf, inf) and min(outside) == inf

    @property
    def has_open_end(self) -> bool:
        """Whether a path may end before the last cell."""
        return min(self.end_a, self.end_b) < inf


class Path(NamedTuple):
    """The best path, (L, 2), and its cost, including that of frames left out."""

    cells: np.ndarray
    cost: float


class Moves(NamedTuple):
    """How the best path arrives at each cell of an anti-diagonal.

    Attributes:
        first_row: Row of the first of these cells.
        straight: Whether the path arrives along one clip only, bool. If not, it
            comes from (i - 1, j - 1), or starts here if that is outside the matrix.
        along_a: Of a straight step: whether it comes from (i - 1, j) rather than
            from (i, j - 1), bool.
    """

    first_row: int
    straight: np.ndarray
    along_a: np.ndarray


class Checkpoint(NamedTuple):
    """Where a sweep may continue.

    Attributes:
        number: The anti-diagonal to continue with.
        before_last: Row of the first cell of the one two before it, and the costs of
            the best paths to its cells.
        last: The same for the one before it.
    """

    number: int
    before_last: tuple[int, np.ndarray]
    last: tuple[int, np.ndarray]


_NOTHING = 0, np.empty(0)
BEGINNING = Checkpoint(0, _NOTHING, _NOTHING)


def warping_path(distances: np.ndarray, rules: PathRules) -> Path:
    """Find the cheapest path through a distance matrix.

    Args:
        distances: Distance of each frame of A to each of B, (Ta, Tb).
        rules: Where the path may run, and what it costs. They must allow a path.

    Returns:
        The path and its cost. Among equally cheap steps the diagonal one is taken.
    """
    shape = len(distances), distances.shape[1]
    limits = corridor(shape, rules)
    pruning = None
    if min(shape) >= _LEAST_PRUNED and rules.is_plain:
        bound = _cost_of_a_path(distances, rules)
        pruning = Pruning(distances, rules.diagonal_weight, bound)
    diagonals = _diagonals(distances, limits)
    all_moves, costs_before = [], np.empty(0)
    best_cost, end = inf, (-1, -1)
    for number, (costs, moves) in enumerate(sweep(diagonals, limits, shape, rules)):
        all_moves.append(moves)
        if pruning and number % INTERVAL == 1:
            pruning.narrow(limits, number, costs_before, costs)
        costs_before = costs
        for row, cost in ends(number, limits[number], costs, shape, rules):
            if cost < best_cost:
                best_cost, end = cost, (row, number - row)
    assert best_cost < inf, 'the rules allow no path'
    return Path(np.array(trace(end, all_moves)[::-1]), best_cost)


def _cost_of_a_path(distances: np.ndarray, rules: PathRules) -> float:
    """Cost of the best path between every eighth frame, filled up to all frames."""
    coarse = np.ascontiguousarray(distances[::_COARSE, ::_COARSE])
    cells = warping_path(coarse, rules).cells
    left = np.array(distances.shape) - 1 - _COARSE * cells[-1]
    steps = np.concatenate(
        [
            np.repeat(np.diff(cells, axis=0), _COARSE, axis=0),
            np.arange(left.max())[:, None] < left,
        ]
    )
    weights = np.where(steps.all(axis=1), rules.diagonal_weight, 1)
    along = distances[tuple(steps.cumsum(axis=0).T)]
    return float(rules.diagonal_weight * distances[0, 0] + weights @ along)


def trace(end: Cell, all_moves: list[Moves], first: int = 0) -> list[Cell]:
    """Follow a path back from its end.

    Args:
        end: Its last cell.
        all_moves: The moves of the anti-diagonals up to that of the last cell.
        first: Number of the first of these anti-diagonals.

    Returns:
        The cells in reverse. Unless the path begins on these anti-diagonals, one cell
        before them is the last.
    """
    (i, j), path = end, [end]
    while i + j >= first:
        first_row, straight, along_a = all_moves[i + j - first]
        if not straight[i - first_row]:
            i, j = i - 1, j - 1
        elif along_a[i - first_row]:
            i -= 1
        else:
            j -= 1
        if i < 0 or j < 0:
            break
        path.append((i, j))
    return path


def sweep(
    diagonals: Iterable[np.ndarray],
    limits: list[Limits],
    shape: tuple[int, int],
    rules: PathRules,
    start: Checkpoint = BEGINNING,
) -> Iterator[tuple[np.ndarray, Moves]]:
    """Find the best path to every cell, one anti-diagonal after another.

    Args:
        diagonals: Distances of the cells of each anti-diagonal, from ``start`` on.
        limits: Rows of the cells of all anti-diagonals; may be narrowed ahead of the
            sweep, see :meth:`mmposenorm.alignment.pruning.Pruning.narrow`.
        shape: Ta and Tb.
        rules: Where paths may run, and what they cost.
        start: Where to begin.

    Yields:
        For each anti-diagonal, the cost of the best path to each cell and how that
        path arrives there.
    """
    left_out_a = _skipping(rules.begin_a, shape[0])
    left_out_b = _skipping(rules.begin_b, shape[1])
    extra = rules.diagonal_weight - 1
    # Row i has position i + 1. The cells of an anti-diagonal lie between two infinite
    # costs, which suffices because its limits move by at most one to the next.
    before_last, last = np.full((2, shape[0] + 2), inf)
    for fenced, (row, costs) in ((before_last, start.before_last), (last, start.last)):
        fenced[row + 1 : row + 1 + len(costs)] = costs
    for number, distances in enumerate(diagonals, start.number):
        low, high = limits[number]
        # A path starts by a diagonal step from outside the matrix.
        if number < shape[1]:
            before_last[0] = left_out_b[number]
        if number < shape[0]:
            before_last[number] = left_out_a[number]
        from_a, from_b = last[low:high], last[low + 1 : high + 1]
        from_both = before_last[low:high]
        if extra:
            # Read twice, so gather the cells first: they lie far apart in memory.
            distances = distances.copy()
            from_both = from_both + extra * distances

        costs_and_fences = np.empty(shape[0] + 2)
        costs_and_fences[low] = costs_and_fences[high + 1] = inf
        costs = costs_and_fences[low + 1 : high + 1]
        from_one = np.minimum(from_a, from_b)
        np.minimum(from_one, from_both, out=costs)
        costs += distances
        yield costs, Moves(low, from_one < from_both, from_a < from_b)
        before_last, last = last, costs_and_fences


def ends(
    number: int,
    limits: Limits,
    costs: np.ndarray,
    shape: tuple[int, int],
    rules: PathRules,
) -> list[tuple[int, float]]:
    """List the cells of an anti-diagonal at which a path may end.

    Args:
        number: The sum i + j of its cells.
        limits: Their rows.
        costs: Cost of the best path to each.
        shape: Ta and Tb.
        rules: Where paths may run, and what they cost.

    Returns:
        The row of each cell and the cost of the best path that ends there.
    """
    left = shape[0] + shape[1] - 2 - number
    if left == 0:  # the last cell, unless it is outside the band
        return [(shape[0] - 1, float(cost)) for cost in costs]
    if not rules.has_open_end:
        return []
    cells = []
    low, high = limits
    if rules.end_b < inf and low < high == shape[0]:
        cells.append((high - 1, float(costs[-1]) + left * rules.end_b))
    if rules.end_a < inf and number - shape[1] + 1 == low < high:
        cells.append((low, float(costs[0]) + left * rules.end_a))
    return cells


def corridor(shape: tuple[int, int], rules: PathRules) -> list[Limits]:
    """Find the rows of each anti-diagonal that a path may visit.

    Args:
        shape: Ta and Tb.
        rules: Where paths may run.

    Returns:
        The limits of each anti-diagonal, Ta + Tb - 1.
    """
    numbers = np.arange(sum(shape) - 1)
    lowest, highest = max(rules.lowest, -shape[1]), min(rules.highest, shape[0])
    lows = np.maximum(numbers - shape[1] + 1, -((lowest + numbers) // -2))
    highs = np.minimum(numbers, (numbers + highest) // 2) + 1
    highs = np.minimum(highs, shape[0])
    lows = np.minimum(np.maximum(lows, 0), highs)  # the band may leave the matrix
    # Slices of Python's integers are faster than those of NumPy's.
    return list(zip(*np.stack([lows, highs]).astype(int).tolist(), strict=True))


def _diagonals(distances: np.ndarray, limits: list[Limits]) -> Iterator[np.ndarray]:
    flat, width = distances.reshape(-1), distances.shape[1]
    step = max(width - 1, 1)
    for number, (low, high) in enumerate(limits):
        first = low * width + number - low
        yield flat[first : first + (high - low) * step : step]


def _skipping(each: float, frames: int) -> list[float]:
    """Cost of leaving out 0, 1, ... frames; 0 for none even if each is infinite."""
    return [0.0, *(each * np.arange(1, frames)).tolist()]
