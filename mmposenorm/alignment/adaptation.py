"""Adapt the features of two clips to each other, so that equal moments are closer.

Two people, or one person seen from two sides, differ in every frame: in build, in
style, and in the errors of pose estimation from each view. These differences are not
known in advance but can be learned from the two clips alone. The clips are aligned, the
differences along the path are measured, and the features are transformed so that such
differences count little; then both steps are repeated. The constant part of the
differences is subtracted, and directions in which the rest is large are shortened.

Source: alternating between alignment and a linear transform is the idea of Zhou and De
la Torre, Canonical time warping for alignment of human behavior, 2009. Theirs maximizes
correlation, ours whitens the differences.
"""

from math import inf
from typing import NamedTuple

import numpy as np

from mmposenorm.alignment.dtw import PathRules
from mmposenorm.alignment.options import check_same_kind, checked_clip
from mmposenorm.alignment.pair import ClipPair

_ROUNDS = 5
# Share of the covariance that is spread evenly over all directions, so that directions
# in which the clips happen to agree are not lengthened too much.
_SPREAD = 0.4
# More frames take longer without a better result; fewer are too few to learn from.
_MOST_FRAMES, _LEAST_FRAMES = 500, 20
# Relative to the usual cost, so that fewer frames are left out while learning.
_SKIP_COST = 1.25

# These numbers were chosen on real videos of two movements, each seen from four sides,
# and on mocap clips seen from two, all time-warped as in tools/tables/align_views.py.


class _Adaptation(NamedTuple):
    """A transform of the features of both clips.

    Attributes:
        offset: Added to the features of B, (E,).
        shape: Matrix by which the features of both are multiplied, (E, E).
        remaining: Mean logarithm of the squared differences on the path from which it
            was learned, along their principal directions. Lower is better.
    """

    offset: np.ndarray
    shape: np.ndarray
    remaining: float


def adapt_features(
    features_a: np.ndarray, features_b: np.ndarray, *, open_ends: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """Transform the features of two clips so that equal moments are closer.

    The results are meant for :func:`mmposenorm.alignment.align`. Distances between them
    have no unit.

    Args:
        features_a: Pose features of clip A, (Ta, E).
        features_b: Pose features of clip B, (Tb, E).
        open_ends: Whether either clip may begin or end before the other.

    Returns:
        The features of A, (Ta, E), and of B, (Tb, E), float64. They are unchanged if a
        clip has fewer than 20 frames, which are too few to learn from.

    Raises:
        ValueError: If the clips cannot be compared, are empty or contain NaN.
    """
    a = checked_clip('features_a', features_a)
    b = checked_clip('features_b', features_b)
    check_same_kind('features_b', a, b)
    if a.ndim != 2:
        raise ValueError(
            f'features_a has shape {a.shape}; expected pose features, (T, E). Flatten '
            'poses first.'
        )
    if min(len(a), len(b)) < _LEAST_FRAMES:
        return a, b
    some_a, some_b = (clip[:: -(-len(clip) // _MOST_FRAMES)] for clip in (a, b))
    # Start both without a constant difference and with that of the means, which is
    # wrong if one clip shows more than the other.
    starts = np.zeros(a.shape[1]), a.mean(axis=0) - b.mean(axis=0)
    adaptation = min(
        (_learn(some_a, some_b, start, open_ends) for start in starts),
        key=lambda one: one.remaining,
    )
    return a @ adaptation.shape, (b + adaptation.offset) @ adaptation.shape


def _learn(
    a: np.ndarray, b: np.ndarray, offset: np.ndarray, open_ends: bool
) -> _Adaptation:
    """Alternate between aligning the clips and adapting their features."""
    adaptation, before = _Adaptation(offset, np.eye(len(offset)), inf), np.empty(0)
    for _ in range(_ROUNDS):
        shape = adaptation.shape
        path = _path(a @ shape, (b + adaptation.offset) @ shape, open_ends)
        if np.array_equal(before, path):
            break
        before = path
        adaptation = _adaptation_to(a[path[:, 0]] - b[path[:, 1]])
    return adaptation


def _path(a: np.ndarray, b: np.ndarray, open_ends: bool) -> np.ndarray:
    pair = ClipPair.of(a, b)
    skip_cost = _SKIP_COST * pair.nearest_distance() if open_ends else inf
    return pair.warping_path(PathRules(1.0, -inf, inf, *[skip_cost] * 4)).cells


def _adaptation_to(differences: np.ndarray) -> _Adaptation:
    """Learn a transform from the differences of A from B along a path, (L, E)."""
    offset = differences.mean(axis=0)
    rest = differences - offset
    covariance = rest.T @ rest / len(rest)
    size = len(offset)
    mean_variance = np.trace(covariance) / size
    if mean_variance == 0:
        return _Adaptation(offset, np.eye(size), -inf)
    covariance = (1 - _SPREAD) * covariance + _SPREAD * mean_variance * np.eye(size)
    variances, directions = np.linalg.eigh(covariance)
    shape = directions / np.sqrt(variances) @ directions.T
    _, remaining = np.linalg.slogdet(covariance + np.outer(offset, offset))
    return _Adaptation(offset, shape, remaining / size)
