"""tools/tables/recognize_at_one_budget.py on made-up data and untrained models."""

import json
import runpy
import sys

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope

from mmposenorm.datasets.synthetic import write_synthetic_penn_action
from mmposenorm.registry import MODELS


@pytest.fixture
def recognize(repository, monkeypatch, tmp_path, capsys, tool):
    """Return a function that runs the tool with two rows and returns its lines."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(repository / 'tools' / 'tables')
    write_synthetic_penn_action(tmp_path / 'data' / 'penn_action', 6, num_frames=8)
    write_views(tmp_path / 'data' / 'utd_mhad_views')

    def run(row):
        plain = {'name': 'plain', 'config': 'table4/input.py', 'prefix': 'plain_2d'}
        rows = {'one_budget': [plain | {'trained': False}, row]}
        (tmp_path / 'rows.json').write_text(json.dumps(rows))
        path = str(repository / 'tools' / 'tables' / 'recognize_at_one_budget.py')
        arguments = [path, '--rows', 'rows.json', '--out', 'out.md']
        monkeypatch.setattr(sys, 'argv', arguments)
        with DefaultScope.overwrite_default_scope('mmposenorm'):
            runpy.run_path(path, run_name='__main__')
        text = (tmp_path / 'out.md').read_text()
        assert text in capsys.readouterr().out
        lines = [line.split('|')[1:-1] for line in text.splitlines()]
        return [[cell.strip() for cell in line] for line in lines if line]

    return run


def write_views(folder):
    """Write clips of two actions, four people and four views."""
    folder.mkdir(parents=True)
    generator = np.random.default_rng(0)
    for action in ('clap', 'wave'):
        keypoints = generator.normal(200, 30, (1, 17, 2))
        for subject in range(4):
            for view in ('yaw+0', 'yaw+45', 'yaw+90', 'yaw+180'):
                np.savez(
                    folder / f'{action}_{subject}_{view}.npz',
                    keypoints=keypoints + generator.normal(0, 1, (6, 17, 2)),
                    action=action,
                    subject=subject,
                    view=view,
                    clip_id=f'{action} {subject}',
                )


def test_figures_are_the_mean_and_the_deviation_of_three_seeds(
    recognize, configs_dir, tmp_path
):
    content = (configs_dir / 'table4' / 'tcc.py').read_text()
    base = configs_dir / 'table4' / 'retrieval_small.py'
    content = content.replace("'retrieval_small.py'", repr(str(base)))
    small = 'model.update(encoder=dict(type="TemporalConvEncoder", channels=8))\n'
    (tmp_path / 'small.py').write_text(content + small)
    config = Config.fromfile(tmp_path / 'small.py')
    for seed, folder in enumerate(('small', 'small_seed1', 'small_seed2')):
        torch.manual_seed(seed)
        with DefaultScope.overwrite_default_scope('mmposenorm'):
            model = MODELS.build(config.model)
        (tmp_path / 'work_dirs' / folder).mkdir(parents=True)
        file = f'iter_{config.train_cfg.max_iters}.pth'
        weights = {'state_dict': model.state_dict()}
        torch.save(weights, tmp_path / 'work_dirs' / folder / file)
    row = {'name': 'ours', 'config': str(tmp_path / 'small.py'), 'prefix': 'tcc'}
    lines = recognize(row | {'paper': {'top1': 15.07, 'any5': 43.82}})
    plain, ours = ([line for line in lines if line[0] == n] for n in ('plain', 'ours'))
    assert len(plain) == len(ours) == 4  # two data sets, as pooled and whitened
    assert float(plain[0][3]) > 80
    assert ours[0][1:3] == ['15.07', '43.82']
    for cell in [*ours[0][3:], *ours[2][1:]]:
        mean, deviation = map(float, cell.split('±'))
        assert 0 <= mean <= 100
        assert 0 <= deviation <= 58  # of 0, 100 and 100


def test_a_seed_that_is_missing_is_told_with_its_command(recognize, tmp_path):
    lines = recognize({'name': 'TCC', 'config': 'table4/tcc.py', 'prefix': 'tcc'})
    [cell] = {line[3] for line in lines if line[0] == 'TCC' and len(line) > 6}
    assert cell.startswith('work_dirs/tcc/iter_156.pth is missing: `python tools/train')


def test_the_spread_by_hand(tool):
    spread = tool('recognize_at_one_budget').spread
    # Deviations -1, 0, 1 of three values: the root of 2 / 2.
    assert spread([80.0, 81.0, 82.0]) == '81.0 ± 1.0'
    assert spread([80.04]) == '80.0'


def test_every_row_has_a_config_that_computes_its_metric(repository, configs_dir):
    rows = Config.fromfile(repository / 'tools' / 'tables' / 'rows_penn.py')
    for row in rows.one_budget:
        config = Config.fromfile(configs_dir / row.config)
        assert row.prefix in [metric.prefix for metric in config.test_evaluator]
