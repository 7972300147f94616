"""The learning rate's way down, for trainings of any length."""

from typing import Any

from mmengine.optim import CosineAnnealingLR, OptimWrapper

from mmposenorm.registry import PARAM_SCHEDULERS


@PARAM_SCHEDULERS.register_module()
class CosineAfterWarmUpLR(CosineAnnealingLR):
    """MMEngine's ``CosineAnnealingLR``, also where training ends within the warm-up.

    MMEngine fills in the end of the training as ``end``, so that a run made shorter or
    longer by ``train_cfg.max_iters`` still comes down to 0 at its end; but it refuses
    an ``end`` before ``begin``, which a run of a few steps to try things out has.

    Args:
        optimizer: The wrapped optimizer whose learning rate is set.
        begin: First iteration after the warm-up.
        end: The training's last.
        options: The other options of ``CosineAnnealingLR``.
    """

    def __init__(
        self, optimizer: OptimWrapper, *, begin: int, end: int, **options: Any
    ) -> None:
        super().__init__(optimizer, begin=min(begin, end - 1), end=end, **options)
