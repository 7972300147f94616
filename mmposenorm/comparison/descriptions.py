"""The vectors by which the frames of two clips are compared."""

from typing import Literal

import numpy as np

from mmposenorm.geometry.descriptors import limb_directions
from mmposenorm.pose_result import PoseNormResult


def common_features(
    clip_a: PoseNormResult, clip_b: PoseNormResult
) -> Literal['normalized', 'features']:
    """Tell what two clips can best be compared by, see :func:`describe_frames`."""
    return 'features' if clip_a.has_features and clip_b.has_features else 'normalized'


def describe_frames(clip: PoseNormResult, features: str) -> np.ndarray:
    """Describe the frames of a clip by vectors that can be compared.

    Args:
        clip: The clip.
        features: ``'normalized'``: the :func:`limb_directions
            <mmposenorm.geometry.descriptors.limb_directions>` of the normalized pose,
            shortened where they are uncertain, and the up direction. ``'features'``:
            the pose features.

    Returns:
        (T, 30) or (T, E).

    Raises:
        ValueError: If features are requested but the clip has none.
    """
    if features == 'normalized':
        directions = limb_directions(clip.normalized_poses, clip.direction_sigma)
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
