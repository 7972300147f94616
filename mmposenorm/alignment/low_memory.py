"""The best path as found by :mod:`mmposenorm.alignment.dtw`, in linear memory.

No matrix is kept. A first sweep finds where the best path begins and ends, a second one
where it crosses the middle anti-diagonal. Each half is then a smaller problem of the
same kind, and both together have half as many cells (Hirschberg's idea). This takes two
to three times as many steps, and distances are computed each time they are needed.

Source: Hirschberg, A linear space algorithm for computing maximal common
subsequences, 1975.
"""

from collections.abc import Iterator
from dataclasses import replace
from math import inf
from typing import NamedTuple

import numpy as np

from mmposenorm.alignment.distances import frame_distances, pair_distances
from mmposenorm.alignment.dtw import (
    Limits,
    Moves,
    Path,
    PathRules,
    corridor,
    ends,
    sweep,
    warping_path,
)

# Problems of at most this many cells are solved with their matrix, which takes 2 MB.
_SMALL = 2**18

Cell = tuple[int, int]


class _BestPath(NamedTuple):
    """Where the best path enters a part of the matrix, its last cell and its cost."""

    entry: Cell
    end: Cell
    cost: float


def low_memory_path(clip_a: np.ndarray, clip_b: np.ndarray, rules: PathRules) -> Path:
    """Find the cheapest path between two clips without their distance matrix.

    Args:
        clip_a: Pose features, (Ta, E), or poses, (Ta, K, D).
        clip_b: The same for clip B, (Tb, E) or (Tb, K, D).
        rules: See :func:`mmposenorm.alignment.dtw.warping_path`.

    Returns:
        The path and its cost. If several paths are equally cheap, any of them.
    """
    best = _best_path(clip_a, clip_b, rules, mark=0)
    closed = replace(rules, begin_a=inf, begin_b=inf, end_a=inf, end_b=inf)
    pieces = list(_pieces(clip_a, clip_b, closed, best.entry, best.end))
    return Path(np.concatenate(pieces), best.cost)


def _pieces(
    clip_a: np.ndarray, clip_b: np.ndarray, rules: PathRules, start: Cell, end: Cell
) -> Iterator[np.ndarray]:
    """Yield the best path from start to end piece by piece, both cells included."""
    frames_a = clip_a[start[0] : end[0] + 1]
    frames_b = clip_b[start[1] : end[1] + 1]
    shift = start[0] - start[1]
    shifted = replace(rules, lowest=rules.lowest - shift, highest=rules.highest - shift)
    if len(frames_a) * len(frames_b) <= _SMALL:
        distances = frame_distances(frames_a, frames_b)
        yield warping_path(distances, shifted).cells + start
        return
    halfway = (len(frames_a) + len(frames_b) - 2) // 2
    i, j = _best_path(frames_a, frames_b, shifted, mark=halfway).entry
    middle = (start[0] + i, start[1] + j)
    first_half = list(_pieces(clip_a, clip_b, rules, start, middle))
    yield from first_half[:-1]
    yield first_half[-1][:-1]
    yield from _pieces(clip_a, clip_b, rules, middle, end)


def _best_path(
    clip_a: np.ndarray, clip_b: np.ndarray, rules: PathRules, mark: int
) -> _BestPath:
    """Find where the best path enters the part of the matrix after a mark.

    Args:
        clip_a: Pose features, (Ta, E), or poses, (Ta, K, D).
        clip_b: The same for clip B, (Tb, E) or (Tb, K, D).
        rules: Where the path may run, and what it costs.
        mark: The anti-diagonal with which that part begins.

    Returns:
        Its first cell there, its end and its cost.
    """
    shape = len(clip_a), len(clip_b)
    limits = corridor(shape, rules)
    diagonals = _diagonals(clip_a, clip_b, limits)
    before_last, last = np.zeros((2, shape[0] + 2), int)
    best = None
    for number, (costs, moves) in enumerate(sweep(diagonals, limits, shape, rules)):
        if number < mark:
            continue
        entries = _entries(number, moves, mark, last, before_last, shape)
        for row, cost in ends(number, limits[number], costs, shape, rules):
            if best is None or cost < best.cost:
                entry = divmod(int(entries[row + 1]), shape[1])
                best = _BestPath(entry, (row, number - row), cost)
        before_last, last = last, entries
    assert best is not None, 'the rules allow no path'
    return best


def _entries(
    number: int,
    moves: Moves,
    mark: int,
    last: np.ndarray,
    before_last: np.ndarray,
    shape: tuple[int, int],
) -> np.ndarray:
    """For each cell of an anti-diagonal, find where its best path enters.

    Args:
        number: The anti-diagonal, which is the mark or one after it.
        moves: How the best path arrives at each of its cells.
        mark: The anti-diagonal with which the part of interest begins.
        last: What this function returned for the anti-diagonal before.
        before_last: What it returned for the one before that.
        shape: Ta and Tb.

    Returns:
        The first cell on or after the mark, (Ta + 2,): that of row i at position
        i + 1. Cell (i, j) is given as the number i Tb + j.
    """
    low, high = moves.first_row, moves.first_row + len(moves.straight)
    cells = np.arange(low, high) * (shape[1] - 1) + number
    first = cells
    if number > mark:
        diagonal = cells  # a diagonal step over the mark enters at its end
        if number > mark + 1:
            diagonal = before_last[low:high].copy()
            if low == 0:  # in the first row, a diagonal step starts the path
                diagonal[:1] = cells[:1]
            if high == number + 1:  # and so it does in the first column
                diagonal[-1:] = cells[-1:]
        straight = np.where(moves.along_a, last[low:high], last[low + 1 : high + 1])
        first = np.where(moves.straight, straight, diagonal)
    entries = np.empty(shape[0] + 2, int)
    entries[low + 1 : high + 1] = first
    return entries


def _diagonals(
    clip_a: np.ndarray, clip_b: np.ndarray, limits: list[Limits]
) -> Iterator[np.ndarray]:
    for number, (low, high) in enumerate(limits):
        frames_b = clip_b[number - high + 1 : number - low + 1][::-1]
        yield pair_distances(clip_a[low:high], frames_b)
