"""Compare the clips of two people: which frames match, and where they differ.

Dimensions: ``Ta`` and ``Tb`` frames of clips A and B, ``L`` pairs on the path.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from mmposenorm.alignment import Alignment, adapt_features, align
from mmposenorm.alignment.distances import pair_distances
from mmposenorm.comparison.differences import (
    Difference,
    find_differences,
    limb_distances,
)
from mmposenorm.geometry.descriptors import limb_directions
from mmposenorm.pose_result import PoseNormResult

# Follows changes of speed best where poses are noisy; see `align`.
_DIAGONAL_WEIGHT = 1.5
# With more pairs of frames, `align` does without the matrix, which takes 8 bytes each.
_LARGEST_MATRIX = 25_000_000


@dataclass(frozen=True, eq=False)
class Comparison:
    """How clip B compares with clip A.

    Args:
        alignment: Which frames match. Frames in which the person is not seen are
            unmatched. Its distances are those between rows of ``described``.
        described: The descriptors by which the frames of A and of B were compared,
            (Ta, E) and (Tb, E); NaN where the person is not seen.
        pose_distances: Mean distance between the keypoints of the two normalized poses
            of each pair, in metres, (L,).
        limb_distances: Distance of each limb in each pair, in metres, (L, 6), in the
            order of LIMBS; NaN where the limb is not seen.
        differences: Where the clips differ most, largest first.
        settings: The options of the comparison.
    """

    alignment: Alignment
    described: tuple[np.ndarray, np.ndarray] = field(repr=False)
    pose_distances: np.ndarray = field(repr=False)
    limb_distances: np.ndarray = field(repr=False)
    differences: tuple[Difference, ...]
    settings: dict


def compare_clips(
    clip_a: PoseNormResult,
    clip_b: PoseNormResult,
    features: Literal['normalized', 'features'] = 'normalized',
    mode: Literal['dtw', 'nn', 'subsequence'] = 'dtw',
    open_ends: bool = True,
    low_memory: bool = False,
) -> Comparison:
    """Align two clips and find the moments and limbs that differ most.

    Args:
        clip_a: A person in a clip.
        clip_b: A person in another.
        features: What frames are compared by: ``'normalized'`` poses or pose
            ``'features'``, both adapted to the two clips
            (:func:`mmposenorm.alignment.adapt_features`).
        mode: See :func:`mmposenorm.align`.
        open_ends: Whether either clip may begin or end before the other.
        low_memory: See :func:`mmposenorm.align`. Very long clips always use it.

    Returns:
        The comparison.

    Raises:
        ValueError: If the clips do not have the requested features, or a clip has no
            frame in which the person is seen.
    """
    settings = {'features': features, 'mode': mode}
    options: dict[str, Any] = {}
    if mode != 'nn':
        options['diagonal_weight'] = _DIAGONAL_WEIGHT
    if mode == 'dtw':
        options |= {'open_begin': open_ends, 'open_end': open_ends}
    clips = clip_a, clip_b
    frames = [_seen_frames('ab'[i], clip) for i, clip in enumerate(clips)]
    described = [
        describe_frames(clip, features)[seen]
        for clip, seen in zip(clips, frames, strict=True)
    ]
    adapted_a, adapted_b = adapt_features(*described, open_ends=open_ends)
    is_long = len(frames[0]) * len(frames[1]) > _LARGEST_MATRIX
    low_memory = low_memory or is_long
    alignment = align(adapted_a, adapted_b, mode=mode, low_memory=low_memory, **options)
    alignment = _on_all_frames(alignment, frames, len(clip_a), len(clip_b))
    of_a, of_b = alignment.path.T
    return Comparison(
        alignment=alignment,
        described=(
            _spread(adapted_a, frames[0], len(clip_a)),
            _spread(adapted_b, frames[1], len(clip_b)),
        ),
        pose_distances=pair_distances(
            clip_a.normalized_poses[of_a], clip_b.normalized_poses[of_b]
        ),
        limb_distances=limb_distances(clip_a, clip_b, alignment.path),
        differences=find_differences(clip_a, clip_b, alignment),
        settings=settings | options,
    )


def fits_better_mirrored(
    clip_a: PoseNormResult,
    mirrored_a: PoseNormResult,
    clip_b: PoseNormResult,
    features: Literal['normalized', 'features'] = 'normalized',
) -> bool:
    """Tell whether the mirrored clip A is closer to clip B than clip A itself.

    Args:
        clip_a: A person in a clip.
        mirrored_a: The same clip mirrored by
            :func:`mmposenorm.comparison.mirroring.mirror_result`.
        clip_b: A person in another clip.
        features: See :func:`compare_clips`.

    Returns:
        Whether the path of the mirrored clip is the cheaper one.

    Raises:
        ValueError: As :func:`compare_clips`.
    """
    seen_a, seen_b = _seen_frames('a', clip_a), _seen_frames('b', clip_b)
    # Not adapted to B, which would bring both equally close to it.
    return align(
        describe_frames(clip_a, features)[seen_a],
        describe_frames(clip_b, features)[seen_b],
        mirrored_a=describe_frames(mirrored_a, features)[seen_a],
        open_begin=True,
        open_end=True,
        low_memory=len(seen_a) * len(seen_b) > _LARGEST_MATRIX,
    ).mirrored


def describe_frames(clip: PoseNormResult, features: str) -> np.ndarray:
    """Describe the frames of a clip by vectors that can be compared.

    Args:
        clip: The clip.
        features: ``'normalized'``: the :func:`limb_directions
            <mmposenorm.geometry.descriptors.limb_directions>` of the normalized pose
            and the up direction. ``'features'``: the pose features.

    Returns:
        (T, 30) or (T, E).

    Raises:
        ValueError: If features are requested but the clip has none.
    """
    if features == 'normalized':
        directions = limb_directions(clip.normalized_poses)
        return np.concatenate([directions, clip.body_up], axis=1)
    if features != 'features':
        raise ValueError(
            f"features must be 'normalized' or 'features', but is {features!r}."
        )
    if not clip.has_features:
        raise ValueError(
            "features='features' needs pose features, but the checkpoint holds no "
            "pose embedder. Use 'normalized', or a checkpoint with a pose embedder."
        )
    return clip.pose_features


def _seen_frames(name: str, clip: PoseNormResult) -> np.ndarray:
    frames = np.flatnonzero((clip.keypoints_visible > 0).any(axis=1))
    if not len(frames):
        raise ValueError(
            f'clip_{name} has no frame in which a keypoint is seen. Check '
            'keypoints_visible, and that the whole body is in the picture.'
        )
    return frames


def _spread(values: np.ndarray, frames: np.ndarray, length: int) -> np.ndarray:
    """Place the values of some frames among all frames, with NaN elsewhere."""
    spread = np.full((length, *values.shape[1:]), np.nan, np.float32)
    spread[frames] = values
    return spread


def _on_all_frames(
    alignment: Alignment, frames: Sequence[np.ndarray], length_a: int, length_b: int
) -> Alignment:
    """Convert an alignment of the seen frames to the numbers of all frames."""
    frames_a, frames_b = frames
    path = np.stack([frames_a[alignment.path[:, 0]], frames_b[alignment.path[:, 1]]], 1)
    matches = np.full(length_a, -1)
    found = alignment.matches >= 0
    matches[frames_a[found]] = frames_b[alignment.matches[found]]
    return replace(
        alignment,
        path=path,
        matches=matches,
        match_distances=_spread(alignment.match_distances, frames_a, length_a),
        unmatched_a=np.setdiff1d(np.arange(length_a), path[:, 0]),
        unmatched_b=np.setdiff1d(np.arange(length_b), path[:, 1]),
    )
