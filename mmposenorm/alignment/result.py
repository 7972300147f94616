"""The answer of an alignment."""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, eq=False)
class Alignment:
    """Which frames of clip A and clip B show the same moment.

    Args:
        mode: ``'dtw'``, ``'nn'`` or ``'subsequence'``, as asked for.
        path: Pairs of answering frames in order of time, int, (L, 2): a frame of A
            and a frame of B, counted from 0. A frame may occur in several pairs.
        distance: Cost of the path: the sum of its frame distances, a diagonal step's
            weighted by ``diagonal_weight``; 0 for equal clips.
        path_distances: Distance of the two frames of each pair, float32, (L,).
        matches: For each frame of A the frame of B that answers it, int, (Ta,): of
            its pairs the one at the smallest distance. -1: unmatched.
        match_distances: Distance of each frame of A from its answer, float32, (Ta,).
            NaN: unmatched.
        match_times: Time of each answer in seconds, (Ta,), if the times of B's frames
            were given. NaN: unmatched.
        unmatched_a: Frames of A in no pair, int.
        unmatched_b: Frames of B in no pair, int.
        mirrored: Whether A was aligned as seen in a mirror.
        cost_matrix: Distance of each frame of A (mirrored, if ``mirrored``) from
            each of B, float32, (Ta, Tb), if asked for.
    """

    mode: str
    path: np.ndarray = field(repr=False)
    distance: float
    path_distances: np.ndarray = field(repr=False)
    matches: np.ndarray = field(repr=False)
    match_distances: np.ndarray = field(repr=False)
    match_times: np.ndarray | None = field(repr=False)
    unmatched_a: np.ndarray = field(repr=False)
    unmatched_b: np.ndarray = field(repr=False)
    mirrored: bool
    cost_matrix: np.ndarray | None = field(repr=False)

    @property
    def mean_distance(self) -> float:
        """Mean distance of the pairs, comparable between clips of any length."""
        return float(self.path_distances.mean())
