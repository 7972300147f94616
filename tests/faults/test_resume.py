"""A training that was interrupted ends with the weights of one that was not."""

import os
import random
import runpy
import shutil
import signal
import sys
import time
from multiprocessing import get_context
from pathlib import Path

import pytest
import torch
from mmengine.registry import DefaultScope
from mmengine.runner import CheckpointLoader

from mmposenorm.datasets.synthetic import write_synthetic_mocap

STEPS = 4
KILLS = int(os.environ.get('FAULTS', 0)) // 20
RESUME = '--resume'
OPTIONS = (
    f'train_cfg.max_iters={STEPS}',
    'val_cfg=None',
    'val_dataloader=None',
    'val_evaluator=None',
    'default_hooks.checkpoint.save_best=None',
    'default_hooks.checkpoint.interval=1',
    'default_hooks.checkpoint.max_keep_ckpts=-1',
    'train_dataloader.batch_size=2',
    'model.encoder.dropout=0.1',
    'model.encoder.channels=32',
    'optim_wrapper.optimizer.smallest=32',
)


@pytest.fixture
def train(configs_dir, repository, tmp_path, monkeypatch):
    """Return a function that trains a few steps on made-up data in this process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(CheckpointLoader, '_schemes', {**CheckpointLoader._schemes})
    data = tmp_path / 'data' / 'cmu_h36m17' / 'train.npz'
    write_synthetic_mocap(data, num_clips=3, num_frames=80, seed=1)
    config = str(configs_dir / 'posenorm_cmu_small.py')

    def run(folder, *more):
        options = ('--work-dir', folder, *more, '--cfg-options', *OPTIONS)
        monkeypatch.setattr(sys, 'argv', ['train.py', config, *options])
        with DefaultScope.overwrite_default_scope(None):
            tool = str(repository / 'tools' / 'train.py')
            runpy.run_path(tool, run_name='__main__')

    return run


def assert_same_end(folder, other):
    """Compare all tensors of the last checkpoints bit by bit."""
    ends = [
        torch.load(f'{name}/iter_{STEPS}.pth', weights_only=False)
        for name in (folder, other)
    ]
    for part in ('state_dict', 'ema_state_dict', 'optimizer'):
        first, second = (dict(tensors(end[part])) for end in ends)
        assert first.keys() == second.keys()
        assert all(torch.equal(first[name], second[name]) for name in first), part


def tensors(value, name=''):
    if isinstance(value, torch.Tensor):
        yield name, value
    elif isinstance(value, dict | list | tuple):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from tensors(part, f'{name}.{key}')


def test_a_resumed_training_ends_as_an_uninterrupted_one(train):
    train('whole')
    Path('parts').mkdir()
    shutil.copy('whole/iter_2.pth', 'parts')  # as after a kill
    Path('parts/last_checkpoint').touch()
    train('parts', RESUME)
    assert_same_end('whole', 'parts')
    [log] = Path('parts').glob('*/*.log')
    assert 'Resuming from parts/iter_2.pth.' in log.read_text()


@pytest.mark.skipif(not KILLS, reason='FAULTS is not set; `make faults` sets it')
def test_a_killed_training_ends_as_an_uninterrupted_one(train):
    began = time.monotonic()
    train('whole')
    lasts = time.monotonic() - began
    generator = random.Random(0)
    kills = 0
    for number in range(KILLS):
        folder, ended = f'killed_{number}', None
        while ended != 0:
            # Forked, so that packages need not be imported again.
            process = get_context('fork').Process(target=train, args=(folder, RESUME))
            process.start()
            process.join(generator.uniform(0, 1.2 * lasts))
            if process.is_alive():
                process.kill()
                kills += 1
            process.join()
            ended = process.exitcode
            assert ended in (0, -signal.SIGKILL)
        assert_same_end('whole', folder)
        shutil.rmtree(folder)
    assert kills >= KILLS
