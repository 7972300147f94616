"""Align two clips: check the options, find the path, build the result."""

from collections.abc import Iterator
from math import inf
from typing import Literal

import numpy as np

from mmposenorm.alignment.dtw import Path
from mmposenorm.alignment.options import (
    PathOptions,
    check_same_kind,
    checked_clip,
    checked_times,
)
from mmposenorm.alignment.pair import ClipPair, most_below
from mmposenorm.alignment.result import Alignment
from mmposenorm.skeletons import H36M_MIRRORED


def align(
    features_a: np.ndarray,
    features_b: np.ndarray,
    *,
    mode: Literal['dtw', 'nn', 'subsequence'] = 'dtw',
    diagonal_weight: float = 1.0,
    band: int | None = None,
    open_begin: bool = False,
    open_end: bool = False,
    skip_cost: float | None = None,
    mirror: bool = False,
    mirrored_a: np.ndarray | None = None,
    frame_times_b: np.ndarray | None = None,
    low_memory: bool = False,
    keep_cost_matrix: bool = False,
) -> Alignment:
    """Find which frames of two clips show the same moment.

    Clips are given as pose features (T, E), compared by Euclidean distance, or as
    normalized poses (T, K, 3), compared by the mean distance of their keypoints.

    With open ends, frames before the first pair or after the last pair may be left out,
    each at ``skip_cost``. At each open end these are frames of A or of B, whichever is
    cheaper.

    Args:
        features_a: Clip A, (Ta, E) or (Ta, K, 3).
        features_b: Clip B, (Tb, E) or (Tb, K, 3).
        mode: ``'dtw'`` aligns both clips in order of time, from beginning to end.
            ``'subsequence'`` finds all of A somewhere in B. ``'nn'`` takes for each
            frame of A the nearest frame of B in any order, the first if several are
            equally near.
        diagonal_weight: Cost of a step along both clips, relative to a step along one,
            in (0, 2]. 1 is plain DTW, which prefers equal speed in both clips; 2 has no
            such preference. About 1.5 follows changes of speed best if poses are noisy.
        band: Largest allowed difference between the frame numbers of a pair
            (Sakoe-Chiba); no limit if not given.
        open_begin: Whether either clip may begin before the other.
        open_end: Whether either clip may end after the other.
        skip_cost: Cost of each frame left out at an open end, in the unit of frame
            distances. If not given, it is estimated from the 75th percentile of the
            distances of frames from the nearest frame of the other clip, or from their
            match if that is lower.
        mirror: Whether to try the mirrored clip A too and take the cheaper path.
            Requires normalized poses in H36M order, (Ta, 17, 3), with x from right to
            left. For features give ``mirrored_a``.
        mirrored_a: Features of the mirrored clip A to try too, of the same shape as
            ``features_a``.
        frame_times_b: Time of each frame of B in seconds, (Tb,), for ``match_times``.
        low_memory: Keep no matrix, so that memory grows with Ta + Tb instead of their
            product. The result is the same but takes about twice as long.
        keep_cost_matrix: Whether to return the frame distances.

    Returns:
        The path, the match of each frame, and their distances.

    Raises:
        ValueError: If the clips cannot be compared, are empty or contain NaN, or an
            option is out of range or has no meaning in this mode.
    """
    options = PathOptions(mode, diagonal_weight, band, open_begin, open_end, skip_cost)
    _check_memory(low_memory, keep_cost_matrix)
    clip_a, clip_b = _checked_clips(features_a, features_b, options)
    times_b = checked_times(frame_times_b, len(clip_b))
    tried = [clip_a, *_mirrored(clip_a, mirror, mirrored_a)]
    pairs = [ClipPair.of(clip, clip_b, low_memory) for clip in tried]
    best, path = _best_path(pairs, options)
    matrix = pairs[best].distances if keep_cost_matrix else None
    return _result(pairs[best], path.cells, options, best > 0, times_b, matrix)


def _check_memory(low_memory: bool, keep_cost_matrix: bool) -> None:
    if low_memory and keep_cost_matrix:
        raise ValueError(
            'keep_cost_matrix=True asks for the matrix that low_memory=True avoids. '
            'Use one of them.'
        )


