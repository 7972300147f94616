r"""Cells of the distance matrix that the best path can't visit, told on the way.

A path through cell (i, j) costs at least what the best path to it costs, and for each
frame of A after i that frame's smallest distance, for each of B after j likewise. Where
this is more than the whole best path may cost, the cell is out. The best path and its
ties stay, so the answer is the same.

Source: the idea is that of EAPruned, Herrmann and Webb, Early abandoning and pruning
for elastic distances including dynamic time warping, 2021.
"""

from math import inf

import numpy as np

# Anti-diagonals from one look for cells that are out to the next: a look takes time.
INTERVAL = 64
# Share of the bound by which sums of many distances may be off.
_ROUNDING = 1e-9


class Pruning:
    """Narrows the limits of the anti-diagonals while the recursion runs over them.

    For paths from the first cell to the last.

    Args:
        distances: Distance of each frame of A to each of B, (Ta, Tb).
        diagonal_weight: Weight of a diagonal step.
        bound: Paths that cost more need not be found.
    """

    def __init__(
        self, distances: np.ndarray, diagonal_weight: float, bound: float
    ) -> None:
        weight = min(diagonal_weight, 1)
        self._bound = bound * (1 + _ROUNDING)
        self._after_a = weight * _sums_after(distances.min(axis=1))
        # By falling j, as along an anti-diagonal.
        self._after_b = weight * _sums_after(distances.min(axis=0))[::-1]

    def narrow(
        self,
        limits: list[tuple[int, int]],
        number: int,
        costs_before: np.ndarray,
        costs: np.ndarray,
    ) -> None:
        """Narrow the limits of the next anti-diagonals to where a path may still be.

        The lower limit never falls and the upper one rises by at most one from one to
        the next. If no cell is left, both are Ta.

        Args:
            limits: Rows of the cells of all anti-diagonals; changed in place.
            number: The last anti-diagonal that the recursion has been over.
            costs_before: Cost of the best path to each cell of the one before it.
            costs: Cost of the best path to each of its own cells.
        """
        rows = [
            *self._rows_left(number - 1, limits[number - 1][0], costs_before),
            *self._rows_left(number, limits[number][0], costs),
        ]
        low, high = min(rows, default=len(self._after_a)), max(rows, default=-inf)
        following = slice(number + 1, number + 1 + INTERVAL)
        limits[following] = [
            (max(low, first), max(low, first, min(high + steps + 1, end)))
            for steps, (first, end) in enumerate(limits[following], start=1)
        ]

    def _rows_left(self, number: int, low: int, costs: np.ndarray) -> list[int]:
        """Give the first and the last row of an anti-diagonal that are not out."""
        shift = len(self._after_b) - 1 - number + low
        to_come = np.maximum(
            self._after_a[low : low + len(costs)],
            self._after_b[shift : shift + len(costs)],
        )
        left = np.flatnonzero(costs + to_come <= self._bound)
        return (left[[0, -1]] + low).tolist() if len(left) else []


def _sums_after(values: np.ndarray) -> np.ndarray:
    """For each value, add up those after it."""
    return values[::-1].cumsum()[::-1] - values
