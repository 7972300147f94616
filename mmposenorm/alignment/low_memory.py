"""The best path as found by :mod:`mmposenorm.alignment.dtw`, without a matrix.

One sweep over all anti-diagonals finds the cost and the end of the best path. It keeps
the costs of a few anti-diagonals. From the end back, the cells between two of these are
then swept again and their moves kept: only those from which the path can have come,
which are few. If they are not few, the same is done to them.

Source: Grice, Hughey and Speck, Reduced space sequence alignment, 1997, keep rows of
the matrix in this way.
"""

from collections.abc import Iterator
from math import inf
from typing import NamedTuple

import numpy as np

from mmposenorm.alignment.distances import DistanceDiagonals, Limits
from mmposenorm.alignment.dtw import (
    BEGINNING,
    Cell,
    Checkpoint,
    Moves,
    Path,
    PathRules,
    corridor,
    ends,
    sweep,
    trace,
)

# Checkpoints of a sweep, each of which takes the memory of two anti-diagonals.
_CHECKPOINTS = 32
# The moves of at most this many cells are kept, which takes 8 MB.
_SMALL = 2**22


class _Matrix(NamedTuple):
    """A distance matrix that is computed as it is swept."""

    diagonals: DistanceDiagonals
    shape: tuple[int, int]
    rules: PathRules

    def sweep(
        self, limits: list[Limits], start: Checkpoint
    ) -> Iterator[tuple[np.ndarray, Moves]]:
        """Sweep on from a checkpoint; see :func:`mmposenorm.alignment.dtw.sweep`."""
        diagonals = self.diagonals.between(limits, start.number)
        return sweep(diagonals, limits, self.shape, self.rules, start)


def low_memory_path(clip_a: np.ndarray, clip_b: np.ndarray, rules: PathRules) -> Path:
    """Find the cheapest path between two clips without their distance matrix.

    Args:
        clip_a: Pose features, (Ta, E), or poses, (Ta, K, D).
        clip_b: The same for clip B, (Tb, E) or (Tb, K, D).
        rules: See :func:`mmposenorm.alignment.dtw.warping_path`.

    Returns:
        The path and its cost. If several paths are equally cheap, any of them.
    """
    shape = len(clip_a), len(clip_b)
    matrix = _Matrix(DistanceDiagonals(clip_a, clip_b), shape, rules)
    limits = corridor(shape, rules)
    kept = [BEGINNING]
    best_cost, end = inf, (-1, -1)
    for number, costs in enumerate(_sweep_and_keep(matrix, limits, kept)):
        for row, cost in ends(number, limits[number], costs, shape, rules):
            if cost < best_cost:
                best_cost, end = cost, (row, number - row)
    assert best_cost < inf, 'the rules allow no path'
    path = [end]
    _trace_back(matrix, limits, kept, path)
    return Path(np.array(path[::-1]), best_cost)


def _sweep_and_keep(
    matrix: _Matrix, limits: list[Limits], kept: list[Checkpoint]
) -> Iterator[np.ndarray]:
    """Sweep on from the last checkpoint, add others, and yield the costs."""
    [start] = kept
    gap = -(-(len(limits) - start.number) // _CHECKPOINTS)
    last = start.last
    for number, (costs, moves) in enumerate(matrix.sweep(limits, start), start.number):
        yield costs
        before_last, last = last, (moves.first_row, costs)
        if (number + 1 - start.number) % gap == 0:
            copies = ((row, costs.copy()) for row, costs in (before_last, last))
            kept.append(Checkpoint(number + 1, *copies))


def _trace_back(
    matrix: _Matrix, limits: list[Limits], kept: list[Checkpoint], path: list[Cell]
) -> None:
    """Extend a path by the cells before its last, back to the first checkpoint."""
    while kept:
        start = kept.pop()
        if sum(path[-1]) < start.number:
            continue
        near = _behind(limits, path[-1])
        if sum(high - low for low, high in near[start.number :]) <= _SMALL:
            moves = [moves for _, moves in matrix.sweep(near, start)]
            path += trace(path[-1], moves, start.number)[1:]
        else:
            closer = [start]
            for _ in _sweep_and_keep(matrix, near, closer):
                pass
            _trace_back(matrix, near, closer, path)
        if sum(path[-1]) >= start.number:  # the path begins here
            return


def _behind(limits: list[Limits], end: Cell) -> list[Limits]:
    """Narrow limits to the cells from which a path can come to its end."""
    row, column = end
    narrow = []
    for left, (low, high) in zip(
        range(row + column, -1, -1), limits[: row + column + 1], strict=True
    ):
        high = min(high, row + 1)
        narrow.append((min(max(low, row - left), high), high))
    return narrow
