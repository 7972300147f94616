"""Noise that reaches its full strength late in the training."""

from typing import Any

from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner

from mmposenorm.registry import HOOKS
from mmposenorm.transforms.detections import AddDetectorNoise


@HOOKS.register_module()
class LateNoiseHook(Hook):
    """Start the training with weaker detector noise.

    The strength depends only on the iteration, so that a resumed run continues with it.

    Args:
        begin: Share of the training after which the noise has its full strength.
        strength: Until then, share of the limits of ``AddDetectorNoise``.

    Raises:
        ValueError: If ``begin`` or ``strength`` is out of range or, before the first
            step, if ``train_transforms`` of the data preprocessor have no
            ``AddDetectorNoise``.
    """

    def __init__(self, begin: float, strength: float) -> None:
        if not (0 < begin < 1 and 0 <= strength < 1):
            raise ValueError(
                f'expected 0 < `begin` < 1 (share of the training) and 0 <= `strength` '
                f'< 1 (share of the noise), got {begin} and {strength}. Check '
                '`custom_hooks` in your config.'
            )
        self.begin = begin
        self.strength = strength

    def before_train(self, runner: Runner) -> None:
        """Find the transforms that add noise."""
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        transforms = getattr(model.data_preprocessor, 'train_transforms', ())
        self._transforms = [t for t in transforms if isinstance(t, AddDetectorNoise)]
        if not self._transforms:
            names = [type(t).__name__ for t in transforms]
            raise ValueError(
                '`model.data_preprocessor.train_transforms` has '
                f'{names}, but no AddDetectorNoise. Add it, or take LateNoiseHook out '
                'of `custom_hooks`.'
            )

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None
    ) -> None:
        """Set the strength of this iteration."""
        early = runner.iter < self.begin * runner.max_iters
        for transform in self._transforms:
            transform.strength = self.strength if early else 1.0
