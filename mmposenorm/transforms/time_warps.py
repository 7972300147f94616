"""Random speed for whole batches of clips, on the model's device."""

import math

import torch
from torch import Generator, Tensor
from torch.nn import functional

from mmposenorm.fields import Count, Share
from mmposenorm.registry import TRANSFORMS
from mmposenorm.transforms.base import BatchTransform
from mmposenorm.transforms.bodies import draw_uniform
from mmposenorm.transforms.constants import Constant


@TRANSFORMS.register_module()
class WarpTime(BatchTransform):
    """Play each clip at a smoothly changing speed of its own.

    After :class:`RenderTwice`, the two renderings of a motion have different speeds.

    Required keys: keypoints_world. Modified keys: keypoints_world, which then has
    ``length`` frames.

    Args:
        length: Number of frames of the warped clips.
        spread: Standard deviation of the logarithm of the speed at each knot.
        trim: Largest share of the clip that is cut off at each end.
        knots: Number of evenly spaced frames for which a speed is drawn; between them
            its logarithm changes linearly.

    Raises:
        ValueError: If ``length`` or ``knots`` is below 2 or ``trim`` is not in
            [0, 0.5).
    """

    def __init__(
        self, length: Count, spread: Share = 0.4, trim: Share = 0.15, knots: Count = 5
    ) -> None:
        if length < 2 or knots < 2 or not 0 <= trim < 0.5:
            raise ValueError(
                'Expected length >= 2, knots >= 2 and 0 <= trim < 0.5, but they are '
                f'{length}, {knots} and {trim}. Check WarpTime in your config.'
            )
        self.length = length
        self.spread = spread
        self.trim = trim
        self.knots = knots
        self._sums = Constant(torch.ones(length - 1, length - 1).triu())

    def __call__(self, inputs: dict, generator: Generator) -> dict:
        """Warp every clip."""
        world = inputs['keypoints_world']
        times = self._draw_times(world, generator)
        return inputs | {'keypoints_world': interpolate_frames(world, times)}

    def _draw_times(self, world: Tensor, generator: Generator) -> Tensor:
        """Draw the time of each warped frame, in frames of the clip, (B, length)."""
        batch, last = len(world), world.shape[1] - 1
        log_speeds = self.spread * torch.randn(
            (batch, 1, self.knots), generator=generator, device=world.device
        )
        log_speeds = functional.interpolate(
            log_speeds, size=self.length - 1, mode='linear', align_corners=True
        )[:, 0]
        # A product, because cumsum has no deterministic kernel on GPUs.
        sums = log_speeds.exp() @ self._sums.like(log_speeds)
        passed = functional.pad(sums, (1, 0))
        passed = passed / passed[:, -1:]  # from 0 to 1
        cut = draw_uniform((2, batch, 1), (0, self.trim), world, generator)
        return last * (cut[0] + (1 - cut[0] - cut[1]) * passed)


def interpolate_frames(clips: Tensor, times: Tensor) -> Tensor:
    """Interpolate clips linearly between their frames.

    Args:
        clips: (B, T, ...).
        times: Times in each clip, counted in its frames, in [0, T - 1], (B, N).

    Returns:
        The clips at these times, (B, N, ...).
    """
    last = clips.shape[1] - 1
    before = times.long().clamp(max=last)
    weight = (times - before).flatten()[:, None]
    starts = torch.arange(len(clips), device=clips.device)[:, None] * clips.shape[1]
    rows = (starts + before).flatten()
    next_rows = (starts + (before + 1).clamp(max=last)).flatten()
    frames = clips.reshape(-1, math.prod(clips.shape[2:]))
    blended = torch.lerp(frames[rows], frames[next_rows], weight)
    return blended.view(*times.shape, *clips.shape[2:])
