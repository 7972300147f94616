"""How far keypoints, read in a layout, are from the proportions of a body.

In the right layout, limbs have the lengths of limbs, and what lies close together in
every body lies close together; in the wrong one, legs are made of eyes and ears.
"""

from collections.abc import Sequence

import numpy as np

from mmposenorm.keypoints.layouts import LAYOUTS
from mmposenorm.skeletons import H36M_KEYPOINTS, MIN_VISIBLE

# Lengths of the bones of an adult in metres.
_LENGTHS = {
    ('hip', 'knee'): 0.44,
    ('knee', 'foot'): 0.44,
    ('shoulder', 'elbow'): 0.28,
    ('elbow', 'wrist'): 0.25,
    ('hip', 'shoulder'): 0.49,
}
_BONES = [
    [H36M_KEYPOINTS.index(f'{side}_{end}') for end in bone]
    for side in ('left', 'right')
    for bone in _LENGTHS
]
_BONE_LENGTHS = np.array([*_LENGTHS.values()] * 2)
# A joint, joints whose mean lies near it, and how far away that is at most, in metres.
NEIGHBOURS: dict[str, list[tuple[int, tuple[int, ...], float]]] = {
    'h36m': [(0, (1, 4), 0.05), (8, (11, 14), 0.15), (7, (0, 8), 0.2)],
    'coco': [(0, (1,), 0.1), (0, (2,), 0.1), (1, (3,), 0.15), (2, (4,), 0.15)],
}
_MIN_BONES, _MIN_NEIGHBOURS = 4, 2
# Percentile over the frames: a bone that points at the camera looks short.
_LONG = 80
# One wrong joint does not outweigh the rest.
_LARGEST_TERM = 1.5
# By how much, as a log ratio, the longest bone may exceed an adult's. Of 380 views of
# motion capture, none exceeds it by more than 0.68 over 100 frames, and by more than
# 1.1 over 20; of people whose upper body is shifted by their height, nine in ten do.
_LARGEST_EXCESS, _LARGEST_EXCESS_OF_FEW, _FEW_FRAMES = 0.75, 1.2, 50


def bone_misfit(keypoints: np.ndarray, visible: np.ndarray, layout: str) -> float:
    """Compare the bones of a clip with those of an adult of the same size.

    Args:
        keypoints: In any unit, (T, K, 2); the frames may show different people.
        visible: In [0, 1], (T, K); below ``MIN_VISIBLE`` is not seen.
        layout: Name of the layout.

    Returns:
        Mean absolute log ratio of the lengths; NaN where too little was seen to tell.
    """
    points, seen = _normalized(keypoints, visible)
    bones, _ = _bone_terms(points, seen, layout)
    return float(np.abs(bones).mean()) if len(bones) else np.nan


def is_possible_body(keypoints: np.ndarray, visible: np.ndarray, layout: str) -> bool:
    """Tell a body from one that is torn, such as two people taken for one.

    Args:
        keypoints: In any unit, (T, K, 2).
        visible: In [0, 1], (T, K).
        layout: Name of the layout.

    Returns:
        Whether no bone is much longer than the others allow; True where too little
        was seen to tell.
    """
    few = len(keypoints) < _FEW_FRAMES
    largest = _LARGEST_EXCESS_OF_FEW if few else _LARGEST_EXCESS
    points, seen = _normalized(keypoints, visible)
    return bool((_bone_terms(points, seen, layout)[0] <= largest).all())


def misfit(keypoints: np.ndarray, visible: np.ndarray, layout: str) -> float:
    """Measure how far keypoints are from a body in which certain joints are close.

    Args:
        keypoints: (T, 17, 2), see :func:`bone_misfit`.
        visible: (T, 17).
        layout: ``'coco'`` or ``'h36m'``.

    Returns:
        :func:`bone_misfit` plus the mean log ratio of the distances of neighbouring
        joints to what they may be; infinite where too little was seen to tell.
    """
    points, seen = _normalized(keypoints, visible)
    bones, size = _bone_terms(points, seen, layout)
    neighbours = NEIGHBOURS[layout]
    gaps = _distances(points, seen, [([joint], near) for joint, near, _ in neighbours])
    known = np.isfinite(gaps).any(axis=0)
    if not len(bones) or known.sum() < _MIN_NEIGHBOURS:
        return np.inf
    allowed = np.array([most for *_, most in neighbours])[known]
    ratios = np.log(np.nanmedian(gaps[:, known], axis=0).clip(min=1e-6) / allowed)
    return float(np.abs(bones).mean() + (ratios - size).clip(0, _LARGEST_TERM).mean())


def _bone_terms(
    points: np.ndarray, seen: np.ndarray, layout: str
) -> tuple[np.ndarray, float]:
    """Log ratios of the bones, and the log of the size that was divided out."""
    sources = LAYOUTS[layout].source_indices()
    limbs = _distances(points, seen, [[sources[end] for end in b] for b in _BONES])
    known = np.isfinite(limbs).any(axis=0)
    if known.sum() < _MIN_BONES:
        return np.zeros(0), 0.0
    ratios = np.log(
        np.nanpercentile(limbs[:, known], _LONG, axis=0).clip(min=1e-3)
        / _BONE_LENGTHS[known]
    )
    size = float(np.median(ratios))
    return (ratios - size).clip(-_LARGEST_TERM, _LARGEST_TERM), size


def _normalized(
    keypoints: np.ndarray, visible: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Centre and scale the person in each frame, whatever the layout."""
    seen = visible >= MIN_VISIBLE
    points = np.where(seen[..., None], keypoints, 0).astype(np.float64)
    count = seen.sum(axis=1).clip(min=1)[:, None, None]
    points = (points - points.sum(axis=1, keepdims=True) / count) * seen[..., None]
    size = np.sqrt((points**2).sum(axis=(1, 2), keepdims=True) / count)
    return points / np.where(size > 0, size, 1), seen


def _distances(
    points: np.ndarray, seen: np.ndarray, pairs: Sequence[Sequence[Sequence[int]]]
) -> np.ndarray:
    """Distances between the means of two groups of joints, NaN where one is hidden."""
    columns = []
    for first, second in pairs:
        ends = points[:, list(first)].mean(axis=1), points[:, list(second)].mean(axis=1)
        both = seen[:, [*first, *second]].all(axis=1)
        columns.append(
            np.where(both, np.linalg.norm(ends[0] - ends[1], axis=-1), np.nan)
        )
    return np.stack(columns, axis=1)
