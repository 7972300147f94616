"""New random draws in a resumed training."""

from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmposenorm.models.draws import Draws
from mmposenorm.registry import HOOKS


@HOOKS.register_module()
class ResumedDrawsHook(Hook):
    """Let a resumed training draw new cameras, noise and triplets.

    Otherwise their generators would start from the beginning and repeat what the
    training has seen. MMEngine and the data sets themselves choose the next clips, and
    the part of each, by the iteration.
    """

    def before_train(self, runner: Runner) -> None:
        """Seed all draws of the model by the iteration."""
        for module in runner.model.modules():
            draws = getattr(module, 'draws', None)
            if isinstance(draws, Draws):
                draws.begin_at(runner.iter)
