"""Pose errors as pure functions, in millimetres.

Poses are (..., K, 3) in metres. Each function returns one number for each pose, in
float64; tables report the mean over all frames.
"""

import numpy as np
import torch

from mmposenorm.geometry.procrustes import procrustes_align

MM_PER_METRE = 1000.0


def mpjpe(pred: np.ndarray, target: np.ndarray) -> np.ndarray:
    r"""Mean distance between the joints of two poses (MPJPE, Protocol #1).

    .. math:: \frac{1000}{K} \sum_k \lVert \hat p_k - p_k \rVert

    The poses are compared as they are. The papers first move both to their root.

    Args:
        pred: Predicted joint positions in metres, (..., K, 3).
        target: True joint positions in the same frame, in metres, (..., K, 3).

    Returns:
        Mean joint distance of each pose in millimetres, (...).

    Raises:
        ValueError: If the shapes differ or a coordinate is not finite.

    Source:
        Paper section 4.1.
    """
    return _mean_distance(pred=pred, target=target)


def p_mpjpe(pred: np.ndarray, target: np.ndarray) -> np.ndarray:
    """MPJPE after each pose is turned, moved and scaled onto its target (Protocol #2).

    Args:
        pred: Predicted joint positions in metres, (..., K, 3).
        target: True joint positions in metres, any frame, (..., K, 3).

    Returns:
        Mean joint distance of each aligned pose in millimetres, (...).

    Raises:
        ValueError: If the shapes differ or a coordinate is not finite.
    """
    pred, target = _checked(pred=pred, target=target)
    aligned = procrustes_align(torch.from_numpy(pred), torch.from_numpy(target)).numpy()
    # A pose collapsed into one point cannot be scaled; its best fit is the centroid.
    middle = target.mean(axis=-2, keepdims=True)
    aligned = np.where(np.isnan(aligned), middle, aligned)
    return _mean_distance(aligned=aligned, target=target)


def normalized_error(pred: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Mean joint distance between predicted and true normalized poses.

    Args:
        pred: Predicted normalized poses in metres, (..., K, 3).
        target: True normalized poses on the same condition skeleton, from
            :func:`mmposenorm.geometry.normalization.normalize_keypoints_3d`, in metres,
            (..., K, 3).

    Returns:
        Mean joint distance of each pose in millimetres, (...).

    Raises:
        ValueError: If the shapes differ or a coordinate is not finite.

    Source:
        Not in the paper, which takes normalized poses to have no ground truth. The
        closed form gives one.
    """
    return _mean_distance(pred=pred, target=target)


def delta_mpjpe(output: np.ndarray, output_scaled: np.ndarray) -> np.ndarray:
    """How far a model's output moves when the bones of the input change in length.

    Args:
        output: 3D poses that a model predicts for a clip, in metres, (..., K, 3).
        output_scaled: Its predictions for the same motion on a body whose bones are
            scaled, in metres, (..., K, 3).

    Returns:
        Mean joint distance of each pair of poses in millimetres, (...).

    Raises:
        ValueError: If the shapes differ or a coordinate is not finite.

    Source:
        Paper section 4.1 and Figure 5. The paper does not say which skeleton the
        outputs have; on one fixed skeleton the distance is pure drift of rotations.
    """
    return _mean_distance(output=output, output_scaled=output_scaled)


def consistency_error(poses: np.ndarray) -> np.ndarray:
    """Mean distance between the poses predicted for renderings of one motion.

    Args:
        poses: Normalized poses of one motion, seen from V views or on V bodies, in
            metres, (V, ..., K, 3), V >= 2.

    Returns:
        Mean joint distance over all pairs of renderings, in millimetres, (...).

    Raises:
        ValueError: If there are fewer than two renderings or a coordinate is not
            finite.
    """
    (poses,) = _checked(poses=poses)
    if poses.ndim < 3 or len(poses) < 2:
        raise ValueError(
            f'poses has shape {poses.shape}; expected (V, ..., K, 3) with at least '
            'two renderings V of one motion.'
        )
    first, second = np.triu_indices(len(poses), k=1)
    return _mean_distance(one=poses[first], other=poses[second]).mean(axis=0)


def _mean_distance(**two_poses: np.ndarray) -> np.ndarray:
    one, other = _checked(**two_poses)
    return MM_PER_METRE * np.linalg.norm(one - other, axis=-1).mean(axis=-1)


def _checked(**poses: np.ndarray) -> list[np.ndarray]:
    """Return the poses as float64, or raise an error that names the wrong one."""
    arrays = {name: np.asarray(pose, dtype=np.float64) for name, pose in poses.items()}
    expected = None
    for name, array in arrays.items():
        if array.ndim < 2 or array.shape[-1] != 3 or 0 in array.shape:
            raise ValueError(
                f'{name} has shape {array.shape}; expected (..., K, 3), the positions '
                'of K joints in metres, and at least one pose.'
            )
        if expected not in (None, array.shape):
            raise ValueError(
                f'{" and ".join(arrays)} must have the same shape, but have {expected} '
                f'and {array.shape}. Compare the same frames and joints.'
            )
        expected = array.shape
        if not np.isfinite(array).all():
            where = tuple(np.argwhere(~np.isfinite(array))[0].tolist())
            raise ValueError(
                f'{name} must be finite, but is {array[where]} at index {where} and '
                f'not finite at {(~np.isfinite(array)).sum()} places in all.'
            )
    return list(arrays.values())
