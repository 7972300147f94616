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

from mmposenorm.alignment.distances import frame_distances, pair_distances
from mmposenorm.alignment.dtw import (
    Limits,
    Path,
    PathRules,
    corridor,
    ends,
    sweep,
    warping_path,
)

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
    limits = corridor(shape, rules)
    diagonals = _diagonals(clip_a, clip_b, limits)
    # Row i has position i + 1; the cell (i, j) is known by its number i Tb + j.
    now, last, before_last = np.zeros((3, shape[0] + 2), int)
    best_cost, found = inf, None
    for number, (costs, straight, along_a) in enumerate(
        sweep(diagonals, limits, shape, rules)
    ):
        low, high = limits[number]
        if number >= mark:
            # Here a path starts that comes from outside the matrix.
            before_last[0] = number
            if number < shape[0]:
                before_last[number] = number * shape[1]
            itself = np.arange(low, high) * (shape[1] - 1) + number
            along_one = np.where(along_a, last[low:high], last[low + 1 : high + 1])
            # A diagonal step may jump over the mark.
            both = before_last[low:high] if number > mark + 1 else itself
            came_from = np.where(straight, along_one, both)
            now[low + 1 : high + 1] = itself if number == mark else came_from
        for row, cost in ends(number, limits[number], costs, shape, rules):
            if cost < best_cost:
                first = divmod(int(now[row + 1]), shape[1])
                best_cost, found = cost, (first, (row, number - row))
        now, last, before_last = before_last, now, last
    assert found is not None, 'the rules allow no path'
    return *found, best_cost


def _diagonals(
    clip_a: np.ndarray, clip_b: np.ndarray, limits: list[Limits]
) -> Iterator[np.ndarray]:
    for number, (low, high) in enumerate(limits):
        frames_b = clip_b[number - high + 1 : number - low + 1][::-1]
        yield pair_distances(clip_a[low:high], frames_b)
