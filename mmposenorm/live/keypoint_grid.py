"""The keypoints of a person while the frames arrive, as the network takes them.

A camera's frames come at times of their own. The network's come at fixed moments, and
what it is told of a moment soon stays as it is; so what it computes can be kept.
"""

from collections import deque
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from mmposenorm.keypoints.people import keypoint_boxes
from mmposenorm.keypoints.repair import drop_jumps, find_sides
from mmposenorm.keypoints.smoothing import smooth_keypoints, stretches
from mmposenorm.resampling import resample_keypoints
from mmposenorm.skeletons import MIN_VISIBLE
from mmposenorm.transforms.network_input import centre_keypoints, clip_scale

UNSETTLED = 5
"""The latest moments, which change when new frames come; chosen as docs/live.md says.
"""
# Moments before these that matter to smoothing.
_SMOOTHED_FROM = 32
# Seconds of frames in which exchanged sides and jumps are looked for.
_REPAIRED_SECONDS = 1.5
# Seconds of the past over which the size of a person in the picture is measured.
_SIZE_SECONDS, _SIZE_STEP = 20.0, 0.1


class KeypointGrid:
    """Keypoints at moments of a fixed rate, repaired, smoothed and prepared.

    As those of a whole clip are, as far as what came so far tells. The size of the
    person is the median over the last 20 seconds.

    Args:
        fps: Moments a second; the first is that of the first frame.
        length: How many of the latest moments are kept, at least.

    Attributes:
        latest: Number of the latest moment; -1 before the first frame.
    """

    def __init__(self, fps: float, length: int) -> None:
        self.latest = -1
        self._fps, self._start = fps, 0.0
        self._frames: deque[tuple[float, np.ndarray, np.ndarray]] = deque()
        self._sizes: deque[tuple[float, float]] = deque()
        self._size = 1.0
        length += _SMOOTHED_FROM + UNSETTLED
        self._found, self._labels = np.zeros((2, length, 17, 2), np.float32)
        self._visible, self._seen = np.zeros((2, length, 17), np.float32)

    def time_of(self, moment: int) -> float:
        """Time of a moment in seconds."""
        return self._start + moment / self._fps

    def add(self, keypoints: np.ndarray, visible: np.ndarray, time: float) -> None:
        """Take a new frame.

        Args:
            keypoints: In pixels, Human3.6M's layout, (17, 2).
            visible: How sure each is, in [0, 1], (17,).
            time: When it was taken, in seconds; later than the frame before.
        """
        if not self._frames:
            self._start = time
        self._frames.append((time, keypoints, visible))
        while self._frames[0][0] < time - _REPAIRED_SECONDS:
            self._frames.popleft()
        self._measure_size(keypoints, visible, time)
        latest = int((time - self._start) * self._fps + 1e-6)
        new = min(latest - self.latest, len(self._found))
        if new > 0:
            self.latest = latest
            for values in (self._found, self._labels, self._visible, self._seen):
                values[: len(values) - new] = values[new:]
            self._fill(min(new + UNSETTLED, latest + 1, len(self._found)))

    def inputs(self, count: int) -> tuple[Tensor, Tensor]:
        """Return the network's input of the latest moments.

        Args:
            count: Number of moments.

        Returns:
            Prepared keypoints, (1, count, 17, 2), and which were seen, (1, count, 17).
        """
        return (
            torch.from_numpy(self._labels[None, -count:]),
            torch.from_numpy(self._seen[None, -count:]),
        )

    def _measure_size(
        self, keypoints: np.ndarray, visible: np.ndarray, time: float
    ) -> None:
        """Note the size of the person in the picture, some times a second."""
        is_due = not self._sizes or time >= self._sizes[-1][0] + _SIZE_STEP
        if is_due and (visible >= MIN_VISIBLE).any():
            size = clip_scale(*_batch(keypoints[None], visible[None]))
            self._sizes.append((time, float(size[0])))
            while self._sizes[0][0] < time - _SIZE_SECONDS:
                self._sizes.popleft()
            self._size = float(np.median([size for _, size in self._sizes]))

    def _fill(self, count: int) -> None:
        """Find what is known now of the latest moments."""
        times, keypoints, visible = map(np.stack, zip(*self._frames, strict=True))
        keypoints, visible = _repaired(keypoints, visible, times)
        moments = self.time_of(self.latest) - np.arange(count)[::-1] / self._fps
        positions = np.interp(moments, times, np.arange(len(times)))
        found = resample_keypoints(keypoints, visible, positions)
        self._found[-count:], self._visible[-count:] = found
        around = min(count + _SMOOTHED_FROM, self.latest + 1, len(self._found))
        smoothed = _smoothed(
            self._found[-around:], self._visible[-around:], count, self._fps
        )
        labels, seen = centre_keypoints(*_batch(smoothed, self._visible[-count:]))
        self._labels[-count:] = labels[0] / self._size
        self._seen[-count:] = seen[0]


def _repaired(
    keypoints: np.ndarray, visible: np.ndarray, times: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Put exchanged sides back and drop jumps, as those of a whole clip are."""
    if len(times) < 2:
        return keypoints, visible
    fps = (len(times) - 1) / (times[-1] - times[0])
    boxes = keypoint_boxes(keypoints, visible)
    sizes = np.sqrt(np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)).clip(min=1)
    frames = np.arange(len(times))
    sides = find_sides(keypoints, visible, frames, sizes, 'h36m', fps)
    keypoints = np.take_along_axis(keypoints, sides[..., None], axis=1)
    visible = np.take_along_axis(visible, sides, axis=1)
    return keypoints, drop_jumps(keypoints, visible, sizes, fps)


def _smoothed(
    keypoints: np.ndarray, visible: np.ndarray, count: int, fps: float
) -> np.ndarray:
    """Smooth the last keypoints as :func:`smooth_keypoints` does, (count, 17, 2)."""
    smoothed, first = keypoints.copy(), len(keypoints) - count
    for (start, end), joints in stretches(visible > 0).items():
        if end > first:
            begin = max(start, first)
            matrix = _smoothing_matrix(end - start, fps)[begin - start :]
            stretch = keypoints[start:end, joints]
            smoothed[begin:end, joints] = np.tensordot(matrix, stretch, 1)
    return smoothed[first:]


@lru_cache(maxsize=256)
def _smoothing_matrix(count: int, fps: float) -> np.ndarray:
    """The weight of each frame in each smoothed frame, (count, count)."""
    impulses = np.eye(count, dtype=np.float32)[:, None]
    return smooth_keypoints(impulses, np.ones((count, 1)), fps)[:, 0]


def _batch(keypoints: np.ndarray, visible: np.ndarray) -> tuple[Tensor, Tensor]:
    return (
        torch.from_numpy(keypoints.astype(np.float32))[None],
        torch.from_numpy(visible.astype(np.float32))[None],
    )
