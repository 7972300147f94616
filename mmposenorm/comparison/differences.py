"""Where the clips of two people differ: limb distances, and the moments of most.

Dimensions: ``Ta`` frames of clip A, ``L`` pairs of frames on the path.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import uniform_filter1d
from scipy.signal import find_peaks

from mmposenorm.alignment import Alignment
from mmposenorm.pose_result import PoseNormResult

# The keypoint from which each limb starts, and its other keypoints.
LIMBS = {
    'right leg': (1, 2, 3),
    'left leg': (4, 5, 6),
    'trunk': (0, 7, 8),
    'head': (8, 9, 10),
    'left arm': (11, 12, 13),
    'right arm': (14, 15, 16),
}
# Direction of a limb of B relative to that of A, by axis of the root frame and sign.
_DIRECTIONS = (
    ('further right', 'further left'),
    ('lower', 'higher'),
    ('further back', 'further forward'),
)
_NUM_DIFFERENCES = 3
_LEAST_DIFFERENCE = 0.01  # metres; smaller differences are not reported
# In seconds: distances are averaged over the first, which removes jitter; differences
# closer in time than the second are merged.
_SHORTEST, _APART = 0.1, 0.5
# A difference lasts while the limb distance is at least this share of its peak. Two
# peaks of a limb are separate differences only if the distance falls below it in
# between.
_LASTING = 0.7
_USUAL_FPS = 30.0  # if times are not known


@dataclass(frozen=True)
class Difference:
    """A moment in which one limb is elsewhere in B than in A.

    Args:
        limb: A key of :data:`LIMBS`.
        frame_a: Frame of A in which the difference is largest.
        frame_b: Its match in B.
        distance: Mean distance of the limb's keypoints if the limb starts at the same
            point in both, in metres, averaged over a tenth of a second.
        direction: Where the limb is in B compared to A, as the person sees it.
        first_frame: First frame of A in which the difference is nearly as large.
        last_frame: Last such frame.
    """

    limb: str
    frame_a: int
    frame_b: int
    distance: float
    direction: str
    first_frame: int
    last_frame: int

    def __str__(self) -> str:
        apart = f'{100 * self.distance:.0f} cm apart'
        return f'{self.limb} {apart}, {self.direction} in B'


def limb_distances(
    clip_a: PoseNormResult, clip_b: PoseNormResult, path: np.ndarray
) -> np.ndarray:
    """Measure how far the limbs of normalized poses are apart.

    Limbs are first moved to start at the same point, so that a bent trunk does not
    count as a difference of the arms.

    Args:
        clip_a: A person in a clip.
        clip_b: A person in another.
        path: Pairs of frames of A and B, (L, 2).

    Returns:
        Mean distance over the keypoints of each limb that are seen in both clips, in
        metres, (L, 6); NaN where none is.
    """
    distances = []
    for limb in LIMBS.values():
        offsets, seen = _limb_offsets(clip_a, clip_b, path, limb)
        apart = np.linalg.norm(offsets, axis=-1)
        counts = seen.sum(axis=1)
        mean = (apart * seen).sum(axis=1) / np.maximum(counts, 1)
        distances.append(np.where(counts > 0, mean, np.nan))
    return np.stack(distances, axis=1).astype(np.float32)


def find_differences(
    clip_a: PoseNormResult, clip_b: PoseNormResult, alignment: Alignment
) -> tuple[Difference, ...]:
    """Find the moments and limbs in which two clips differ most.

    Args:
        clip_a: A person in a clip.
        clip_b: A person in another.
        alignment: Which frames of A and B match.

    Returns:
        Up to three differences, the largest first.
    """
    matched = np.flatnonzero(alignment.matches >= 0)
    pairs = np.stack([matched, alignment.matches[matched]], axis=1)
    apart = np.zeros((len(clip_a), len(LIMBS)))
    apart[matched] = np.nan_to_num(limb_distances(clip_a, clip_b, pairs))
    fps = _frame_rate(clip_a)
    apart = uniform_filter1d(apart, max(1, round(_SHORTEST * fps)), axis=0)
    margin = min(_APART * fps, len(clip_a) / (2 * _NUM_DIFFERENCES))
    chosen: list[tuple[int, int]] = []
    for frame, limb in _peaks(apart):
        is_new = all(abs(frame - other) > margin for other, _ in chosen)
        if is_new and alignment.matches[frame] >= 0:
            chosen.append((frame, limb))
    return tuple(
        _difference(clip_a, clip_b, alignment, apart[:, limb], frame, limb)
        for frame, limb in chosen[:_NUM_DIFFERENCES]
    )


def _peaks(apart: np.ndarray) -> list[tuple[int, int]]:
    """List the frame and the limb of each peak of the distances, highest first."""
    peaks = []
    for limb, distances in enumerate(apart.T):
        # Padded with zeros, so that the first and the last frame can be peaks too.
        frames, found = find_peaks(np.pad(distances, 1), prominence=0)
        frames -= 1
        heights = distances[frames]
        is_own = found['prominences'] >= (1 - _LASTING) * heights
        frames = frames[is_own & (heights >= _LEAST_DIFFERENCE)]
        peaks += [(distances[frame], int(frame), limb) for frame in frames]
    return [(frame, limb) for _, frame, limb in sorted(peaks, reverse=True)]


def _difference(
    clip_a: PoseNormResult,
    clip_b: PoseNormResult,
    alignment: Alignment,
    apart: np.ndarray,
    frame: int,
    limb: int,
) -> Difference:
    """Describe a peak of one limb's distances, (Ta,)."""
    match = int(alignment.matches[frame])
    first, last = _span(apart, frame)
    pair = np.array([[frame, match]])
    return Difference(
        limb=list(LIMBS)[limb],
        frame_a=frame,
        frame_b=match,
        distance=float(apart[frame]),
        direction=_direction(clip_a, clip_b, pair, list(LIMBS.values())[limb]),
        first_frame=first,
        last_frame=last,
    )


