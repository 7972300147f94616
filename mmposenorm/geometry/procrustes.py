"""Procrustes alignment of point sets."""

import roma
from torch import Tensor


def procrustes_align(source: Tensor, target: Tensor, scale: bool = True) -> Tensor:
    """Move, turn and scale points to fit other points in the least-squares sense.

    Args:
        source: Points to move, (..., K, 3).
        target: Points to fit, (..., K, 3).
        scale: Whether scaling is allowed; if not, the motion is rigid.

    Returns:
        The moved source, (..., K, 3). It is never mirrored.
    """
    if not scale:
        rotation, translation = roma.rigid_points_registration(source, target)
        return source @ rotation.mT + translation[..., None, :]
    rotation, translation, factor = roma.rigid_points_registration(
        source, target, compute_scaling=True
    )
    turned = factor[..., None, None] * source @ rotation.mT
    return turned + translation[..., None, :]