def _checked_clips(
    features_a: np.ndarray, features_b: np.ndarray, options: PathOptions
) -> tuple[np.ndarray, np.ndarray]:
    """Return both clips as arrays that can be aligned with these options."""
    clip_a = checked_clip('features_a', features_a)
    clip_b = checked_clip('features_b', features_b)
    check_same_kind('features_b', clip_a, clip_b)
    options.check_lengths(len(clip_a), len(clip_b))
    return clip_a, clip_b


def _mirrored(
    clip_a: np.ndarray, mirror: bool, mirrored_a: np.ndarray | None
) -> Iterator[np.ndarray]:
    """Yield the mirrored clip A if it should be tried."""
    if mirrored_a is not None:
        mirrored = checked_clip('mirrored_a', mirrored_a)
        if mirrored.shape != clip_a.shape:
            raise ValueError(
                f'mirrored_a has shape {mirrored.shape}; expected that of features_a, '
                f'{clip_a.shape}.'
            )
        yield mirrored
    elif mirror:
        if clip_a.shape[1:] != (17, 3):
            raise ValueError(
                'mirror=True needs normalized poses, (T, 17, 3), but features_a has '
                f'shape {clip_a.shape}. Give the features of the mirrored clip as '
                'mirrored_a.'
            )
        yield clip_a[:, H36M_MIRRORED] * (-1, 1, 1)


def _best_path(pairs: list[ClipPair], options: PathOptions) -> tuple[int, Path]:
    """Find the pair with the cheapest path, and this path."""
    if options.mode == 'nn':
        return _cheapest([_nearest(pair) for pair in pairs])
    if options.skip_cost is None and (options.open_begin or options.open_end):
        # The same for all pairs, so that their costs can be compared.
        skip_cost = min(pair.nearest_distance() for pair in pairs)
        rules = options.rules(skip_cost)
        best, path = _cheapest([pair.warping_path(rules) for pair in pairs])
        return best, _tightened(pairs[best], path, options, skip_cost)
    rules = options.rules(options.skip_cost or inf)
    return _cheapest([pair.warping_path(rules) for pair in pairs])


def _cheapest(paths: list[Path]) -> tuple[int, Path]:
    return min(enumerate(paths), key=lambda numbered: numbered[1].cost)


def _nearest(pair: ClipPair) -> Path:
    matches = np.concatenate([block.argmin(axis=1) for _, block in pair.rows()])
    cells = np.stack([np.arange(len(matches)), matches], axis=1)
    return Path(cells, float(pair.along(cells).sum()))


def _tightened(
    pair: ClipPair, path: Path, options: PathOptions, skip_cost: float
) -> Path:
    """Lower skip_cost to the distances on the path, for as long as they are lower.

    Frames without a match are far from their nearest frame too. If there are many of
    them, the first estimate is too high and matches some of them.
    """
    while 0 < (lower := most_below(pair.along(path.cells))) < skip_cost:
        skip_cost = lower
        path = pair.warping_path(options.rules(skip_cost))
    return path


def _result(
    pair: ClipPair,
    path: np.ndarray,
    options: PathOptions,
    mirrored: bool,
    times_b: np.ndarray | None,
    cost_matrix: np.ndarray | None,
) -> Alignment:
    distances = pair.along(path)
    diagonal = (np.diff(path, axis=0) == 1).all(axis=1)
    weights = np.where([True, *diagonal], options.diagonal_weight, 1.0)

    matches = np.full(len(pair.clip_a), -1)
    match_distances = np.full(len(pair.clip_a), np.nan, np.float32)
    # Sorted by frame of A and then by distance, the first pair of each frame is its
    # best.
    order = np.lexsort((distances, path[:, 0]))
    frames, first = np.unique(path[order, 0], return_index=True)
    matches[frames] = path[order[first], 1]
    match_distances[frames] = distances[order[first]]
    match_times = None
    if times_b is not None:
        match_times = np.where(matches < 0, np.nan, times_b[matches])
    return Alignment(
        mode=options.mode,
        path=path,
        distance=float(weights @ distances),
        path_distances=distances.astype(np.float32),
        matches=matches,
        match_distances=match_distances,
        match_times=match_times,
        unmatched_a=np.setdiff1d(np.arange(len(pair.clip_a)), path[:, 0]),
        unmatched_b=np.setdiff1d(np.arange(len(pair.clip_b)), path[:, 1]),
        mirrored=mirrored,
        cost_matrix=None if cost_matrix is None else cost_matrix.astype(np.float32),
    )
