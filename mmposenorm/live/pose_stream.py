"""The pose of a person while the frames arrive, from the same weights as ever.

The network sees as many frames after a moment as before it. Of a moment just past, only
a few frames after it are known; beyond the last one, the network takes the pose to stay
as it is, as at the end of any clip.
"""

import copy
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmposenorm.inference import PoseNormInferencer
from mmposenorm.live.keypoint_grid import UNSETTLED, KeypointGrid
from mmposenorm.models.streaming_encoder import StreamingEncoder
from mmposenorm.models.temporal_encoders import TemporalConvEncoder
from mmposenorm.pose_result import PoseNormResult

# Frames of the training rate after a moment that are waited for before it is estimated.
LOOK_AHEAD = 5
_LONGEST_GAP = 1.0  # seconds; after it, what was before does not matter


class PoseStream:
    """Estimates the pose of one person at the latest moments.

    .. code-block:: python

        stream = PoseStream(inferencer)
        for time, keypoints, visible in frames:
            if stream.add(keypoints, visible, time):
                feature = stream.feature()

    Keypoints are repaired and smoothed as those of a whole clip are, as far as what
    came so far tells. What is estimated are moments that lie an equal time apart, the
    latest that can be when a frame comes.

    Args:
        inferencer: A model whose encoder is a temporal convolution and which has pose
            features, as the shipped weights have.
        look_ahead: For how many frames, at the training rate of 50 a second, an
            estimate waits. Each makes it later by 20 ms and better.

    Attributes:
        fps: How many moments a second are estimated, that of the training clips.

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
        self._embedder = _streaming(network, look_ahead)
        self._normalizer = _streaming(network.normalizer, look_ahead)
        self._device = inferencer.device
        self.fps: float = network.normalizer.fps
        self.reset()

    def reset(self) -> None:
        """Forget what came so far: another person, or after a long gap."""
        encoders = self._embedder.encoder, self._normalizer.encoder
        for encoder in encoders:
            encoder.begin()
        self._latest: tuple[float, np.ndarray, np.ndarray] | None = None
        self._grid = KeypointGrid(self.fps, max(e.most_inputs for e in encoders))

    @property
    def time(self) -> float:
        """The moment of the latest estimate in seconds."""
        return self._grid.time_of(self._grid.latest - self._look_ahead)

    def add(self, keypoints: np.ndarray, visible: np.ndarray, time: float) -> bool:
        """Take a new frame.

        Args:
            keypoints: In pixels, Human3.6M's layout, (17, 2).
            visible: How sure each is, in [0, 1], (17,).
            time: When it was taken, in seconds; later than the frame before.

        Returns:
            Whether there is an estimate: not before ``look_ahead`` frames have come.
        """
        if self._latest is not None and time - self._latest[0] > _LONGEST_GAP:
            self.reset()
        self._latest = time, keypoints, visible
        self._grid.add(keypoints, visible, time)
        return self._grid.latest >= self._look_ahead

    @torch.inference_mode()
    def feature(self) -> np.ndarray:
        """Estimate the pose feature, (E,)."""
        inputs = self._inputs(self._embedder.encoder)
        return self._embedder.embed(*inputs)[0, 0].cpu().numpy()

    @torch.inference_mode()
    def pose(self) -> PoseNormResult:
        """Estimate everything but the feature, as the result of a single frame."""
        labels, seen = self._inputs(self._normalizer.encoder)
        inputs = {'keypoint_labels': labels, 'keypoints_visible': seen}
        predicted = {
            name: values[0].cpu() for name, values in self._normalizer(inputs).items()
        }
        sigma = predicted.get('direction_sigma')
        assert self._latest is not None
        _, keypoints, visible = self._latest
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

    def _inputs(self, encoder: StreamingEncoder) -> tuple[Tensor, Tensor]:
        """The latest frames, as many as an encoder needs."""
        encoder.latest = self._grid.latest
        labels, seen = self._grid.inputs(encoder.num_inputs)
        return labels.to(self._device), seen.to(self._device)


def _streaming(model: Any, look_ahead: int) -> Any:
    """Copy a model, with the same weights, that estimates the latest frame it can."""
    if not isinstance(model.encoder, TemporalConvEncoder):
        raise ValueError(
            'Live alignment needs an encoder that can be computed frame by frame, a '
            f'TemporalConvEncoder, but this is a {type(model.encoder).__name__}.'
        )
    twin = copy.copy(model)
    encoder = StreamingEncoder(model.encoder, look_ahead, UNSETTLED)
    twin._modules = model._modules | {'encoder': encoder}
    return twin
