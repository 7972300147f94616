"""Distances between the frames of two clips.

A clip is an array of pose features (T, E), compared by Euclidean distance, or of
poses (T, K, D), compared by the mean Euclidean distance of their keypoints.
Everything is computed in float64.
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.lib.stride_tricks import as_strided
from scipy.spatial.distance import cdist

# Rows of the matrix that are computed together; such a block fits into the CPU's cache.
_BLOCK_ROWS = 128
# Rows, and anti-diagonals, of the blocks in which anti-diagonals are computed.
_BLOCK = 64
# |a|² + |b|² - 2ab is exact to about 1e-15 of the longest squared vector. Squared
# distances below this share of it are computed again from a - b, so that equal frames
# have distance 0.
_CLOSE = 1e-6

# Writes the distances of some frames of A, R rows, from some of B, C columns: (R, C).
_Fill = Callable[[slice, slice, np.ndarray], None]
# Row of the first cell of an anti-diagonal, and the one after that of its last cell.
Limits = tuple[int, int]


def frame_distances(clip_a: np.ndarray, clip_b: np.ndarray) -> np.ndarray:
    """Compute the distance of each frame of A from each frame of B.

    Args:
        clip_a: Pose features, (Ta, E), or poses, (Ta, K, D).
        clip_b: The same for clip B, (Tb, E) or (Tb, K, D).

    Returns:
        Distances in the unit of the input, float64, (Ta, Tb).
    """
    distances = np.empty((len(clip_a), len(clip_b)))
    fill = _filler(clip_a, clip_b, (_BLOCK_ROWS, len(clip_b)))
    for rows in _blocks(0, len(clip_a), _BLOCK_ROWS):
        fill(rows, slice(None), distances[rows])
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
    fill = _filler(clip_a, clip_b, (_BLOCK_ROWS, len(clip_b)))
    for rows in _blocks(0, len(clip_a), _BLOCK_ROWS):
        block = np.empty((rows.stop - rows.start, len(clip_b)))
        fill(rows, slice(None), block)
        yield rows, block


class DistanceDiagonals:
    """Computes the distance matrix a few anti-diagonals (equal i + j) at a time.

    Args:
        clip_a: See :func:`frame_distances`.
        clip_b: See :func:`frame_distances`.
    """

    def __init__(self, clip_a: np.ndarray, clip_b: np.ndarray) -> None:
        self._fill = _filler(clip_a, clip_b, (_BLOCK, _BLOCK))
        self._shape = len(clip_a), len(clip_b)

    def between(self, limits: list[Limits], first: int) -> Iterator[np.ndarray]:
        """Compute the distances of the cells between limits.

        Args:
            limits: Rows of the cells of each anti-diagonal, from the first of the
                matrix on. From one to the next they do not fall, and the upper one
                rises by at most one.
            first: The anti-diagonal to begin with.

        Yields:
            The distances of the cells of each anti-diagonal, in order of their rows.
            They are valid until the next is asked for.
        """
        base, end = limits[first][0], limits[-1][1]
        blocks = range(base, max(base, end), _BLOCK)
        # Anti-diagonals start, start + 1, ..., and their cells by row of the matrix.
        diagonals = np.empty((2 * _BLOCK, _BLOCK * len(blocks)))
        sheared = [_sheared(diagonals[:, row - base :]) for row in blocks]
        # A block begins in column start - row, so that its cells below the first row
        # are on later anti-diagonals. Those on the first ones come from the blocks
        # before it.
        lead = _BLOCK if first else 0
        for start in range(first - lead, len(limits), _BLOCK):
            stop = min(start + _BLOCK, len(limits))
            low, high = limits[max(start, first)][0], limits[max(stop - 1, first)][1]
            for number in range((low - base) // _BLOCK, -((base - high) // _BLOCK)):
                self._fill_block(
                    blocks[number], start - blocks[number], sheared[number]
                )
            for number in range(max(start, first), stop):
                low, high = limits[number]
                yield diagonals[number - start, low - base : high - base]
            diagonals[:_BLOCK] = diagonals[_BLOCK:]

    def _fill_block(self, row: int, column: int, out: np.ndarray) -> None:
        """Compute those distances of a block that are inside the matrix."""
        rows = slice(row, min(row + _BLOCK, self._shape[0]))
        columns = slice(max(column, 0), min(column + _BLOCK, self._shape[1]))
        if columns.start < columns.stop:
            inside = slice(columns.start - column, columns.stop - column)
            self._fill(rows, columns, out[: rows.stop - row, inside])


def _sheared(diagonals: np.ndarray) -> np.ndarray:
    """View the cells of a block of rows and columns in an array of anti-diagonals."""
    row, item = diagonals.strides
    return as_strided(diagonals, (_BLOCK, _BLOCK), (row + item, row))


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


def _blocks(first: int, end: int, size: int) -> Iterator[slice]:
    for start in range(first, end, size):
        yield slice(start, min(start + size, end))


def _filler(clip_a: np.ndarray, clip_b: np.ndarray, largest: tuple[int, int]) -> _Fill:
    """Return a function that fills blocks of the matrix, up to the largest shape."""
    filler = _feature_filler if clip_a.ndim == 2 else _pose_filler
    return filler(clip_a, clip_b, np.empty(largest))


def _feature_filler(
    features_a: np.ndarray, features_b: np.ndarray, scratch: np.ndarray
) -> _Fill:
    # Close to the origin, fewer digits cancel in |a|² + |b|² - 2ab.
    center = features_b.mean(axis=0, dtype=np.float64)
    # One matrix product computes the whole sum: (a, |a|², 1) · (-2b, 1, |b|²).
    left = _with_squares(features_a, center, place=-2)
    right = _with_squares(features_b, center, place=-1)
    close = _CLOSE * max(left[:, -2].max(), right[:, -1].max())
    right[:, :-2] *= -2

    # The product is written to memory that was used before: page faults in new memory
    # would slow down its threads.
    def fill(rows: slice, columns: slice, out: np.ndarray) -> None:
        squares = scratch[: len(out), : out.shape[1]]
        np.matmul(left[rows], right[columns].T, out=squares)
        if squares.min() >= close:
            np.sqrt(squares, out=out)
            return
        close_pairs = of_a, of_b = np.nonzero(squares < close)
        np.sqrt(np.maximum(squares, 0, out=squares), out=out)
        out[close_pairs] = pair_distances(
            features_a[rows][of_a], features_b[columns][of_b]
        )

    return fill


def _with_squares(features: np.ndarray, center: np.ndarray, place: int) -> np.ndarray:
    """Append two columns to centered features: their squared lengths, and ones."""
    extended = np.ones((len(features), features.shape[1] + 2))
    centered = extended[:, :-2]
    np.subtract(features, center, out=centered)
    np.einsum('te,te->t', centered, centered, out=extended[:, place])
    return extended


def _pose_filler(
    poses_a: np.ndarray, poses_b: np.ndarray, scratch: np.ndarray
) -> _Fill:
    keypoints_a = np.ascontiguousarray(poses_a.swapaxes(0, 1), np.float64)
    keypoints_b = np.ascontiguousarray(poses_b.swapaxes(0, 1), np.float64)

    def fill(rows: slice, columns: slice, out: np.ndarray) -> None:
        # cdist only writes to memory without gaps.
        of_keypoint = scratch.reshape(-1)[: out.size].reshape(out.shape)
        out[:] = 0
        for keypoint_a, keypoint_b in zip(keypoints_a, keypoints_b, strict=True):
            out += cdist(keypoint_a[rows], keypoint_b[columns], out=of_keypoint)
        out /= len(keypoints_a)

    return fill
