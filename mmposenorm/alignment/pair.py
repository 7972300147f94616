"""Two clips to align, with or without the matrix of their frame distances."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from mmposenorm.alignment.distances import (
    distance_rows,
    frame_distances,
    pair_distances,
)
from mmposenorm.alignment.dtw import Path, PathRules, warping_path
from mmposenorm.alignment.low_memory import low_memory_path

# Frames are left out if their match is farther away than this share of all matches.
# Chosen on time-warped and trimmed mocap clips with simulated pose errors: a smaller
# share leaves out frames that have a match, a larger one matches frames that have none.
_MOST = 0.75


class ClipPair(NamedTuple):
    """Two clips and the distances of their frames.

    Attributes:
        clip_a: Pose features, (Ta, E), or poses, (Ta, K, D), float64.
        clip_b: The same for clip B, (Tb, E) or (Tb, K, D).
        distances: Distance of each frame of A from each of B, (Ta, Tb). None if memory
            is low: distances then are computed each time they are needed.
    """

    clip_a: np.ndarray
    clip_b: np.ndarray
    distances: np.ndarray | None

    @classmethod
    def of(
        cls, clip_a: np.ndarray, clip_b: np.ndarray, low_memory: bool = False
    ) -> 'ClipPair':
        """Pair two clips, and compute their distances unless memory is low."""
        distances = None if low_memory else frame_distances(clip_a, clip_b)
        return cls(clip_a, clip_b, distances)

    def rows(self) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield some frames of A at a time and their distances from all of B."""
        if self.distances is None:
            yield from distance_rows(self.clip_a, self.clip_b)
        else:
            yield slice(0, len(self.clip_a)), self.distances

    def along(self, path: np.ndarray) -> np.ndarray:
        """Compute the distances of pairs of frames, (L, 2) -> (L,)."""
        return pair_distances(self.clip_a[path[:, 0]], self.clip_b[path[:, 1]])

    def warping_path(self, rules: PathRules) -> Path:
        """Find the cheapest path; see :func:`mmposenorm.alignment.dtw.warping_path`."""
        if self.distances is None:
            return low_memory_path(self.clip_a, self.clip_b, rules)
        return warping_path(self.distances, rules)

    def nearest_distance(self) -> float:
        """Estimate how far frames are from the nearest frame of the other clip.

        Returns:
            A value that most of these distances stay below; positive even for equal
            clips.
        """
        of_a = np.empty(len(self.clip_a))
        of_b = np.full(len(self.clip_b), np.inf)
        for rows, block in self.rows():
            of_a[rows] = block.min(axis=1)
            np.minimum(of_b, block.min(axis=0), out=of_b)
        return most_below(np.concatenate([of_a, of_b])) or 1.0


def most_below(distances: np.ndarray) -> float:
    """A value that most distances stay below; positive if any distance is."""
    return float(np.quantile(distances, _MOST)) or float(distances.mean())
