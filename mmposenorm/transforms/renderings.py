"""Several renderings of one motion in a batch."""

import torch
from torch import Generator

from mmposenorm.registry import TRANSFORMS


@TRANSFORMS.register_module()
class RepeatClips:
    """Repeat the clips of a batch, so that what is drawn later makes renderings.

    Put it after what must be the same in all renderings (``MirrorClip``) and before
    what makes them differ (``ScaleBones``, ``VirtualCamera``).

    Modified keys: all; clip ``i`` of B comes again as clip ``B + i``, ``2 B + i``, ...

    Args:
        times: How often each clip is in the batch afterwards.
    """

    def __init__(self, times: int = 2) -> None:
        self.times = times

    def __call__(self, inputs: dict, generator: Generator) -> dict:
        """Repeat all clips."""
        return {key: self._repeat(value) for key, value in inputs.items()}

    def _repeat(self, value: torch.Tensor | dict) -> torch.Tensor | dict:
        if isinstance(value, dict):
            return {key: self._repeat(part) for key, part in value.items()}
        return value.repeat(self.times, *[1] * (value.dim() - 1))
