"""The result of an alignment."""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, eq=False)
class Alignment:
    """Which frames of clip A and clip B show the same moment.

    Args:
        mode: ``'dtw'``, ``'nn'`` or ``'subsequence'``.
        path: Pairs of a frame of A and a frame of B in order of time, counted from 0,
            int, (L, 2). A frame may occur in several pairs.
        distance: Cost of the path: the sum of its frame distances, where those of
            diagonal steps are weighted by ``diagonal_weight``; 0 for equal clips.
        path_distances: Distance of the two frames of each pair, float32, (L,).
        matches: For each frame of A its match in B, int, (Ta,): the closest of the
            frames it is paired with, or -1 if it is unmatched.
        match_distances: Distance of each frame of A from its match, float32, (Ta,);
            NaN if it is unmatched.
        match_times: Time of each match in seconds, (Ta,), if ``frame_times_b`` was
            given; NaN if the frame of A is unmatched.
        unmatched_a: Frames of A in no pair, int.
        unmatched_b: Frames of B in no pair, int.
        mirrored: Whether the mirrored clip A was aligned.
        cost_matrix: Distance of each frame of A (mirrored, if ``mirrored``) from
            each of B, float32, (Ta, Tb), if ``keep_cost_matrix`` was set.
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
        """Mean distance of the pairs; comparable between clips of different length."""
        return float(self.path_distances.mean())