def _limb_offsets(
    clip_a: PoseNormResult,
    clip_b: PoseNormResult,
    path: np.ndarray,
    limb: Sequence[int],
) -> tuple[np.ndarray, np.ndarray]:
    """Vectors from A's keypoints to B's, (L, N, 3), and which both show, (L, N)."""
    start, *rest = limb
    poses_a = clip_a.normalized_poses[path[:, 0]]
    poses_b = clip_b.normalized_poses[path[:, 1]]
    limbs_a = poses_a[:, rest] - poses_a[:, [start]]
    limbs_b = poses_b[:, rest] - poses_b[:, [start]]
    seen_a = clip_a.keypoints_visible[path[:, 0]][:, rest] > 0
    seen_b = clip_b.keypoints_visible[path[:, 1]][:, rest] > 0
    return limbs_b - limbs_a, seen_a & seen_b


def _direction(
    clip_a: PoseNormResult,
    clip_b: PoseNormResult,
    pair: np.ndarray,
    limb: Sequence[int],
) -> str:
    offsets, seen = _limb_offsets(clip_a, clip_b, pair, limb)
    offset = offsets[seen].mean(axis=0)
    axis = np.abs(offset).argmax()
    return _DIRECTIONS[axis][int(offset[axis] > 0)]


def _span(apart: np.ndarray, peak: int) -> tuple[int, int]:
    """Find the first and the last frame around a peak that are nearly as high."""
    low = np.flatnonzero(apart < _LASTING * apart[peak])
    return (
        int(low[low < peak].max(initial=-1)) + 1,
        int(low[low > peak].min(initial=len(apart))) - 1,
    )


def _frame_rate(clip: PoseNormResult) -> float:
    if clip.frame_times is None or len(clip) < 2:
        return _USUAL_FPS
    return float(1 / np.diff(clip.frame_times).mean())
