"""Leave out cells of the distance matrix that the best path cannot visit.

A path through cell (i, j) costs at least as much as the best path to this cell plus the
smallest distance of each frame of A after i, and likewise for B after j. If this
exceeds a known bound on the cost of the best path, the cell is left out. All best paths
stay, so the result is the same.

Source: the idea is that of EAPruned, Herrmann and Webb, Early abandoning and pruning
for elastic distances including dynamic time warping, 2021.
"""

import numpy as np

# Number of anti-diagonals between two searches for such cells, since each takes time.
INTERVAL = 64
# Relative rounding error that sums of many distances may have.
_ROUNDING = 1e-9


class Pruning:
    """Narrows the limits of the anti-diagonals while the recursion runs over them.

    For paths from the first cell to the last.

    Args:
        distances: Distance of each frame of A to each of B, (Ta, Tb).
        diagonal_weight: Weight of a diagonal step.
        bound: Cost that the best path does not exceed.
    """

    def __init__(
        self, distances: np.ndarray, diagonal_weight: float, bound: float
    ) -> None:
        weight = min(diagonal_weight, 1)
        self._bound = bound * (1 + _ROUNDING)
        self._after_a = weight * _sums_after(distances.min(axis=1))
        # In order of falling j, as along an anti-diagonal.
        self._after_b = weight * _sums_after(distances.min(axis=0))[::-1]

    def narrow(
        self,
        limits: list[tuple[int, int]],
        number: int,
        costs_before: np.ndarray,
        costs: np.ndarray,
    ) -> None:
        """Narrow the limits of the next anti-diagonals to cells that paths may reach.

        From one anti-diagonal to the next, the lower limit never falls and the upper
        one rises by at most one. If no cell is left, both limits are Ta.

        Args:
            limits: Rows of the cells of all anti-diagonals; changed in place.
            number: The last anti-diagonal that has been computed.
            costs_before: Cost of the best path to each cell of the one before it.
            costs: Cost of the best path to each cell of this one.
        """
        rows = [
            *self._rows_left(number - 1, limits[number - 1][0], costs_before),
            *self._rows_left(number, limits[number][0], costs),
        ]
        low = min(rows, default=len(self._after_a))
        high = max(rows, default=-len(limits))
        following = slice(number + 1, number + 1 + INTERVAL)
        limits[following] = [
            (max(low, first), max(low, first, min(high + steps + 1, end)))
            for steps, (first, end) in enumerate(limits[following], start=1)
        ]

    def _rows_left(self, number: int, low: int, costs: np.ndarray) -> list[int]:
        """First and last row of an anti-diagonal that a best path may visit."""
        shift = len(self._after_b) - 1 - number + low
        to_come = np.maximum(
            self._after_a[low : low + len(costs)],
            self._after_b[shift : shift + len(costs)],
        )
        left = np.flatnonzero(costs + to_come <= self._bound)
        return (left[[0, -1]] + low).tolist() if len(left) else []


def _sums_after(values: np.ndarray) -> np.ndarray:
    """For each value, the sum of those after it."""
    return values[::-1].cumsum()[::-1] - values
