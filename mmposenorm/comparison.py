"""Two persons' clips compared: which frames answer which, and where they differ.

``Ta`` and ``Tb`` frames of clips A and B, ``L`` pairs of frames on the path.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from mmposenorm.alignment import Alignment, align
from mmposenorm.differences import Difference, find_differences, limb_distances
from mmposenorm.pose_result import PoseNormResult

# Follows changes of speed best where poses are noisy; see `align`.
_DIAGONAL_WEIGHT = 1.5
# Pairs of frames beyond which `align` must do without the matrix, of 8 bytes each.
_LARGEST_MATRIX = 25_000_000


@dataclass(frozen=True, eq=False)
class Comparison:
    """How clip B answers clip A.

    Args:
        alignment: Which frames answer which; frames in which the person is not seen
            are unmatched.
        limb_distances: How far each limb is apart in each pair of the path, in metres,
            (L, 6), in the order of LIMBS; NaN where it was not seen.
        differences: Where the clips differ most, largest first.
        settings: What was asked for.
    """

    alignment: Alignment
    limb_distances: np.ndarray = field(repr=False)
    differences: tuple[Difference, ...]
    settings: dict


def compare_clips(
    clip_a: PoseNormResult,
    clip_b: PoseNormResult,
    features: Literal['normalized', 'features'] | None = None,
    mode: Literal['dtw', 'nn', 'subsequence'] = 'dtw',
    open_ends: bool = True,
) -> Comparison:
    """Align two clips and find the moments and limbs that differ most.

    Args:
        clip_a: A person in a clip.
        clip_b: A person in another.
        features: What tells frames apart: ``'normalized'`` poses or pose
            ``'features'``; the latter if both clips have them and nothing is said.
        mode: See :func:`mmposenorm.align`.
        open_ends: Whether either clip may begin or end before the other; for
            ``'dtw'`` only.

    Returns:
        The comparison.

    Raises:
        ValueError: If features are asked for that the clips do not have, or a clip
            has no frame in which the person is seen.
    """
    if features is None:
        has_features = clip_a.has_features and clip_b.has_features
        features = 'features' if has_features else 'normalized'
    settings = {'features': features, 'mode': mode}
    options = {}
    if mode != 'nn':
        options['diagonal_weight'] = _DIAGONAL_WEIGHT
    if mode == 'dtw':
        options |= {'open_begin': open_ends, 'open_end': open_ends}
    frames = [_seen_frames('ab'[i], clip) for i, clip in enumerate((clip_a, clip_b))]
    described = [
        describe_frames(clip, features)[seen]
        for clip, seen in zip((clip_a, clip_b), frames, strict=True)
    ]
    alignment = align(
        *described,
        mode=mode,
        low_memory=len(frames[0]) * len(frames[1]) > _LARGEST_MATRIX,
        **options,
    )
    alignment = _on_all_frames(alignment, frames, len(clip_a), len(clip_b))
    return Comparison(
        alignment=alignment,
        limb_distances=limb_distances(clip_a, clip_b, alignment.path),
        differences=find_differences(clip_a, clip_b, alignment),
        settings=settings | options,
    )


def describe_frames(clip: PoseNormResult, features: str) -> np.ndarray:
    """Give what tells the frames of a clip apart.

    Args:
        clip: The clip.
        features: ``'normalized'`` or ``'features'``.

    Returns:
        Normalized poses, (T, 17, 3), or pose features, (T, E).

    Raises:
        ValueError: If it has no features.
    """
    if features == 'normalized':
        return clip.normalized_poses
    if features != 'features':
        raise ValueError(
            f"features must be 'normalized' or 'features', but is {features!r}."
        )
    if not clip.has_features:
        raise ValueError(
            "features is 'features', but the checkpoint holds no PoseEmbedder. Use "
            "'normalized', or give a checkpoint of a PoseEmbedder."
        )
    return clip.pose_features


def _seen_frames(name: str, clip: PoseNormResult) -> np.ndarray:
    frames = np.flatnonzero((clip.keypoints_visible > 0).any(axis=1))
    if not len(frames):
        raise ValueError(
            f'clip_{name} has no frame in which a keypoint is seen. Check its '
            'visibility, and that the whole body is in the picture.'
        )
    return frames


def _on_all_frames(
    alignment: Alignment, frames: Sequence[np.ndarray], length_a: int, length_b: int
) -> Alignment:
    """Number an alignment of the frames that were seen by all frames again."""
    frames_a, frames_b = frames
    path = np.stack([frames_a[alignment.path[:, 0]], frames_b[alignment.path[:, 1]]], 1)
    matches = np.full(length_a, -1)
    found = alignment.matches >= 0
    matches[frames_a[found]] = frames_b[alignment.matches[found]]
    match_distances = np.full(length_a, np.nan, np.float32)
    match_distances[frames_a] = alignment.match_distances
    return replace(
        alignment,
        path=path,
        matches=matches,
        match_distances=match_distances,
        unmatched_a=np.setdiff1d(np.arange(length_a), path[:, 0]),
        unmatched_b=np.setdiff1d(np.arange(length_b), path[:, 1]),
    )
