"""Follow a person through a reference while the frames arrive."""

from math import inf
from typing import NamedTuple

import numpy as np

from mmposenorm.alignment.distances import pair_distances
from mmposenorm.alignment.growing import GrowingPaths
from mmposenorm.alignment.options import (
    check_same_kind,
    check_weight,
    checked_clip,
    checked_times,
)


class LivePosition(NamedTuple):
    """Where in a reference a person is at one moment.

    Attributes:
        reference_frame: Frame of the reference that shows the same moment.
        phase: How much of the reference has passed, from 0 at its first frame to 1.
        distance: Distance of the two frames, in the unit of frame distances.
        start: When the person last left the first frame of the reference, in seconds;
            as the number of an update if times are not given. If they began later in
            the reference, when they would have left it at the reference's pace.
        ahead: By how many seconds the person is ahead of somebody who has moved as the
            reference does since ``start``; below 0 if behind. None without times.
    """

    reference_frame: int
    phase: float
    distance: float
    start: float
    ahead: float | None


class OnlineAlignment:
    """Dynamic time warping of a living clip with a reference, frame by frame.

    .. code-block:: python

        online = OnlineAlignment(reference.pose_features, reference.frame_times)
        position = online.update(pose_feature, seconds)

    Each update takes the same time and memory, however many there were. The best path
    to each frame of the reference is extended by the new frame, and what lies farther
    back than ``look_back`` hardly counts; so the person is found again after a mistake.
    All paths have seen the same frames of the person, so the cheapest one tells where
    the person is.

    Args:
        reference: Pose features, (Tr, E), or normalized poses, (Tr, K, 3).
        frame_times: Time of each of its frames in seconds, increasing, (Tr,).
        look_back: Updates of the past that decide; ``None`` for all of them. 30 are
            about a second.
        begin_cost: What it costs if the person begins later in the reference, as a
            share of the distances between their first frame and the frames left out: 1
            as if they had hurried through all of them, 0 nothing. If it is low, who
            begins in the middle is found at once, but one repetition of a movement may
            be taken for the next.
        loops: Whether the movement may begin again after its end.
        diagonal_weight: See :func:`mmposenorm.align`.

    Raises:
        ValueError: If the reference is empty or contains NaN, there is not one time for
            each of its frames, or an option is out of range.

    Source:
        Ours. Dixon, An on-line time warping algorithm for tracking musical
        performances, 2005, keeps a window of the matrix instead and cannot go back.
    """

    def __init__(
        self,
        reference: np.ndarray,
        frame_times: np.ndarray | None = None,
        *,
        look_back: float | None = 30,
        begin_cost: float = 1.0,
        loops: bool = True,
        diagonal_weight: float = 1.0,
    ) -> None:
        self._reference = checked_clip('reference', reference)
        self._times = checked_times(frame_times, len(self._reference))
        check_weight(diagonal_weight)
        if look_back is not None and not look_back >= 1:
            raise ValueError(
                'look_back must be a number of updates, 1 or more, or None, but is '
                f'{look_back}.'
            )
        if not 0 <= begin_cost <= 1:
            raise ValueError(f'begin_cost must be from 0 to 1, but is {begin_cost}.')
        self._loops, self._begin_cost = loops, begin_cost
        self._memory = 1.0 if look_back is None else 1 - 1 / look_back
        self._paths = GrowingPaths(len(self._reference), diagonal_weight, self._memory)

    @property
    def costs(self) -> np.ndarray:
        """Cost of the best path to each frame of the reference, (Tr,)."""
        return self._paths.costs

    def update(self, frame: np.ndarray, time: float | None = None) -> LivePosition:
        """Take the next frame of the person.

        Args:
            frame: Pose feature, (E,), or normalized pose, (K, 3).
            time: When it was taken, in seconds.

        Returns:
            Where the person is.

        Raises:
            ValueError: If the frame is not of the kind of the reference or contains
                NaN. Leave out frames in which the person is not seen.
        """
        frames = checked_clip('frame', np.asarray(frame)[None])
        check_same_kind('frame', self._reference, frames, 'reference')
        distances = pair_distances(self._reference, frames)
        now = float(self._paths.count) if time is None else time
        if self._paths.count == 0:
            self._begin(distances, now)
            entry = 0.0
        else:
            entry = self._memory * self._paths.costs[-1] if self._loops else inf
        self._paths.add(distances, entry, now)
        self._paths.starts[0] = now  # whoever waits there has not begun
        return self._position(distances, now, time is not None)

    def _begin(self, distances: np.ndarray, now: float) -> None:
        if self._begin_cost < 1:
            self._paths.begin_anywhere(self._begin_cost * distances.cumsum())
            self._paths.starts[:-1] = now - self._passed()[1:]

    def _passed(self) -> np.ndarray:
        """Time of each frame of the reference since its first, (Tr,)."""
        if self._times is None:
            return np.arange(len(self._reference), dtype=float)
        return self._times - self._times[0]

    def _position(
        self, distances: np.ndarray, now: float, is_timed: bool
    ) -> LivePosition:
        row = int(self._paths.costs.argmin())
        passed, start = self._passed(), float(self._paths.starts[row])
        ahead = None
        if is_timed and self._times is not None:
            ahead = float(passed[row] - (now - start))
        phase = passed[row] / passed[-1] if passed[-1] > 0 else 1.0
        return LivePosition(row, float(phase), float(distances[row]), start, ahead)
