"""Random draws that an interrupted training repeats exactly."""

from typing import Any

import numpy as np
import torch
from mmengine.dist import get_rank
from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmposenorm.models.draws import Draws
from mmposenorm.registry import HOOKS


@HOOKS.register_module()
class ResumedDrawsHook(Hook):
    """Let all draws of an iteration depend on it, the seed and the process alone.

    So an interrupted and resumed training ends with the weights of an uninterrupted
    one, and does not repeat the cameras, noise and triplets that it has seen. This also
    seeds PyTorch, for dropout. MMEngine and the data sets themselves choose the clips,
    and the part of each, by the iteration.
    """

    def before_train(self, runner: Runner) -> None:
        """Find the draws of the model."""
        draws = (getattr(module, 'draws', None) for module in runner.model.modules())
        self._draws = [own for own in draws if isinstance(own, Draws)]

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None
    ) -> None:
        """Seed all draws by the iteration."""
        sequence = np.random.SeedSequence((runner.seed, get_rank(), runner.iter))
        torch.manual_seed(int(sequence.generate_state(1)[0]))
        for draws in self._draws:
            draws.begin_at(runner.iter)
