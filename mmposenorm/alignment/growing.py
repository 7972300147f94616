r"""Dynamic time warping with a clip that grows frame by frame, in constant memory.

Row i is a frame of a reference, which is known from the beginning; each new frame of
the growing clip adds a column of distances :math:`c_{ij}`. Paths are those of
:mod:`mmposenorm.alignment.dtw`, but only one column of their costs is kept:

.. math::
    M_{ij} = \min(D_{i,j-1} + c_{ij},\ D_{i-1,j-1} + w c_{ij}), \quad
    D_{ij} = \min(M_{ij},\ D_{i-1,j} + c_{ij})

Steps within a column are found for all rows at once: with :math:`C_{ij}`, the sum of
the column's distances up to row i, :math:`D_{ij} = C_{ij} + \min_{k \le i} (M_{kj} -
C_{kj})`.

Source: Sakurai, Faloutsos and Yamamuro, Stream monitoring under the time warping
distance, 2007, who keep one column and where each path began.
"""

from math import inf

import numpy as np


class GrowingPaths:
    """The best paths from the beginning of a reference to each of its frames.

    Args:
        length: Number of frames of the reference.
        diagonal_weight: Weight w of a diagonal step; a straight one weighs 1.
        memory: Share of a path's cost that is kept from one frame of the growing clip
            to the next. Below 1, what lies 1 / (1 - memory) frames back hardly counts.

    Attributes:
        count: Number of frames of the growing clip so far.
    """

    def __init__(
        self, length: int, diagonal_weight: float = 1.0, memory: float = 1.0
    ) -> None:
        self.count = 0
        self._weight, self._memory = diagonal_weight, memory
        # The first entry is that of paths about to enter.
        self._costs, self._starts = np.full(length + 1, inf), np.zeros(length + 1)
        self._rows = np.arange(length)

    @property
    def costs(self) -> np.ndarray:
        """Cost of the best path to each frame of the reference, (length,).

        It ends in the latest frame of the growing clip; infinite before the first.
        """
        return self._costs[1:]

    @property
    def starts(self) -> np.ndarray:
        """When each of these paths began, (length,), as given to :meth:`add`."""
        return self._starts[1:]

    def begin_anywhere(self, costs: np.ndarray) -> None:
        """Let paths begin in any frame of the reference.

        Args:
            costs: What it costs to begin after each, (length,).
        """
        self._costs[1:] = costs

    def add(
        self, distances: np.ndarray, entry: float = 0.0, start: float | None = None
    ) -> None:
        """Extend the paths by a frame of the growing clip.

        Args:
            distances: Its distance from each frame of the reference, (length,).
            entry: Cost at which a path enters the reference with this frame; if it is
                infinite, no path does.
            start: When such a path began; by default, the number of this frame.
        """
        kept, starts = self._memory * self._costs, self._starts
        kept[0], starts[0] = entry, self.count if start is None else start
        waited = kept[1:] + distances
        advanced = kept[:-1] + self._weight * distances
        reached = np.minimum(waited, advanced)
        starts = np.where(waited < advanced, starts[1:], starts[:-1])

        passed = distances.cumsum()
        lead = reached - passed
        best = np.minimum.accumulate(lead)
        np.add(best, passed, out=self._costs[1:])
        # The row in which the best path to each row came from the frame before.
        origins = np.maximum.accumulate(np.where(lead <= best, self._rows, 0))
        self._starts[1:] = starts[origins]
        self.count += 1
