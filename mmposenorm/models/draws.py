"""The random draws of a model, from a generator of its own."""

import numpy as np
import torch
from mmengine.dist import get_rank


class Draws:
    """A seeded generator on the device that it is asked for.

    Args:
        seed: Seed of the generator; each process adds its rank.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._iteration = 0
        self._generator: torch.Generator | None = None

    def begin_at(self, iteration: int) -> None:
        """Seed the draws of an iteration of a training."""
        self._iteration = iteration
        if self._generator is not None:
            self._generator.manual_seed(self._first_seed())

    def generator_on(self, device: torch.device) -> torch.Generator:
        """Return the generator on a device; it continues where it left off."""
        device = _with_index(device)
        if self._generator is None or self._generator.device != device:
            self._generator = torch.Generator(device)
            self._generator.manual_seed(self._first_seed())
        return self._generator

    def _first_seed(self) -> int:
        if self._iteration == 0:
            return self.seed + get_rank()
        sequence = np.random.SeedSequence((self.seed, get_rank(), self._iteration))
        return int(sequence.generate_state(1)[0])


def _with_index(device: torch.device) -> torch.device:
    """Name the GPU that ``'cuda'`` stands for, as generators and tensors do."""
    if device.type == 'cuda' and device.index is None:
        return torch.device('cuda', torch.cuda.current_device())
    return device
