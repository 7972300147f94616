"""Alignment of clips of which one may play many times slower, e.g. in slow motion."""

from dataclasses import replace
from typing import Any

import numpy as np

from mmposenorm.alignment.engine import align
from mmposenorm.alignment.result import Alignment

# A clip is slow if its part of the path has this many times as many frames; beyond the
# second, it is no slow motion: one clip stands still, and repeating its frames would
# only cost time.
_SLOW, _SLOWEST = 2.0, 20.0
# With more pairs of frames, `align` does without the matrix, which takes 8 bytes each.
_LARGEST_MATRIX = 25_000_000


def align_tempos(a: np.ndarray, b: np.ndarray, **options: Any) -> Alignment:
    """Align two clips, and once more with equally many frames if one plays slowly.

    Where B has many frames for each of A, nearly all steps of a path advance in B
    alone. They cost the same wherever A waits, so a path may wait anywhere. If each
    frame of A is repeated as often as B is slower, an even advance is cheapest again.

    Args:
        a: Clip A, (Ta, E).
        b: Clip B, (Tb, E).
        **options: Of :func:`mmposenorm.align`. Very long clips are always aligned with
            ``low_memory``.

    Returns:
        The alignment of the frames as they were given.
    """
    alignment = _align(a, b, options)
    if alignment.mode == 'nn':
        return alignment
    frames_a, frames_b = np.ptp(alignment.path, axis=0) + 1
    if _SLOW <= frames_b / frames_a <= _SLOWEST:
        times = round(frames_b / frames_a)
        repeated = _align(np.repeat(a, times, axis=0), b, options)
        return _merged(repeated, times, 0, len(b))
    if _SLOW <= frames_a / frames_b <= _SLOWEST:
        times = round(frames_a / frames_b)
        repeated = _align(a, np.repeat(b, times, axis=0), options)
        return _merged(repeated, times, 1, len(b))
    return alignment


def _align(a: np.ndarray, b: np.ndarray, options: dict[str, Any]) -> Alignment:
    low_memory = options.get('low_memory') or len(a) * len(b) > _LARGEST_MATRIX
    return align(a, b, **options | {'low_memory': low_memory})


def _merged(alignment: Alignment, times: int, side: int, length_b: int) -> Alignment:
    """Count each frame of A (side 0) or B (side 1) once, whose frames were repeated."""
    path = alignment.path.copy()
    path[:, side] //= times
    _, first = np.unique(path, axis=0, return_index=True)
    matches, distances = alignment.matches, alignment.match_distances
    if side == 0:
        # Of the matches of a frame's repetitions, the nearest.
        repeated = np.where(matches < 0, np.inf, distances).reshape(-1, times)
        rows = np.arange(len(repeated)) * times + repeated.argmin(axis=1)
        matches, distances = matches[rows], distances[rows]
    else:
        matches = np.where(matches < 0, -1, matches // times)
    return replace(
        alignment,
        path=path[first],
        path_distances=alignment.path_distances[first],
        matches=matches,
        match_distances=distances,
        unmatched_a=np.setdiff1d(np.arange(len(matches)), path[:, 0]),
        unmatched_b=np.setdiff1d(np.arange(length_b), path[:, 1]),
    )
