"""The pose of a person while the frames arrive, from the same weights as ever.

The network sees as many frames after a moment as before it. Of a moment just past, only
a few frames after it are known; beyond the last one, the network takes the pose to stay
as it is, as at the end of any clip.
"""

import copy
from collections import deque
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mmposenorm.inference import PoseNormInferencer
from mmposenorm.keypoints.people import keypoint_boxes
from mmposenorm.keypoints.repair import drop_jumps, find_sides
from mmposenorm.keypoints.smoothing import smooth_keypoints
from mmposenorm.pose_result import PoseNormResult
from mmposenorm.resampling import resample_keypoints
from mmposenorm.skeletons import MIN_VISIBLE
from mmposenorm.transforms.network_input import clip_scale, prepare_keypoints

# Frames of the training rate after a moment that are waited for before it is estimated.
LOOK_AHEAD = 5
# Seconds of the past over which the size of a person in the picture is measured, and
# seconds of raw keypoints beyond what the network sees, for repair and smoothing.
_SCALE_SECONDS, _SCALE_STEP, _MARGIN_SECONDS = 20.0, 0.1, 0.3
_LONGEST_GAP = 1.0  # seconds; after it, what was before does not matter


class PoseStream:
    """Estimates the pose of one person at the latest moments.

    .. code-block:: python

        stream = PoseStream(inferencer)
        for time, keypoints, visible in frames:
            if stream.add(keypoints, visible, time):
                feature = stream.feature()

    Keypoints are repaired and smoothed as those of a whole clip are, as far as what
    came so far tells.

    Args:
        inferencer: A model whose encoder is a temporal convolution and which has pose
            features, as the shipped weights have.
        look_ahead: For how many frames, at the training rate of 50 a second, an
            estimate waits. Each makes it later by 20 ms and better.

    Raises:
        ValueError: If the model is of another kind or ``look_ahead`` is below 0.
    """

    def __init__(
        self, inferencer: PoseNormInferencer, look_ahead: int = LOOK_AHEAD
    ) -> None:
        network: Any = inferencer.network
        if not (hasattr(network, 'embed') and network.normalizer is not None):
            raise ValueError(
                'Live alignment needs a model that embeds keypoints and has a '
                f'normalizer, such as the shipped weights, but this is a '
                f'{type(network).__name__}. Leave out --checkpoint.'
            )
        if not (isinstance(look_ahead, int) and look_ahead >= 0):
            raise ValueError(
                'look_ahead must be a whole number of frames, 0 or more, but is '
                f'{look_ahead!r}.'
            )
        self._look_ahead = look_ahead
        self._embedder = _of_one_frame(network)
        self._normalizer = _of_one_frame(network.normalizer)
        self._fps: float = network.normalizer.fps
        self._device = inferencer.device
        self._context = network.receptive_field // 2
        self.reset()

    def reset(self) -> None:
        """Forget what came so far: another person, or after a long gap."""
        self._frames: deque[tuple[float, np.ndarray, np.ndarray]] = deque()
        self._sizes: deque[tuple[float, float]] = deque()

    @property
    def time(self) -> float:
        """The moment of the latest estimate in seconds."""
        return self._frames[-1][0] - self._look_ahead / self._fps

    def add(self, keypoints: np.ndarray, visible: np.ndarray, time: float) -> bool:
        """Take a new frame.

        Args:
            keypoints: In pixels, Human3.6M's layout, (17, 2).
            visible: How sure each is, in [0, 1], (17,).
            time: When it was taken, in seconds; later than the frame before.

        Returns:
            Whether there is an estimate: not before ``look_ahead`` frames have come.
        """
        if self._frames and time - self._frames[-1][0] > _LONGEST_GAP:
            self.reset()
        self._frames.append((time, keypoints, visible))
        self._measure_size(keypoints, visible, time)
        seconds = (self._context + self._look_ahead) / self._fps + _MARGIN_SECONDS
        while self._frames[0][0] < time - seconds:
            self._frames.popleft()
        return self.time >= self._frames[0][0] - 1e-6

    @torch.inference_mode()
    def feature(self) -> np.ndarray:
        """Estimate the pose feature, (E,)."""
        labels, seen, self._embedder.encoder.frame = self._input()
        return self._embedder.embed(labels, seen)[0, 0].cpu().numpy()

    @torch.inference_mode()
    def pose(self) -> PoseNormResult:
        """Estimate everything but the feature, as the result of a single frame."""
        labels, seen, self._normalizer.encoder.frame = self._input()
        inputs = {'keypoint_labels': labels, 'keypoints_visible': seen}
        predicted = {
            name: values[0].cpu() for name, values in self._normalizer(inputs).items()
        }
        sigma = predicted.get('direction_sigma')
        _, keypoints, visible = self._frames[-1]
        return PoseNormResult(
            joint_rotations=predicted['joint_rotations'].numpy(),
            normalized_poses=predicted['normalized_poses'].numpy(),
            body_up=predicted['body_up'].numpy(),
            keypoints=keypoints[None],
            keypoints_visible=visible[None],
            frame_times=np.array([self.time], np.float32),
            _pose_features=None,
            direction_sigma=None if sigma is None else sigma.numpy(),
        )

    def _measure_size(
        self, keypoints: np.ndarray, visible: np.ndarray, time: float
    ) -> None:
        """Note the size of the person in the picture, some times a second."""
        is_due = not self._sizes or time >= self._sizes[-1][0] + _SCALE_STEP
        if is_due and (visible >= MIN_VISIBLE).any():
            size = clip_scale(*_batch(keypoints[None], visible[None]))
            self._sizes.append((time, float(size[0])))
        while self._sizes and self._sizes[0][0] < time - _SCALE_SECONDS:
            self._sizes.popleft()

    def _input(self) -> tuple[Tensor, Tensor, int]:
        """The network's input, (1, N, 17, 2) and (1, N, 17), and the frame in it."""
        times, keypoints, visible = map(np.stack, zip(*self._frames, strict=True))
        keypoints, visible = _repaired(keypoints, visible, times)
        count = int((times[-1] - times[0]) * self._fps + 1e-6) + 1
        moments = times[-1] - np.arange(count)[::-1] / self._fps
        positions = np.interp(moments, times, np.arange(len(times)))
        keypoints, visible = resample_keypoints(keypoints, visible, positions)
        batch = _batch(_smoothed(keypoints, visible, self._fps), visible)
        labels, seen = prepare_keypoints(*batch)
        # By its size over a long time, not in this window alone.
        size = float(np.median([size for _, size in self._sizes] or [1.0]))
        labels = labels * (clip_scale(*batch)[:, None, None, None] / size)
        frame = count - 1 - self._look_ahead
        return labels.to(self._device), seen.to(self._device), frame


