import math
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch import nn

from mmposenorm.checkpoints import trust_local_checkpoints

SCHEDULE = Path(__file__).parents[3] / 'configs' / '_base_' / 'schedule_2m.py'
WARM_UP = 100


class Model(BaseModel):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))

    def forward(self, inputs, mode):
        return {'loss': (self.weight**2).sum()}


class Record(Hook):
    def __init__(self):
        self.rates = []

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        self.rates.append(runner.optim_wrapper.get_lr()['lr'][0])


def rates(max_iters, work_dir, resume=False):
    """The learning rate of each step of a run of the schedule of this length."""
    schedule = Config.fromfile(SCHEDULE)
    record = Record()
    Runner(
        model=Model(),
        work_dir=str(work_dir),
        train_dataloader={
            'dataset': [{'inputs': 0}] * 4,
            'sampler': {'type': 'InfiniteSampler'},
            'batch_size': 1,
        },
        train_cfg=schedule.train_cfg | {'max_iters': max_iters},
        optim_wrapper=schedule.optim_wrapper,
        param_scheduler=schedule.param_scheduler,
        custom_hooks=[record],
        resume=resume,
        default_scope='mmposenorm',
        log_level='ERROR',
        default_hooks={'checkpoint': {'type': 'CheckpointHook', 'by_epoch': False}},
    ).train()
    return record.rates


def test_a_run_of_any_length_comes_down_to_nothing_at_its_end(tmp_path):
    steps = 300
    measured = rates(steps, tmp_path)
    assert len(measured) == steps
    expected = [
        1e-3 * (1 + math.cos(math.pi * (i - WARM_UP) / (steps - WARM_UP))) / 2
        for i in range(WARM_UP, steps)
    ]
    assert measured[WARM_UP:] == pytest.approx(expected, rel=1e-6)
    assert measured[-1] < 1e-7 < 1e-3 * 0.99 < max(measured)


def test_a_run_that_ends_within_the_warm_up_warms_up_all_the_same(tmp_path):
    # From a hundredth to the whole in 99 steps.
    expected = [1e-3 * (0.01 + 0.99 * i / (WARM_UP - 1)) for i in range(10)]
    assert rates(10, tmp_path) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize('first', [10, 150])
def test_a_run_that_is_resumed_to_go_on_for_longer_comes_down_to_the_new_end(
    tmp_path, first
):
    trust_local_checkpoints()
    rates(first, tmp_path / 'resumed')
    whole = rates(300, tmp_path / 'whole')
    resumed = rates(300, tmp_path / 'resumed', resume=True)
    # MMEngine brings back the learning rate of the last step for one more.
    assert resumed[1:] == pytest.approx(whole[first + 1 :], rel=1e-6)
