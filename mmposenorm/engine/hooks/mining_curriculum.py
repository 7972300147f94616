"""The mining curriculum: from easy negatives to semi-hard ones."""

from typing import Any

from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner

from mmposenorm.engine.hooks.progress import Stretch
from mmposenorm.registry import HOOKS

Range = tuple[float, float]


def interpolate_ranges(easy: Range, semi_hard: Range, progress: float) -> Range:
    """Interpolate between easy and semi-hard thresholds.

    Args:
        easy: Thresholds (lower, upper) at progress 0.
        semi_hard: Thresholds at progress 1.
        progress: In [0, 1].

    Returns:
        The thresholds, linear in between.
    """
    lower, upper = (
        start + progress * (end - start)
        for start, end in zip(easy, semi_hard, strict=True)
    )
    return lower, upper


@HOOKS.register_module()
class MiningCurriculumHook(Hook):
    """Move the thresholds of ``model.miner`` from easy to semi-hard over training.

    Args:
        positive_ranges: The easy (c_pl, c_pu) and the semi-hard one.
        negative_ranges: The easy (c_nl, c_nu) and the semi-hard one.
        begin: Share of the training with the easy thresholds.
        end: Share of the training after which the semi-hard ones are reached.

    Source:
        Paper section 3.3: "the training starts from easy negative pairs and gradually
        shifts to semi-hard pairs"; thresholds and pace are ours.
    """

    def __init__(
        self,
        positive_ranges: tuple[Range, Range],
        negative_ranges: tuple[Range, Range],
        begin: float = 0.1,
        end: float = 0.7,
    ) -> None:
        self.positive_ranges = positive_ranges
        self.negative_ranges = negative_ranges
        self.stretch = Stretch(begin, end)

    def before_train(self, runner: Runner) -> None:
        """Check the final thresholds before the first step."""
        self._set(runner, 1.0)

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None
    ) -> None:
        """Set the thresholds of this iteration."""
        self._set(runner, self.stretch.progress(runner))

    def _set(self, runner: Runner, progress: float) -> None:
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        model.miner.set_ranges(
            interpolate_ranges(*self.positive_ranges, progress),
            interpolate_ranges(*self.negative_ranges, progress),
        )
        runner.message_hub.update_scalar(
            'train/mining_negative_lower', model.miner.negative_range[0]
        )
