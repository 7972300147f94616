"""The learning rate's way down, for trainings of any length."""

import math

from mmengine.optim import CosineAnnealingLR, OptimWrapper

from mmposenorm.registry import PARAM_SCHEDULERS


@PARAM_SCHEDULERS.register_module()
class CosineAfterWarmUpLR(CosineAnnealingLR):
    """MMEngine's ``CosineAnnealingLR``, also where training ends within the warm-up.

    MMEngine fills in the end of the training as ``end``, so that a run made shorter or
    longer by ``train_cfg.max_iters`` still comes down to 0 at its end; but it refuses
    an ``end`` before ``begin``, which a run of a few steps to try things out has.

    A run that is resumed with another length comes down to the new end; MMEngine's
    keeps the old one, and trains on with what was left of the learning rate, nothing.

    Args:
        optimizer: The wrapped optimizer whose learning rate is set.
        begin: First iteration after the warm-up.
        end: The training's last.
        by_epoch: Whether the two count epochs, not iterations.
    """

    def __init__(
        self, optimizer: OptimWrapper, begin: int, end: int, by_epoch: bool
    ) -> None:
        begin = min(begin, end - 1)
        super().__init__(optimizer, begin=begin, end=end, by_epoch=by_epoch)

    def load_state_dict(self, state_dict: dict) -> None:
        """Go on where the run was stopped, towards the end that it has now."""
        ours = {name: getattr(self, name) for name in ('begin', 'end', 'T_max')}
        super().load_state_dict(state_dict | ours)
        self.last_step = max(self._global_step - self.begin, -1)

    def _get_value(self) -> list[float]:
        # From the step alone: MMEngine goes on from the value before it.
        if self.last_step == 0:
            return [group[self.param_name] for group in self.optimizer.param_groups]
        share = (1 + math.cos(math.pi * self.last_step / self.T_max)) / 2
        return [share * value for value in self.base_values]
