"""Runs on several CPU processes end well, and measure what one process measures.

``FAULTS=200 pytest tests/faults/test_distributed_runs.py`` trains and tests 200 times
on made-up data, on 2 and 4 processes in turn; and 6 times by the scripts.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mmposenorm.datasets.synthetic import write_synthetic_mocap

RUNS = int(os.environ.get('FAULTS', 0))
ENVIRONMENT = {**os.environ, 'PYTHON': sys.executable, 'OMP_NUM_THREADS': '1'}
TRAIN = (
    *('train_cfg.max_iters=2', 'train_cfg.val_interval=2'),
    *('train_dataloader.batch_size=4', 'model.encoder.channels=32'),
    'optim_wrapper.optimizer.smallest=32',
)

pytestmark = [
    pytest.mark.skipif(not RUNS, reason='FAULTS is not set; `make faults` sets it'),
    pytest.mark.skipif(
        Path('/dev/nvidia0').exists(), reason='processes cannot share one GPU'
    ),
]


@pytest.fixture
def launch(repository, configs_dir, tmp_path):
    """Return a function that runs a tool on several processes."""
    data = tmp_path / 'data' / 'cmu_h36m17'
    write_synthetic_mocap(data / 'train.npz', num_clips=5, num_frames=80, seed=1)
    # 5 clips of 2 bodies from 2 sides: 3 and 4 processes have not the same number.
    write_synthetic_mocap(data / 'test.npz', num_clips=5, num_frames=80, seed=2)
    config = configs_dir / 'posenorm_cmu_small.py'

    def run(script, processes, *arguments):
        first = [arguments[0]] if script == 'dist_test.sh' else []
        command = ['bash', repository / 'tools' / script, config, *first]
        return subprocess.run(
            [*command, str(processes), *arguments[len(first) :]],
            cwd=tmp_path,
            env={**ENVIRONMENT, 'PYTHONPATH': str(repository)},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def train(launch, processes, folder):
    return launch(
        *('dist_train.sh', processes, '--work-dir', folder, '--cfg-options', *TRAIN)
    )


def evaluate(launch, processes, folder):
    return launch(
        *('dist_test.sh', processes, 'trained/iter_2.pth', '--trust-checkpoint'),
        *('--work-dir', folder, '--cfg-options', *TRAIN[-2:]),
    )


def test_no_run_aborts(launch, configs_dir, repository, tmp_path):
    assert train(launch, 2, 'trained').returncode == 0
    config = str(configs_dir / 'posenorm_cmu_small.py')
    tools = (
        ['train.py', config, '--cfg-options', *TRAIN],
        [
            *('test.py', config, 'trained/iter_2.pth', '--trust-checkpoint'),
            *('--cfg-options', *TRAIN[-2:]),
        ],
    )
    runs = [((2, 2, 4)[n % 3], tools[n % 2]) for n in range(RUNS)]
    ended = subprocess.run(
        [sys.executable, Path(__file__).with_name('forked_ranks.py')],
        input='\n'.join(
            json.dumps([count, [str(repository / 'tools' / tool), *arguments]])
            for count, (tool, *arguments) in runs
        ),
        cwd=tmp_path,
        env={**ENVIRONMENT, 'PYTHONPATH': str(repository)},
        capture_output=True,
        text=True,
        check=True,
    )
    codes = [json.loads(line) for line in ended.stdout.splitlines()]
    assert codes == [[0] * count for count, _ in runs]
    assert 'terminate called' not in ended.stderr


def test_no_run_of_the_scripts_aborts(launch):
    for number in range(max(1, RUNS // 100)):
        for processes in (2, 4):
            for run in (train, evaluate)[: 1 + (processes == 2)]:
                ended = run(launch, processes, 'trained')
                assert ended.returncode == 0, (number, ended.stderr[-2000:])
                assert 'terminate called' not in ended.stderr


def test_any_number_of_processes_measures_the_same(launch, tmp_path):
    assert train(launch, 2, 'trained').returncode == 0
    figures = {}
    for processes in (1, 2, 3, 4):
        folder = f'tested_{processes}'
        ended = evaluate(launch, processes, folder)
        assert ended.returncode == 0, ended.stderr
        [log] = (tmp_path / folder).glob('*/*.json')
        measured = json.loads(log.read_text().splitlines()[-1])
        figures[processes] = {k: v for k, v in measured.items() if k[:8] == 'posenorm'}
    assert len(figures[1]) >= 5
    assert all(found == figures[1] for found in figures.values())
