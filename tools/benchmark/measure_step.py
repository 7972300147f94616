"""The row ``step`` of tools/benchmark: the parts of a training step."""

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.hooks import Hook
from mmengine.runner import Runner
from row import Row, now

from mmposenorm.datasets.synthetic import write_synthetic_mocap

CONFIG = Path(__file__).resolve().parents[2] / 'configs' / 'posenorm_cmu.py'
WARM_UP_STEPS = 3


def measure_step(num_steps: int = 20, **options: object) -> list[Row]:
    """Measure the share of a training step outside forward and backward.

    Args:
        num_steps: Number of steps that are measured, after three that are not.
        options: Fields of the config to change.
    """
    config = Config.fromfile(CONFIG)
    with TemporaryDirectory() as folder:
        config.merge_from_dict(
            {
                'work_dir': folder,
                'log_level': 'ERROR',
                'train_cfg.max_iters': WARM_UP_STEPS + num_steps,
                'default_hooks.checkpoint.save_last': False,
                'val_cfg': None,
                'val_dataloader': None,
                'val_evaluator': None,
                **options,
            }
        )
        dataset = config.train_dataloader.dataset
        source = dataset.ann_file
        if not Path(source).is_file():
            source, dataset.ann_file = 'synthetic mocap', f'{folder}/train.npz'
            write_synthetic_mocap(dataset.ann_file, num_clips=16, num_frames=500)
        runner, clock = Runner.from_cfg(config), StepClock()
        runner.register_hook(clock)
        runner.train()
    steps = clock.steps[WARM_UP_STEPS:]
    figures = {
        f'{part}, ms': 1000 * np.array([step[part] for step in steps])
        for part in steps[0]
    }
    whole = sum(figures.values())
    inside = figures['forward, ms'] + figures['backward, ms']
    figures |= {'whole step, ms': whole, 'ratio outside / whole': 1 - inside / whole}
    millions = sum(p.numel() for p in runner.model.parameters()) / 1e6
    conditions = (
        f'{CONFIG.name}, {millions:.1f} M weights, '
        f'{config.train_dataloader.batch_size} clips of {config.clip_len} frames, '
        f'{source}, fp32, {get_device()}; {num_steps} steps after {WARM_UP_STEPS}. '
        'Forward includes the losses; validation and checkpoints are left out.'
    )
    return [Row('step: outside the forward and backward passes', figures, conditions)]


class StepClock(Hook):
    """Measure the time of every training step and its parts.

    Attributes:
        steps: Seconds of each part, by name, for each step.
    """

    priority = 'VERY_LOW'  # a step ends after all other hooks

    def __init__(self) -> None:
        self.steps: list[Counter] = []

    def before_train(self, runner: Runner) -> None:
        """Start to measure the calls of a step."""
        model, optimizer = runner.model, runner.optim_wrapper
        self._watch(model.data_preprocessor, 'forward', 'batch transforms')
        self._watch(model, 'forward', 'forward')
        self._watch(optimizer, 'backward', 'backward')
        self._watch(optimizer, 'update_params', 'optimizer')
        self._parts, self._start = Counter(), now()

    def _watch(self, owner: object, method: str, part: str) -> None:
        function = getattr(owner, method)

        def timed(*args: object, **kwargs: object) -> object:
            start = now()
            result = function(*args, **kwargs)
            self._parts[part] += now() - start
            return result

        setattr(owner, method, timed)

    def before_train_iter(self, *_: object, **__: object) -> None:
        """Note when the batch has been loaded."""
        self._parts['data loading'] = now() - self._start

    def after_train_iter(self, *_: object, **__: object) -> None:
        """Finish the step."""
        # The optimizer's call includes the backward pass.
        self._parts['optimizer'] -= self._parts['backward']
        self._parts['hooks and the rest'] = now() - self._start - self._parts.total()
        self.steps.append(self._parts)
        self._parts, self._start = Counter(), now()
