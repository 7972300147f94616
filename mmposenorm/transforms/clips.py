"""Transforms of single clips, in NumPy, and collating clips to batches."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from mmengine.dataset import default_collate
from torch import Tensor

from mmposenorm.fields import Count
from mmposenorm.registry import FUNCTIONS, TRANSFORMS
from mmposenorm.transforms.base import ClipTransform

_FRAME_KEYS = ('keypoints_world', 'keypoints', 'keypoints_visible')
_INPUT_KEYS = (*_FRAME_KEYS, 'camera', 'window', 'labelled')
_CLIP_KEYS = ('clip_id', 'subject', 'action', 'view', 'variant', 'fps')


class Window(NamedTuple):
    """Evenly spaced frames at times in a clip, counted in frames of the clip.

    Attributes:
        start: Time of the first frame.
        step: Time from one frame to the next.
        length: Number of frames.
    """

    start: float
    step: float
    length: int


@TRANSFORMS.register_module()
class RandomClip(ClipTransform):
    """Choose a window of fixed length around a drawn frame, played at a random speed.

    A window that would extend beyond an end of the clip is moved inside. ``fps`` does
    not change: the window shows faster or slower motion. A clip that is too short to
    fill the window is slowed down. :func:`collate_clips` cuts out the windows of a
    whole batch.

    Required keys: keypoints_world, center_frame, random_number. Added keys: window.
    Removed keys: center_frame, random_number.

    Args:
        length: Number of frames of the window.
        speed_range: Lowest and highest speed, drawn uniformly; 1 is the recorded speed.

    Raises:
        ValueError: If the length or a speed is not positive.
    """

    def __init__(
        self, length: Count, speed_range: tuple[float, float] = (1.0, 1.0)
    ) -> None:
        if not 0 < speed_range[0] <= speed_range[1]:
            raise ValueError(
                'speed_range must be (lowest, highest) with 0 < lowest <= highest, '
                f'but is {tuple(speed_range)}.'
            )
        self.length = length
        self.speed_range = tuple(speed_range)

    def __call__(self, results: dict[str, Any]) -> dict[str, Any]:
        """Choose the window."""
        if 'center_frame' not in results:
            raise ValueError(
                'RandomClip needs the center_frame of a training item, but there is '
                'none. Remove RandomClip from the pipeline of data sets with '
                'test_mode=True, whose items are whole clips.'
            )
        slowest, fastest = self.speed_range
        speed = slowest + results.pop('random_number') * (fastest - slowest)
        last = len(results['keypoints_world']) - 1
        span = (self.length - 1) * speed
        if span > last:
            span, speed = last, last / (self.length - 1)
        start = min(max(int(results.pop('center_frame') - span / 2), 0), last - span)
        results['window'] = Window(start, speed, self.length)
        return results


@TRANSFORMS.register_module()
class PackPoseClip(ClipTransform):
    """Separate the inputs of the model from metadata.

    Returns ``inputs`` and ``data_samples``, the metadata, for :func:`collate_clips` or,
    with whole clips, MMEngine's ``default_collate``. The arrays are views of the data
    set's memory; collating copies them.

    Required keys: keypoints_world, clip_id, subject, action, view, variant, fps;
    camera, keypoints, keypoints_visible, window and labelled if present.
    """

    def __call__(self, results: dict[str, Any]) -> dict[str, Any]:
        """Sort the values into ``inputs`` and ``data_samples``."""
        inputs = {key: results[key] for key in _INPUT_KEYS if key in results}
        return {'inputs': inputs, 'data_samples': {k: results[k] for k in _CLIP_KEYS}}


@FUNCTIONS.register_module()
def collate_clips(samples: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Collate packed clips to a batch, cut to their windows if they have any.

    Args:
        samples: B clips from :class:`PackPoseClip`; without windows, all of the same
            length.

    Returns:
        ``inputs``, a dict of tensors (B, T, ...), and ``data_samples``, a dict of
        lists of length B.
    """
    inputs = [sample['inputs'] for sample in samples]
    if 'window' not in inputs[0]:
        return default_collate(samples)
    times = window_times([clip['window'] for clip in inputs])
    batch: dict[str, Any] = {
        key: blend_frames([clip[key] for clip in inputs], times)
        for key in _FRAME_KEYS
        if key in inputs[0]
    }
    if 'camera' in inputs[0]:
        batch['camera'] = _stack_cameras([clip['camera'] for clip in inputs])
    if 'labelled' in inputs[0]:
        batch['labelled'] = torch.tensor([clip['labelled'] for clip in inputs])
    clips = [sample['data_samples'] for sample in samples]
    described: dict[str, Any] = {key: [c[key] for c in clips] for key in clips[0]}
    described['fps'] = torch.tensor(described['fps'], dtype=torch.float64)
    return {'inputs': batch, 'data_samples': described}


def _stack_cameras(cameras: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    # Clips share cameras: stacking only different ones and copying rows is faster.
    different = {id(camera): camera for camera in cameras}
    row_of = {name: row for row, name in enumerate(different)}
    rows = torch.tensor([row_of[id(camera)] for camera in cameras])
    return {
        key: torch.stack([camera[key] for camera in different.values()])[rows]
        for key in cameras[0]
    }


def window_times(windows: Sequence[Window]) -> np.ndarray:
    """Times of the frames of B windows of length T, (B, T)."""
    start, step, length = zip(*windows, strict=True)
    return np.array(start)[:, None] + np.outer(step, np.arange(length[0]))


def blend_frames(clips: Sequence[np.ndarray], times: np.ndarray) -> Tensor:
    """Interpolate clips linearly between their frames.

    Args:
        clips: B clips, each (any number of frames, ...) float32.
        times: Times inside of each clip, counted in its frames, (B, T).

    Returns:
        The values at these times, (B, T, ...) float32.
    """
    before = times.astype(np.intp)
    weight = torch.from_numpy((times - before).astype(np.float32))
    pairs = np.stack([before, before + 1], axis=1)
    shape = clips[0].shape[1:]
    frames = np.empty((*pairs.shape, math.prod(shape)), np.float32)
    for clip, rows, out in zip(clips, pairs, frames, strict=True):
        # Clipping is faster, and needed for the last frame, which has no next one.
        clip.reshape(len(clip), -1).take(rows, 0, out, 'clip')
    first, second = torch.from_numpy(frames).unbind(dim=1)
    return first.lerp(second, weight[..., None]).unflatten(-1, shape)
