"""A loss that starts late in the training."""

from typing import Any

from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner

from mmposenorm.engine.hooks.progress import Stretch
from mmposenorm.registry import HOOKS


@HOOKS.register_module()
class LateLossHook(Hook):
    """Raise the weight of one of ``model.losses`` from 0 to its full value.

    A loss that only compares predictions, such as ``view_consistency``, is lowest if
    all predictions are the same mean pose. So it starts once poses are roughly right.

    Args:
        loss: Name of the loss in ``model.losses``; the weight it grows to is its own
            ``loss_weight``.
        begin: Share of the training before the loss starts.
        end: Share of the training after which it has its full weight.

    Raises:
        ValueError: If not 0 <= ``begin`` < ``end`` <= 1 or, before the first step, if
            the model has no such loss.
    """

    def __init__(self, loss: str, begin: float, end: float) -> None:
        self.loss = loss
        self.stretch = Stretch(begin, end)

    def before_train(self, runner: Runner) -> None:
        """Find the loss and remember its weight."""
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        losses = getattr(model, 'losses', {})
        if self.loss not in losses:
            raise ValueError(
                f'`model.losses` has {sorted(losses)}, but no {self.loss!r}, which is '
                'to set in late. Name one of them as `loss` in `custom_hooks`, or add '
                'it to `model.losses`.'
            )
        self._module = losses[self.loss]
        self._weight = self._module.loss_weight

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None
    ) -> None:
        """Set the weight of this iteration."""
        self._module.loss_weight = self._weight * self.stretch.progress(runner)
