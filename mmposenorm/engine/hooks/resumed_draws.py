"""Draws that a resumed training has not seen yet."""

from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmposenorm.models.draws import Draws
from mmposenorm.registry import HOOKS


@HOOKS.register_module()
class ResumedDrawsHook(Hook):
    """Let a resumed training go on with new cameras, noise and triplets.

    Without it their generators would start again, and the training would see what it
    has seen. Which clips come next, and which part of each, MMEngine and the data sets
    know from the iteration.
    """

    def before_train(self, runner: Runner) -> None:
        """Begin the draws of all parts of the model at the iteration to come."""
        for module in runner.model.modules():
            draws = getattr(module, 'draws', None)
            if isinstance(draws, Draws):
                draws.begin_at(runner.iter)
