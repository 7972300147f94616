"""Transforms of one clip, in NumPy, where the data is loaded."""

from typing import Any

import numpy as np
import torch

from mmposenorm.registry import TRANSFORMS

_FRAME_KEYS = ('keypoints_world', 'keypoints', 'keypoints_visible')
_CLIP_KEYS = ('clip_id', 'subject', 'action', 'view', 'variant', 'fps')


@TRANSFORMS.register_module()
class RandomClip:
    """Take a window of fixed length around a drawn frame, played at a random speed.

    The window is moved inside the clip where it would reach over an end. Positions
    between two frames are interpolated linearly. ``fps`` stays: the window simply
    shows faster or slower motion. A clip that is too short to fill the window is
    played as slowly as it must.

    Required keys: keypoints_world, center_frame, random_number; keypoints and
    keypoints_visible if present. Modified keys: keypoints_world, keypoints,
    keypoints_visible. Removed keys: center_frame, random_number.

    Args:
        length: Number of frames of the window.
        speed_range: Lowest and highest speed, drawn uniformly; 1 is as recorded.

    Raises:
        ValueError: If the length or a speed is not positive.
    """

    def __init__(
        self, length: int, speed_range: tuple[float, float] = (1.0, 1.0)
    ) -> None:
        if length < 1:
            raise ValueError(f'length must be at least 1, but is {length}.')
        if not 0 < speed_range[0] <= speed_range[1]:
            raise ValueError(
                'speed_range must be (lowest, highest) with 0 < lowest <= highest, '
                f'but is {tuple(speed_range)}.'
            )
        self.length = length
        self.speed_range = tuple(speed_range)
        self._steps = np.arange(length)

    def __call__(self, results: dict[str, Any]) -> dict[str, Any]:
        """Cut the window out of the clip."""
        if 'center_frame' not in results:
            raise KeyError(
                'RandomClip needs the center_frame of a training item, but there is '
                'none. Remove RandomClip from the pipeline of a data set with '
                'test_mode=True, which gives whole clips.'
            )
        slowest, fastest = self.speed_range
        speed = slowest + results.pop('random_number') * (fastest - slowest)
        num_frames = len(results['keypoints_world'])
        times = self._times(num_frames, results.pop('center_frame'), speed)
        before = times.astype(np.intp)
        after = np.minimum(before + 1, num_frames - 1)
        weight = (times - before).astype(np.float32)
        for key in _FRAME_KEYS:
            if key in results:
                results[key] = blend_frames(results[key], before, after, weight)
        return results

    def _times(self, num_frames: int, center: int, speed: float) -> np.ndarray:
        last = num_frames - 1
        span = (self.length - 1) * speed
        if span > last:
            span, speed = last, last / (self.length - 1)
        start = min(max(int(center - span / 2), 0), last - span)
        return start + speed * self._steps


@TRANSFORMS.register_module()
class PackPoseClip:
    """Part what the model computes with from what only describes the clip.

    Required keys: keypoints_world, clip_id, subject, action, view, variant, fps;
    camera, keypoints and keypoints_visible if present. Gives ``inputs``, tensors, and
    ``data_samples``, the rest, ready for MMEngine's ``default_collate``. A whole
    clip's tensors are the data set's own memory; collating copies them.
    """

    def __call__(self, results: dict[str, Any]) -> dict[str, Any]:
        """Sort the values into ``inputs`` and ``data_samples``."""
        inputs = {
            key: torch.from_numpy(results[key]) for key in _FRAME_KEYS if key in results
        }
        if 'camera' in results:
            inputs['camera'] = results['camera']
        return {'inputs': inputs, 'data_samples': {k: results[k] for k in _CLIP_KEYS}}


def blend_frames(
    values: np.ndarray, before: np.ndarray, after: np.ndarray, weight: np.ndarray
) -> np.ndarray:
    """Interpolate a sequence linearly between pairs of its frames.

    Args:
        values: One row a frame, (T, ...).
        before: First frame of each pair, (N,) int.
        after: Second frame of each pair, (N,) int.
        weight: Share of the second frame, in [0, 1], in the type of ``values``, (N,).

    Returns:
        The rows in between, (N, ...), of their own memory.
    """
    # Rows as one dimension and take: several times faster than indexing.
    rows = values.reshape(len(values), -1)
    start, blended = rows.take(before, axis=0), rows.take(after, axis=0)
    blended -= start
    blended *= weight[:, None]
    blended += start
    return blended.reshape(len(before), *values.shape[1:])
