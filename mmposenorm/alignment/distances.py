"""Distances between the frames of two clips.

A clip is an array of pose features (T, E), compared by Euclidean distance, or of
poses (T, K, D), compared by the mean Euclidean distance of their keypoints.
Everything is computed in float64.
"""

from collections.abc import Callable, Iterator

import numpy as np
from scipy.spatial.distance import cdist

# Rows of the matrix that are computed together; such a block fits into the CPU's cache.
_BLOCK_ROWS = 128
# |a|² + |b|² - 2ab is exact to about 1e-15 of the longest squared vector. Squared
# distances below this share of it are computed again from a - b, so that equal frames
# have distance 0.
_CLOSE = 1e-6

# Writes the distances of some frames of A, (R, E) or (R, K, D), to all of B, (R, Tb).
_Fill = Callable[[slice, np.ndarray], None]


def frame_distances(clip_a: np.ndarray, clip_b: np.ndarray) -> np.ndarray:
    """Compute the distance of each frame of A from each frame of B.

    Args:
        clip_a: Pose features, (Ta, E), or poses, (Ta, K, D).
        clip_b: The same for clip B, (Tb, E) or (Tb, K, D).

    Returns:
        Distances in the unit of the input, float64, (Ta, Tb).
    """
    distances = np.empty((len(clip_a), len(clip_b)))
    fill = _filler(clip_a, clip_b)
    for rows in _blocks(len(clip_a)):
        fill(rows, distances[rows])
    return distances


def distance_rows(
    clip_a: np.ndarray, clip_b: np.ndarray
) -> Iterator[tuple[slice, np.ndarray]]:
    """Compute the distance matrix a few rows at a time.

    Args:
        clip_a: See :func:`frame_distances`.
        clip_b: See :func:`frame_distances`.

    Yields:
        R frames of A and their distances from all frames of B, (R, Tb).
    """
    fill = _filler(clip_a, clip_b)
    for rows in _blocks(len(clip_a)):
        block = np.empty((rows.stop - rows.start, len(clip_b)))
        fill(rows, block)
        yield rows, block


def pair_distances(frames_a: np.ndarray, frames_b: np.ndarray) -> np.ndarray:
    """Compute the distance of each frame from the frame with the same number.

    Args:
        frames_a: Pose features, (N, E), or poses, (N, K, D).
        frames_b: The same, of the same shape.

    Returns:
        Distances in the unit of the input, float64, (N,).
    """
    differences = np.subtract(frames_a, frames_b, dtype=np.float64)
    lengths = np.sqrt(np.einsum('...d,...d->...', differences, differences))
    return lengths if lengths.ndim == 1 else lengths.mean(axis=1)


def _blocks(frames: int) -> Iterator[slice]:
    for start in range(0, frames, _BLOCK_ROWS):
        yield slice(start, min(start + _BLOCK_ROWS, frames))


def _filler(clip_a: np.ndarray, clip_b: np.ndarray) -> _Fill:
    return (_feature_filler if clip_a.ndim == 2 else _pose_filler)(clip_a, clip_b)


def _feature_filler(features_a: np.ndarray, features_b: np.ndarray) -> _Fill:
    # Close to the origin, fewer digits cancel in |a|² + |b|² - 2ab.
    center = features_b.mean(axis=0, dtype=np.float64)
    features_a, features_b = features_a - center, features_b - center
    squares_a = np.einsum('te,te->t', features_a, features_a)
    squares_b = np.einsum('te,te->t', features_b, features_b)
    close = _CLOSE * max(squares_a.max(), squares_b.max())
    # One matrix product computes the whole sum: (a, |a|², 1) · (-2b, 1, |b|²).
    left = np.column_stack([features_a, squares_a, np.ones(len(features_a))])
    right = np.column_stack([-2 * features_b, np.ones(len(features_b)), squares_b]).T
    # The product is written to memory that was used before: page faults in new memory
    # would slow down its threads.
    block = np.empty((_BLOCK_ROWS, len(features_b)))

    def fill(rows: slice, out: np.ndarray) -> None:
        squares = np.matmul(left[rows], right, out=block[: len(out)])
        if squares.min() >= close:
            np.sqrt(squares, out=out)
            return
        close_pairs = of_a, of_b = np.nonzero(squares < close)
        np.sqrt(np.maximum(squares, 0, out=squares), out=out)
        out[close_pairs] = pair_distances(features_a[rows][of_a], features_b[of_b])

    return fill


def _pose_filler(poses_a: np.ndarray, poses_b: np.ndarray) -> _Fill:
    keypoints_a = np.ascontiguousarray(poses_a.swapaxes(0, 1), np.float64)
    keypoints_b = np.ascontiguousarray(poses_b.swapaxes(0, 1), np.float64)
    of_keypoint = np.empty((_BLOCK_ROWS, len(poses_b)))

    def fill(rows: slice, out: np.ndarray) -> None:
        out[:] = 0
        for keypoint_a, keypoint_b in zip(keypoints_a, keypoints_b, strict=True):
            out += cdist(keypoint_a[rows], keypoint_b, out=of_keypoint[: len(out)])
        out /= len(keypoints_a)

    return fill
