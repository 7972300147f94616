"""Filling in missing joints, for methods that need all of them, and removing joints.

One clip at a time, in NumPy. ``T`` frames, 17 keypoints in Human3.6M's order.
"""

from typing import Any
from zlib import crc32

import numpy as np

from mmposenorm.fields import Seed, Share
from mmposenorm.registry import TRANSFORMS
from mmposenorm.skeletons import (
    H36M_KEYPOINTS,
    H36M_MIRRORED,
    H36M_PARENTS,
    MIN_VISIBLE,
)
from mmposenorm.transforms.base import ClipTransform

# The joints between which a joint is placed if it is never seen.
_BETWEEN = {
    'root': ('left_hip', 'right_hip'),
    'thorax': ('left_shoulder', 'right_shoulder'),
    'spine': ('root', 'thorax'),
    'neck_base': ('thorax', 'head'),
}


def fill_gaps(keypoints: np.ndarray, visible: np.ndarray) -> np.ndarray:
    """Fill in the joints that were not seen.

    A joint is interpolated linearly between the frames in which it was seen, and stays
    where it was before the first and after the last of them. A joint that was never
    seen is placed on its counterpart on the other side, as in a side view; if it has
    none, between others (root: hips, thorax: shoulders, spine: root and thorax, neck
    base: thorax and head); else on its parent.

    Args:
        keypoints: Image positions in any unit, (T, 17, 2).
        visible: Confidence in [0, 1], (T, 17); below ``MIN_VISIBLE`` is not seen.

    Returns:
        Complete positions, (T, 17, 2) float32; zeros if nothing was ever seen.

    Source:
        Joints between others are placed as in usual conversions from Penn Action's
        joints to Human3.6M's.
    """
    seen = visible >= MIN_VISIBLE
    known = seen.any(axis=0)
    filled = _interpolate(keypoints, seen)
    for joint in np.flatnonzero(~known & known[list(H36M_MIRRORED)]):
        filled[:, joint] = filled[:, H36M_MIRRORED[joint]]
        known[joint] = True
    if not known.any():
        return filled
    for name, ends in _BETWEEN.items():
        joint = H36M_KEYPOINTS.index(name)
        others = [H36M_KEYPOINTS.index(end) for end in ends]
        if not known[joint] and known[others].all():
            filled[:, joint] = filled[:, others].mean(axis=1)
            known[joint] = True
    if not known[0]:
        filled[:, 0] = filled[:, known].mean(axis=1)
    for joint, parent in enumerate(H36M_PARENTS):
        if parent >= 0 and not known[joint]:
            filled[:, joint] = filled[:, parent]
    return filled


def bridge_gaps(
    keypoints: np.ndarray, visible: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Fill in joints between the frames in which they were seen.

    There, a joint is interpolated linearly. It stays missing before the first and after
    the last of these frames, and if it was never seen.

    Args:
        keypoints: Image positions in any unit, (T, 17, 2).
        visible: Confidence in [0, 1], (T, 17); below ``MIN_VISIBLE`` is not seen.

    Returns:
        The positions, (T, 17, 2) float32, 0 where they are missing, and whether they
        are known, 0 or 1, (T, 17) float32.
    """
    seen = visible >= MIN_VISIBLE
    before = np.logical_or.accumulate(seen)
    after = np.logical_or.accumulate(seen[::-1])[::-1]
    known = before & after
    return _interpolate(keypoints, seen) * known[..., None], known.astype(np.float32)


def _interpolate(keypoints: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Interpolate joints between the frames in which they were seen; 0 if never."""
    filled, frames = np.zeros(keypoints.shape, np.float32), np.arange(len(seen))
    for joint in np.flatnonzero(seen.any(axis=0)):
        where = np.flatnonzero(seen[:, joint])
        for axis in range(2):
            known = keypoints[where, joint, axis]
            filled[:, joint, axis] = np.interp(frames, where, known)
    return filled


@TRANSFORMS.register_module()
class FillGaps(ClipTransform):
    """Fill in all missing joints by :func:`fill_gaps` and mark them as seen.

    For methods that need complete poses. Required and modified keys: keypoints,
    keypoints_visible.
    """

    def __call__(self, results: dict[str, Any]) -> dict[str, Any]:
        """Complete the poses of a clip."""
        visible = results['keypoints_visible']
        return results | {
            'keypoints': fill_gaps(results['keypoints'], visible),
            'keypoints_visible': np.ones_like(visible),
        }


@TRANSFORMS.register_module()
class BridgeGaps(ClipTransform):
    """Fill in joints between frames in which they were seen, by :func:`bridge_gaps`.

    For networks that know which joints are missing. Required and modified keys:
    keypoints, keypoints_visible.
    """

    def __call__(self, results: dict[str, Any]) -> dict[str, Any]:
        """Interpolate the joints of a clip."""
        keypoints, visible = bridge_gaps(
            results['keypoints'], results['keypoints_visible']
        )
        return results | {'keypoints': keypoints, 'keypoints_visible': visible}


@TRANSFORMS.register_module()
class RemoveJoints(ClipTransform):
    """Remove joints, to test how well a method works without them.

    For each joint of a clip, runs of frames are drawn in which it is missing. The draws
    depend on seed and clip alone, so all methods lose the same joints.

    Required keys: clip_id, keypoints, keypoints_visible. Modified keys: keypoints (0
    where removed), keypoints_visible.

    Args:
        share: Share of all joints and frames that is removed.
        stretch: Number of frames of a run; the whole clip if None.
        seed: Seed of the draws.

    Raises:
        ValueError: If ``share`` is not in [0, 1), or ``stretch`` is below 1.
    """

    def __init__(self, share: Share, stretch: int | None = 15, seed: Seed = 0) -> None:
        if not 0 <= share < 1 or (stretch is not None and stretch < 1):
            raise ValueError(
                'share must be in [0, 1) and stretch at least 1 or None, but they are '
                f'{share} and {stretch}. Check RemoveJoints in your config.'
            )
        self.share = share
        self.stretch = stretch
        self.seed = seed

    def __call__(self, results: dict[str, Any]) -> dict[str, Any]:
        """Remove joints of a clip."""
        visible = results['keypoints_visible']
        generator = np.random.default_rng(
            (self.seed, crc32(results['clip_id'].encode()))
        )
        count, joints = visible.shape
        if self.stretch is None:
            removed = np.tile(generator.random(joints) < self.share, (count, 1))
        else:
            # Runs begin anywhere, so the first may be cut short.
            number = np.arange(count)[:, None] + generator.integers(
                self.stretch, size=joints
            )
            drawn = generator.random((count // self.stretch + 2, joints)) < self.share
            removed = np.take_along_axis(drawn, number // self.stretch, axis=0)
        return results | {
            'keypoints': np.where(removed[..., None], 0, results['keypoints']),
            'keypoints_visible': np.where(removed, 0, visible),
        }
