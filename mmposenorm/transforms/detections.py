"""Detector noise and missing joints, for whole batches on the model's device."""

import torch
from torch import Generator, Tensor
from torch.nn import functional

from mmposenorm.fields import Count, NotNegative, Share
from mmposenorm.registry import TRANSFORMS
from mmposenorm.transforms.base import BatchTransform
from mmposenorm.transforms.bodies import draw_uniform
from mmposenorm.transforms.constants import Constant
from mmposenorm.transforms.network_input import clip_scale


def _masks(*groups: tuple[int, ...]) -> Constant:
    """Return groups of joints as masks, (groups, 17)."""
    return Constant([[joint in group for joint in range(17)] for group in groups])


# Keypoints that layouts lack, e.g. COCO spine, neck and head.
_LACKING = _masks((7,), (7, 9, 10), (9, 10), (7, 10), (7, 9))
_LIMBS = _masks((2, 3), (5, 6), (12, 13), (15, 16), (1, 2, 3), (4, 5, 6), (9, 10))
_THORAX, _SHOULDERS = 8, slice(11, 15, 3)


@TRANSFORMS.register_module()
class AddDetectorNoise(BatchTransform):
    """Add the errors of detectors to keypoints: jitter, drift and a constant offset.

    The standard deviations are shares of the person's size in the image
    (:func:`mmposenorm.transforms.network_input.clip_scale`), drawn for each clip
    between 0 and the given limit. Some clips get no noise, so that the network also
    learns from exact keypoints.

    Required keys: keypoints, keypoints_visible. Modified keys: keypoints.

    Args:
        prob: Share of clips that get noise.
        jitter: Largest standard deviation of noise that is independent in each frame.
        drift: Largest standard deviation of noise that changes over about
            ``drift_frames`` frames.
        definition: Largest standard deviation of an offset of each joint that is
            constant in a clip, because layouts and detectors define joints differently.
        drift_frames: Number of frames between independent values of the drift.

    Attributes:
        strength: Factor of all three limits, which
            :class:`mmposenorm.engine.hooks.LateNoiseHook` changes during training.
    """

    def __init__(
        self,
        prob: Share = 0.6,
        jitter: NotNegative = 0.04,
        drift: NotNegative = 0.06,
        definition: NotNegative = 0.06,
        drift_frames: Count = 10,
    ) -> None:
        self.prob = prob
        self.jitter = jitter
        self.drift = drift
        self.definition = definition
        self.drift_frames = drift_frames
        self.strength = 1.0

    def __call__(self, inputs: dict, generator: Generator) -> dict:
        """Add noise to every keypoint."""
        keypoints = inputs['keypoints']
        batch, num_frames = keypoints.shape[:2]

        def noise(frames: int, limit: float) -> Tensor:
            strength = draw_uniform((batch, 1, 1, 1), (0, limit), keypoints, generator)
            shape = (batch, frames, *keypoints.shape[2:])
            return strength * torch.randn(
                shape, generator=generator, device=keypoints.device
            )

        knots = noise(2 + num_frames // self.drift_frames, self.drift)
        drift = functional.interpolate(
            knots.flatten(2).mT, size=num_frames, mode='linear', align_corners=True
        ).mT.unflatten(2, keypoints.shape[2:])
        total = noise(num_frames, self.jitter) + drift + noise(1, self.definition)
        draws = draw_uniform((batch,), (0, 1), keypoints, generator)
        scale = clip_scale(keypoints, inputs['keypoints_visible'])
        scale = scale * self.strength * (draws < self.prob)
        return inputs | {'keypoints': keypoints + scale[:, None, None, None] * total}


@TRANSFORMS.register_module()
class ThoraxFromShoulders(BatchTransform):
    """Move the thorax to the midpoint of the shoulders in some clips.

    This is where it is placed for layouts without a thorax. The true one, which the
    network still has to predict, is 42-79 mm higher.

    Required keys: keypoints. Modified keys: keypoints.

    Args:
        prob: Share of clips.
    """

    def __init__(self, prob: Share = 0.5) -> None:
        self.prob = prob

    def __call__(self, inputs: dict, generator: Generator) -> dict:
        """Move the thorax of the drawn clips."""
        keypoints = inputs['keypoints'].clone()
        draws = draw_uniform((len(keypoints), 1, 1), (0, 1), keypoints, generator)
        middle = keypoints[:, :, _SHOULDERS].mean(dim=2)
        keypoints[:, :, _THORAX] = torch.where(
            draws < self.prob, middle, keypoints[:, :, _THORAX]
        )
        return inputs | {'keypoints': keypoints}


@TRANSFORMS.register_module()
class HideJoints(BatchTransform):
    """Hide keypoints as they are missing in real videos.

    Four independent draws per clip: joints that the layout lacks, a limb that is hidden
    for some time, joints that are lost for some time, and joints that are lost in
    single frames.

    Required keys: keypoints_visible. Modified keys: keypoints_visible.

    Args:
        lacking: Share of clips whose layout lacks joints.
        limb: Share of clips in which a limb is hidden for some time.
        spans: Largest share of joints that are lost for some time.
        frames: Largest share of joints that are lost in single frames.
    """

    def __init__(
        self,
        lacking: Share = 0.4,
        limb: Share = 0.3,
        spans: Share = 0.2,
        frames: Share = 0.1,
    ) -> None:
        self.lacking = lacking
        self.limb = limb
        self.spans = spans
        self.frames = frames

    def __call__(self, inputs: dict, generator: Generator) -> dict:
        """Set the visibility of hidden keypoints to 0."""
        visible = inputs['keypoints_visible']
        batch, num_frames, num_joints = visible.shape
        draws = draw_uniform((batch, 7 + 3 * num_joints), (0, 1), visible, generator)
        choices, share, joints, ends = draws.split(
            [4, 1, num_joints, 2 + 2 * num_joints], 1
        )
        which_lacking, lacking, which_limb, limb = choices.split(1, dim=1)
        singles = draw_uniform(visible.shape, (0, 1), visible, generator)
        singles_share = draw_uniform(
            (batch, 1, 1), (0, self.frames), visible, generator
        )

        stretch = _stretches(ends.unflatten(1, (2, -1)), num_frames)
        lacking = _pick(_LACKING, which_lacking) & (lacking < self.lacking)
        limb = _pick(_LIMBS, which_limb) & (limb < self.limb)
        spans = joints < self.spans * share
        hidden = (
            lacking[:, None]
            | (limb[:, None] & stretch[..., :1])
            | (spans[:, None] & stretch[..., 1:])
            | (singles < singles_share)
        )
        return inputs | {'keypoints_visible': visible.masked_fill(hidden, 0)}


def _stretches(ends: Tensor, num_frames: int) -> Tensor:
    """Mark the frames between two ends, shares of the clip (B, 2, N), as (B, T, N)."""
    first, last = (ends.sort(dim=1).values * num_frames)[:, :, None].unbind(1)
    frames = torch.arange(num_frames, device=ends.device)[:, None]
    return (frames >= first) & (frames < last)


def _pick(groups: Constant, draws: Tensor) -> Tensor:
    """Pick one group of joints for each clip by draws (B, 1), as a mask (B, 17)."""
    masks = groups.on(draws.device)
    return masks[(draws[:, 0] * len(masks)).long()]
