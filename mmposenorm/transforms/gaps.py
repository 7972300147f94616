"""Joints that are not seen: made up for methods that need them all, or taken away.

One clip at a time, in NumPy. ``T`` frames, 17 keypoints in Human3.6M's order.
"""

from typing import Any
from zlib import crc32

import numpy as np

from mmposenorm.registry import TRANSFORMS
from mmposenorm.skeletons import (
    H36M_KEYPOINTS,
    H36M_MIRRORED,
    H36M_PARENTS,
    MIN_VISIBLE,
)
from mmposenorm.transforms.base import ClipTransform

# A joint that is never seen: the middle of these.
_BETWEEN = {
    'root': ('left_hip', 'right_hip'),
    'thorax': ('left_shoulder', 'right_shoulder'),
    'spine': ('root', 'thorax'),
    'neck_base': ('thorax', 'head'),
}


def fill_gaps(keypoints: np.ndarray, visible: np.ndarray) -> np.ndarray:
    """Make up the joints that were not seen.

    Between the frames in which it was seen a joint moves evenly, and before and after
    them it stands still. A joint that was never seen is the middle of others (root and
    thorax of hips and shoulders, spine of root and thorax, neck base of thorax and
    head); else it lies on its counterpart on the other side, as in a side view; else
    on the next joint towards the root.

    Args:
        keypoints: Image positions in any unit, (T, 17, 2).
        visible: Confidence in [0, 1], (T, 17); below ``MIN_VISIBLE`` is not seen.

    Returns:
        Complete positions, (T, 17, 2) float32; zeros if nothing was ever seen.

    Source:
        The joints between others: how Penn Action's are usually turned into
        Human3.6M's.
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
    """Make up the joints that were not seen for a while only.

    Between the frames in which it was seen a joint moves evenly. Nothing is made up
    before the first and after the last of them, nor for joints that were never seen.

    Args:
        keypoints: Image positions in any unit, (T, 17, 2).
        visible: Confidence in [0, 1], (T, 17); below ``MIN_VISIBLE`` is not seen.

    Returns:
        The positions, (T, 17, 2) float32, 0 where they are not known, and whether they
        are, 0 or 1, (T, 17) float32.
    """
    seen = visible >= MIN_VISIBLE
    before = np.logical_or.accumulate(seen)
    after = np.logical_or.accumulate(seen[::-1])[::-1]
    known = before & after
    return _interpolate(keypoints, seen) * known[..., None], known.astype(np.float32)


def _interpolate(keypoints: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Let joints move evenly between sightings; zeros if there are none."""
    filled, frames = np.zeros(keypoints.shape, np.float32), np.arange(len(seen))
    for joint in np.flatnonzero(seen.any(axis=0)):
        where = np.flatnonzero(seen[:, joint])
        for axis in range(2):
            known = keypoints[where, joint, axis]
            filled[:, joint, axis] = np.interp(frames, where, known)
    return filled


@TRANSFORMS.register_module()
class FillGaps(ClipTransform):
    """Make up what was not seen, by :func:`fill_gaps`, and say that it was seen.

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
    """Make up what was not seen for a while, by :func:`bridge_gaps`.

    For networks that are told what is missing: they need not be told of what can be
    known. Required and modified keys: keypoints, keypoints_visible.
    """

    def __call__(self, results: dict[str, Any]) -> dict[str, Any]:
        """Complete the joints of a clip as far as others of its frames show them."""
        keypoints, visible = bridge_gaps(
            results['keypoints'], results['keypoints_visible']
        )
        return results | {'keypoints': keypoints, 'keypoints_visible': visible}


@TRANSFORMS.register_module()
class RemoveJoints(ClipTransform):
    """Take joints away, to see what is left of a method without them.

    For each joint of a clip, stretches of time are drawn in which it is not seen, with
    seed and clip alone deciding which: all methods lose the same.

    Required keys: clip_id, keypoints, keypoints_visible. Modified keys: keypoints (0
    where removed), keypoints_visible.

    Args:
        share: Share of all joints and frames that is removed.
        stretch: Frames of a stretch; the whole clip if None.
        seed: Start of the draws.

    Raises:
        ValueError: If the share is not in [0, 1), or a stretch has no frame.
    """

    def __init__(self, share: float, stretch: int | None = 15, seed: int = 0) -> None:
        if not 0 <= share < 1 or (stretch is not None and stretch < 1):
            raise ValueError(
                'share must lie in [0, 1) and stretch be at least 1, but they are '
                f'{share} and {stretch}.'
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
            # Stretches begin anywhere, so that the first may be cut short.
            number = np.arange(count)[:, None] + generator.integers(
                self.stretch, size=joints
            )
            drawn = generator.random((count // self.stretch + 2, joints)) < self.share
            removed = np.take_along_axis(drawn, number // self.stretch, axis=0)
        return results | {
            'keypoints': np.where(removed[..., None], 0, results['keypoints']),
            'keypoints_visible': np.where(removed, 0, visible),
        }
