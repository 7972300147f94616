"""The same best path as :mod:`mmposenorm.alignment.dtw`, in memory linear in T.

No matrix is kept. A sweep finds where the best path begins and ends, a second one
where it crosses the anti-diagonal halfway; each half is then a smaller problem of
the same kind, with half as many cells in all (Hirschberg's idea). It takes two to
three times as many steps, and distances are computed each time they are needed.

Source: Hirschberg, A linear space algorithm for computing maximal common
subsequences, 1975.
"""

from collections.abc import Iterator
from dataclasses import replace
from math import inf

import numpy as np

from mmposenorm.alignment.dtw import (
    Diagonal,
    DiagonalDistances,
    Path,
    PathRules,
    ends,
    sweep,
    warping_path,
)
from mmposenorm.alignment.frame_distances import frame_distances, pair_distances

# Problems of at most this many cells are solved with their matrix, of 2 MB.
_SMALL = 2**18

Cell = tuple[int, int]


def low_memory_path(clip_a: np.ndarray, clip_b: np.ndarray, rules: PathRules) -> Path:
    """Find the cheapest path between two clips without their distance matrix.

    Args:
        clip_a: Pose features, (Ta, E), or poses, (Ta, K, D).
        clip_b: The same of the other clip, (Tb, E) or (Tb, K, D).
        rules: See :func:`mmposenorm.alignment.dtw.warping_path`.

    Returns:
        The path and its cost; among equally cheap paths any.
    """
    start, end, cost = _first_cell_from(clip_a, clip_b, rules, 0)
    closed = replace(rules, begin_a=inf, begin_b=inf, end_a=inf, end_b=inf)
    pieces = list(_pieces(clip_a, clip_b, closed, start, end))
    return Path(np.concatenate(pieces), cost)


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
    (i, j), _, _ = _first_cell_from(frames_a, frames_b, shifted, halfway)
    middle = (start[0] + i, start[1] + j)
    first_half = list(_pieces(clip_a, clip_b, rules, start, middle))
    yield from first_half[:-1]
    yield first_half[-1][:-1]
    yield from _pieces(clip_a, clip_b, rules, middle, end)


def _first_cell_from(
    clip_a: np.ndarray, clip_b: np.ndarray, rules: PathRules, mark: int
) -> tuple[Cell, Cell, float]:
    """Find the best path's first cell on or after the anti-diagonal ``mark``.

    Returns:
        That cell (the path's start if ``mark`` is 0), the path's last cell, its cost.
    """
    shape = len(clip_a), len(clip_b)
    # Row i has position i + 1; the cell (i, j) is known by its number i Tb + j.
    now, last, before_last = np.zeros((3, shape[0] + 2), int)
    best_cost, marked, end = inf, None, None
    for diagonal in sweep(shape, rules, _clip_diagonals(clip_a, clip_b)):
        now, last, before_last = before_last, now, last
        cells = slice(diagonal.low + 1, diagonal.high + 1)
        if diagonal.number >= mark:
            now[cells] = _inherit(diagonal, last, before_last, mark, shape[1])
        for row, cost in ends(diagonal, shape, rules):
            if cost < best_cost:
                best_cost, end = cost, (row, diagonal.number - row)
                marked = divmod(int(now[row + 1]), shape[1])
    assert end is not None, 'the rules allow no path'
    return marked, end, best_cost


def _inherit(
    diagonal: Diagonal, last: np.ndarray, before_last: np.ndarray, mark: int, width: int
) -> np.ndarray:
    """Give each cell the marked cell of the one before it, or itself if it is one."""
    low, high = diagonal.low, diagonal.high
    itself = np.arange(low, high) * (width - 1) + diagonal.number
    if diagonal.number == mark:
        return itself
    # A diagonal step may jump over the mark.
    jumped = diagonal.number == mark + 1
    from_both = itself if jumped else before_last[low:high]
    straight = np.where(diagonal.along_a, last[low:high], last[low + 1 : high + 1])
    marked = np.where(diagonal.straight, straight, from_both)
    for row in diagonal.starts:
        marked[row - low] = itself[row - low]
    return marked


def _clip_diagonals(clip_a: np.ndarray, clip_b: np.ndarray) -> DiagonalDistances:
    def distances_on(number: int, low: int, high: int) -> np.ndarray:
        frames_b = clip_b[number - high + 1 : number - low + 1][::-1]
        return pair_distances(clip_a[low:high], frames_b)

    return distances_on
