"""Are two clips alike at all? Said before anything that differs between them.

The limits were chosen on pairs of Penn Action and of motion capture, seen by a detector
from several sides, so that few pairs that show the same action are called unlike: of
Penn Action, 2 in 100 by pose features and 3 in 100 by poses. Many unlike pairs are then
called alike or partly so; docs/results/comparisons.md tells how many.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.ndimage import uniform_filter1d
from scipy.spatial.distance import cdist

from mmposenorm.comparison.angle_curves import frame_rate
from mmposenorm.comparison.descriptions import common_features, describe_frames
from mmposenorm.pose_result import PoseNormResult

# Distance of the clips (see Verdict) above which they are not alike, by what frames are
# described by. A second whose mean distance from the nearest frame is above it is not.
_LIMITS = {'features': 1.08, 'normalized': 3.0}
_PERCENTILE = 90
_SMOOTHED = 1.0  # seconds
# Shares of A's frames that are alike, between which clips are so in parts.
_UNLIKE, _ALIKE = 0.25, 0.9
_CLEARLY = 0.9  # a mirrored clip must be nearer by a tenth
_LEAST_SEEN = 0.5  # share of the joints of arms and legs
_LIMB_KEYPOINTS = {'legs': [2, 3, 5, 6], 'arms': [12, 13, 15, 16]}
_HARDLY = 0.1  # share of the joints of arms, or of legs
_MOST_FRAMES = 2000


@dataclass(frozen=True)
class Verdict:
    """Whether two clips show the same action.

    Args:
        kind: ``'alike'``; ``'partly'``: some spans are; ``'mirrored'``: they are if one
            is mirrored; ``'not alike'``; or ``'uncertain'``: too little was seen to
            tell.
        distance: 90th percentile of the distances of one clip's frames from the nearest
            frame of the other, of the clip for which it is larger; without unit. Of the
            mirrored clip A for ``'mirrored'``.
        limit: Distance above which clips are not alike.
        seen: Share of the joints of arms and legs that were seen, in the clip in which
            fewer were. Only of the arms if one clip hardly shows legs, as from the
            waist up; only of the legs if one hardly shows arms.
        spans_a: First and last frame of each span of A that has its like in B.
    """

    kind: Literal['alike', 'partly', 'mirrored', 'not alike', 'uncertain']
    distance: float
    limit: float
    seen: float
    spans_a: tuple[tuple[int, int], ...]

    def without(self, spans_a: Sequence[tuple[int, int]]) -> 'Verdict':
        """Remove spans of A from those that have their like in B.

        A frame may have its like somewhere in B although the path finds that B lacks
        the movement to which it belongs.
        """
        if not spans_a:
            return self
        alike = np.zeros(1 + max((last for _, last in self.spans_a), default=0), bool)
        for first, last in self.spans_a:
            alike[first : last + 1] = True
        for first, last in spans_a:
            alike[first : last + 1] = False
        return replace(self, spans_a=_runs(alike))


def judge(
    clip_a: PoseNormResult,
    clip_b: PoseNormResult,
    mirror: Callable[[], PoseNormResult | None] | None = None,
) -> Verdict:
    """Judge whether two clips show the same action.

    Frames are compared by pose features if both clips have them, else by limb
    directions and ``body_up``.

    Args:
        clip_a: The first clip; the person must be seen in at least one frame.
        clip_b: The second clip, likewise.
        mirror: Function that returns clip A mirrored, or None if it cannot be
            mirrored. It is called only if the clips are not alike without it. Without
            this function, ``'mirrored'`` is never the verdict.

    Returns:
        The verdict.
    """
    kind = common_features(clip_a, clip_b)
    limit = _LIMITS[kind]
    seen = _share_seen(clip_a, clip_b)
    apart, of_a = _distance(clip_a, clip_b, kind)
    window = max(1, round(_SMOOTHED * frame_rate(clip_a.frame_times)))
    alike = uniform_filter1d(of_a, window, mode='nearest') <= limit
    spans = _spans(_seen_frames(clip_a), alike, len(clip_a))
    if seen < _LEAST_SEEN:
        return Verdict('uncertain', apart, limit, seen, spans)
    if apart <= limit:
        return Verdict('alike', apart, limit, seen, spans)
    mirrored_a = None if mirror is None else mirror()
    if mirrored_a is not None:
        apart_mirrored, _ = _distance(mirrored_a, clip_b, kind)
        if apart_mirrored <= min(limit, _CLEARLY * apart):
            return Verdict('mirrored', apart_mirrored, limit, seen, ())
    if _UNLIKE < alike.mean() < _ALIKE:
        return Verdict('partly', apart, limit, seen, spans)
    return Verdict('not alike', apart, limit, seen, spans)


def _share_seen(*clips: PoseNormResult) -> float:
    """Share of the joints seen in the clip in which fewer were; see Verdict."""
    shares = np.array(
        [
            [
                (clip.keypoints_visible[:, k] > 0).mean()
                for k in _LIMB_KEYPOINTS.values()
            ]
            for clip in clips
        ]
    )
    shown = shares.min(axis=0) >= _HARDLY
    return float(shares[:, shown].mean(axis=1).min()) if shown.any() else 0.0


def _distance(
    clip_a: PoseNormResult, clip_b: PoseNormResult, kind: str
) -> tuple[float, np.ndarray]:
    """Distance of two clips, and of each seen frame of A from the nearest of B."""
    described = [
        describe_frames(clip, kind)[_seen_frames(clip)] for clip in (clip_a, clip_b)
    ]
    nearest = [_nearest(described[i], described[1 - i]) for i in range(2)]
    return max(float(np.percentile(some, _PERCENTILE)) for some in nearest), nearest[0]


def _seen_frames(clip: PoseNormResult) -> np.ndarray:
    return np.flatnonzero(clip.keypoints_visible.any(axis=1))


def _nearest(frames: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Distance of each frame from the nearest of others, which are thinned out."""
    others = others[:: 1 + len(others) // _MOST_FRAMES]
    chunks = np.array_split(frames, 1 + len(frames) // _MOST_FRAMES)
    return np.concatenate([cdist(chunk, others).min(axis=1) for chunk in chunks])


def _spans(
    frames: np.ndarray, alike: np.ndarray, length: int
) -> tuple[tuple[int, int], ...]:
    """First and last frame of each run of alike frames."""
    mask = np.zeros(length, bool)
    mask[frames[alike]] = True
    return _runs(mask)


def _runs(mask: np.ndarray) -> tuple[tuple[int, int], ...]:
    """First and last index of each run of True."""
    edges = np.flatnonzero(np.diff(np.pad(mask, 1))).reshape(-1, 2)
    return tuple((int(start), int(end) - 1) for start, end in edges)
