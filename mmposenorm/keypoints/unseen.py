"""Which keypoints were not seen, and what unit the others are in."""

import numpy as np
from numpy.typing import ArrayLike

from mmposenorm.keypoints.messages import warn
from mmposenorm.skeletons import MIN_VISIBLE

# Coordinates count as fractions if so many lie in the range and none is farther from
# it than its width: MediaPipe guesses joints beyond the image.
_SHARE_IN_RANGE = 0.9
# A joint rests on the border if it has the same extreme coordinate in this share of
# the frames, and in as many at least.
_LEAST_CLAMPED_SHARE, _LEAST_CLAMPED = 0.1, 5
# Coordinates are relative to a point of the body if this share of them is negative,
# and if the body lies around the origin in this share of the frames.
_NEGATIVE_SHARE, _CENTRED_SHARE = 0.1, 0.8


def hide_unseen(
    keypoints: ArrayLike, visible: ArrayLike | None
) -> tuple[np.ndarray, np.ndarray]:
    """Mark as unseen what is written as a missing joint.

    That is NaN, infinite or masked; (-1, -1); and (0, 0), except a joint from which
    the others are measured, as in keypoints relative to the hips.

    Args:
        keypoints: (T, K, 2).
        visible: (T, K); all seen if not given.

    Returns:
        keypoints: (T, K, 2) float32, a copy; 0 where it was not finite.
        visible: (T, K) float32, a copy.
    """
    points = np.ma.getdata(np.ma.asarray(keypoints)).astype(np.float32)
    missing = np.ma.getmaskarray(np.ma.asarray(keypoints)).any(axis=-1)
    missing |= ~np.isfinite(points).all(axis=-1)
    points[missing] = 0
    if visible is None:
        visible = np.ones(points.shape[:2])
    visible = np.array(visible, np.float32)
    missing |= (points == -1).all(axis=-1)
    at_zero = (points == 0).all(axis=-1)
    found = points[(visible > 0) & ~at_zero]
    if len(found) and ((found < 0).mean(axis=0) >= _NEGATIVE_SHARE).all():
        at_zero &= at_zero.mean(axis=0) < _CENTRED_SHARE
    visible[missing | at_zero] = 0
    return points, visible


def to_pixels(
    keypoints: np.ndarray,
    visible: np.ndarray,
    size: tuple[float, float] | None,
    are_fractions: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Turn fractions of the image into pixels, and hide what lies on its border.

    Args:
        keypoints: (T, K, 2): in pixels or any other unit; or from 0 to 1, or from -1
            to 1, over the width and over the height of the image.
        visible: (T, K).
        size: Width and height of the image, ``None`` if not known.
        are_fractions: Whether they are known to reach from 0 to 1; else it is told by
            the values.

    Returns:
        keypoints: (T, K, 2).
        visible: (T, K); 0 on the border of the image and beyond.

    Raises:
        ValueError: If coordinates are fractions and the size is not known, or it is
            not that of the image.
    """
    seen = visible >= MIN_VISIBLE
    found = keypoints[seen]
    if not len(found) or not np.ptp(found, axis=0).any():
        return keypoints, visible
    if are_fractions or _lie_between(found, 0, 1):
        return _from_fractions(keypoints, visible, size)
    if _lie_between(found, -1, 1) and not _is_centred(keypoints, seen):
        return _from_signed_fractions(keypoints, visible, size)
    if size is None:
        return keypoints, visible * ~_clamped(keypoints, seen)
    if (np.median(found, axis=0) > size).any():
        raise ValueError(
            f'Most keypoints lie outside of an image of {size[0]:g} x {size[1]:g} '
            f'pixels: x reaches {found[:, 0].max():.0f} and y {found[:, 1].max():.0f}. '
            'Check size.'
        )
    inside = ((keypoints > 0) & (keypoints < np.array(size) - 1)).all(axis=-1)
    return keypoints, visible * inside


def _from_fractions(
    keypoints: np.ndarray, visible: np.ndarray, size: tuple[float, float] | None
) -> tuple[np.ndarray, np.ndarray]:
    if size is None:
        raise ValueError(
            'All coordinates lie between 0 and 1, as fractions of the width and height '
            'of an image do, and its proportions are not known. Pass its size, (width, '
            'height) in pixels, in the demo as --size 1920x1080; or 1 and 1 if x and y '
            'are in the same unit.'
        )
    inside = ((keypoints > 0) & (keypoints < 1)).all(axis=-1)
    return keypoints * np.array(size, np.float32), visible * inside


def _lie_between(points: np.ndarray, low: float, high: float) -> bool:
    """Tell whether coordinates, (N, 2), fill a range but for some guesses beyond."""
    width = high - low
    if (points < low - width).any() or (points > high + width).any():
        return False
    inside = ((points >= low) & (points <= high)).all(axis=-1)
    return bool(inside.mean() >= _SHARE_IN_RANGE)


def _is_centred(keypoints: np.ndarray, seen: np.ndarray) -> bool:
    """Tell whether each pose lies around the origin, as if it were the hips."""
    frames = seen.any(axis=1)
    points = np.where(seen[..., None], keypoints, np.nan)[frames]
    low, high = np.nanmin(points, axis=1), np.nanmax(points, axis=1)
    return bool((((low <= 0) & (high >= 0)).all(axis=-1)).mean() >= _CENTRED_SHARE)


def _from_signed_fractions(
    keypoints: np.ndarray, visible: np.ndarray, size: tuple[float, float] | None
) -> tuple[np.ndarray, np.ndarray]:
    if size is None:
        warn(
            'All coordinates lie between -1 and 1. If x and y were divided by '
            'different numbers, such as the width and the height of the image, pass '
            'its size: poses are wrong otherwise.',
        )
        return keypoints, visible
    inside = (np.abs(keypoints) < 1).all(axis=-1)
    return (keypoints + 1) / 2 * np.array(size, np.float32), visible * inside


def _clamped(keypoints: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Find joints that slide along the border of an image of unknown size.

    They keep one coordinate, an extreme of the clip and a whole number, while their
    other coordinate and the other joints move.

    Args:
        keypoints: (T, K, 2).
        seen: (T, K) bool.

    Returns:
        (T, K) bool.
    """
    clamped = np.zeros(seen.shape, bool)
    least = max(_LEAST_CLAMPED, _LEAST_CLAMPED_SHARE * len(keypoints))
    for axis in (0, 1):
        values, others = keypoints[..., axis], keypoints[..., 1 - axis]
        moves = np.ptp(np.where(seen, values, values.mean(axis=0)), axis=0) > 0
        if (values[seen] == values[seen].round()).all() or moves.mean() < 0.5:
            continue  # in whole pixels, joints have the same coordinate by chance
        for extreme in (values[seen].min(), values[seen].max()):
            at_border = seen & (values == extreme)
            slides = [
                hits.sum() >= least
                and len(np.unique(along[hits])) > _LEAST_CLAMPED // 2
                for hits, along in zip(at_border.T, others.T, strict=True)
            ]
            if extreme == round(extreme):
                clamped |= at_border & np.array(slides)
    return clamped