class _FrameEncoder(nn.Module):
    """Computes the features of one frame of its input."""

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        self.encoder = encoder
        self.frame = 0

    def forward(self, keypoints: Tensor) -> Tensor:
        return self.encoder.of_frames(keypoints, range(self.frame, self.frame + 1))


def _of_one_frame(model: Any) -> Any:
    """Copy a model, with the same weights, that predicts a single frame."""
    if not hasattr(model.encoder, 'of_frames'):
        raise ValueError(
            'Live alignment needs an encoder that can compute a single frame, a '
            f'TemporalConvEncoder, but this is a {type(model.encoder).__name__}.'
        )
    twin = copy.copy(model)
    twin._modules = model._modules | {'encoder': _FrameEncoder(model.encoder)}
    return twin


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


def _smoothed(keypoints: np.ndarray, visible: np.ndarray, fps: float) -> np.ndarray:
    """Smooth keypoints as :func:`smooth_keypoints` does, most of them at once."""
    seen = visible > 0
    whole, smoothed = seen.all(axis=0), keypoints.copy()
    matrix = _smoothing_matrix(len(keypoints), fps)
    smoothed[:, whole] = np.tensordot(matrix, keypoints[:, whole], 1)
    partly = seen.any(axis=0) & ~whole
    if partly.any():
        some = keypoints[:, partly], seen[:, partly]
        smoothed[:, partly] = smooth_keypoints(*some, fps)
    return smoothed


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
