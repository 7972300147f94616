"""A learning rate schedule for trainings of any length."""

import math

from mmengine.optim import CosineAnnealingLR, OptimWrapper

from mmposenorm.registry import PARAM_SCHEDULERS


@PARAM_SCHEDULERS.register_module()
class CosineAfterWarmUpLR(CosineAnnealingLR):
    """MMEngine's ``CosineAnnealingLR`` for runs that are very short or extended.

    MMEngine sets ``end`` to the end of the training, so that the learning rate is 0
    there whatever ``train_cfg.max_iters`` is, but refuses an ``end`` before ``begin``,
    as in a trial run of a few steps within the warm-up.

    If a run is resumed with another length, the learning rate is 0 at the new end.
    MMEngine's schedule keeps the old end and continues with a learning rate of 0.

    Args:
        optimizer: The wrapped optimizer whose learning rate is set.
        begin: First iteration after the warm-up.
        end: Last iteration of the training.
        by_epoch: Whether both are epochs instead of iterations.
    """

    def __init__(
        self, optimizer: OptimWrapper, begin: int, end: int, by_epoch: bool
    ) -> None:
        begin = min(begin, end - 1)
        super().__init__(optimizer, begin=begin, end=end, by_epoch=by_epoch)

    def load_state_dict(self, state_dict: dict) -> None:
        """Continue where the run was stopped, towards its current end."""
        ours = {name: getattr(self, name) for name in ('begin', 'end', 'T_max')}
        super().load_state_dict(state_dict | ours)
        self.last_step = max(self._global_step - self.begin, -1)

    def _get_value(self) -> list[float]:
        # From the step alone: MMEngine computes it from the previous value.
        if self.last_step == 0:
            return [group[self.param_name] for group in self.optimizer.param_groups]
        share = (1 + math.cos(math.pi * self.last_step / self.T_max)) / 2
        return [share * value for value in self.base_values]
