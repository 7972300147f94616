"""The tools around E_P, as a user calls them, on made-up motion capture."""

import json
import os
import runpy
import shutil
import subprocess
import sys

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmengine.runner import CheckpointLoader

from mmposenorm.datasets.correspondence import load_pairs
from mmposenorm.datasets.correspondence_pairs import CorrespondencePairs
from mmposenorm.datasets.synthetic import write_synthetic_mocap
from mmposenorm.registry import MODELS


@pytest.fixture
def in_process(repository, monkeypatch):
    """Return a function that runs a tool in this process, as ``python tools/...``."""
    monkeypatch.setattr(CheckpointLoader, '_schemes', {**CheckpointLoader._schemes})

    def run(tool, *arguments):
        monkeypatch.setattr(sys, 'argv', [tool, *map(str, arguments)])
        with DefaultScope.overwrite_default_scope('mmposenorm'):
            runpy.run_path(str(repository / 'tools' / tool), run_name='__main__')

    return run


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    """Work in a new folder that holds small data sets where the configs expect data."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / 'data' / 'cmu_h36m17'
    folder.mkdir(parents=True)
    write_synthetic_mocap(folder / 'train.npz', num_clips=3, num_frames=80, seed=1)
    write_synthetic_mocap(folder / 'test.npz', num_clips=3, num_frames=60, seed=2)
    return tmp_path


@pytest.fixture
def small(configs_dir, workplace):
    """A small E_Q with random weights, and the config of an E_P above it."""
    e_q, e_p = workplace / 'e_q.py', workplace / 'e_p.py'
    e_q.write_text(
        f"_base_ = '{configs_dir}/table2/e_q.py'\n"
        'model = dict(encoder=dict(channels=16, dilations=(1,)))\n'
    )
    e_p.write_text(
        f"_base_ = '{configs_dir}/table3/fc.py'\n"
        'model = dict(\n'
        '    encoder=dict(channels=16),\n'
        '    normalizer=dict(\n'
        '        encoder=dict(channels=16, dilations=(1,)),\n'
        "        init_cfg=dict(checkpoint='e_q.pth'),\n"
        '    ),\n'
        ')\n'
        'train_dataloader = dict(batch_size=2, dataset=dict(\n'
        "    normalizer=dict(config='e_q.py', checkpoint='e_q.pth'),\n"
        "    clips=dict(views=(0,), variants=('original',)),\n"
        '))\n'
        'train_cfg = dict(max_iters=3, val_interval=3)\n'
    )
    with DefaultScope.overwrite_default_scope('mmposenorm'):
        model = MODELS.build(Config.fromfile(e_q).model)
    torch.save({'state_dict': model.state_dict()}, workplace / 'e_q.pth')
    return workplace


def figures_in(folder):
    """Return the figures of the test that a run in a folder logged."""
    (log,) = folder.glob('*/*.json')
    return json.loads(log.read_text())


def test_an_embedder_is_trained_and_measured_and_keeps_its_normalizer(
    in_process, small
):
    in_process('train.py', 'e_p.py', '--work-dir', 'run')
    trained = torch.load('run/iter_3.pth', weights_only=False)['state_dict']
    weights = torch.load('e_q.pth', weights_only=True)['state_dict']
    for name, weight in weights.items():
        torch.testing.assert_close(trained[f'normalizer.{name}'], weight)
    assert len(list((small / 'work_dirs' / 'normalized_poses').iterdir())) == 1
    in_process('test.py', 'e_p.py', 'run/iter_3.pth', '--work-dir', 'tested')
    figures = figures_in(small / 'tested')
    assert 0 < figures['correspondence/hit@10'] <= 100


def test_an_embedder_is_trained_again_and_resumed_above_its_normalizer(
    in_process, small
):
    in_process('train.py', 'e_p.py', '--work-dir', 'run')
    more = ['--resume', '--cfg-options', 'train_cfg.max_iters=5']
    in_process('train.py', 'e_p.py', '--work-dir', 'run', *more)
    trained = torch.load('run/iter_5.pth', weights_only=False)['state_dict']
    for name, weight in torch.load('e_q.pth', weights_only=True)['state_dict'].items():
        torch.testing.assert_close(trained[f'normalizer.{name}'], weight)
    (small / 'e_q.pth').unlink()  # testing needs the trained checkpoint alone
    in_process('test.py', 'e_p.py', 'run/iter_5.pth', '--work-dir', 'tested')


@pytest.mark.parametrize(
    ('option', 'words'),
    [
        (
            'model.normalizer.encoder.channels=32',
            r'^`model\.normalizer\.init_cfg`: e_q\.pth does not fit',
        ),
        (
            'model.normalizer.init_cfg.checkpoint=none.pth',
            r'^`model\.normalizer\.init_cfg`: Checkpoint none\.pth not found',
        ),
        (
            'model.normalizer.init_cfg.checkpoint=other.pth',
            r'checkpoint` is other\.pth, but .* is e_q\.pth; expected one file',
        ),
        (
            'train_dataloader.dataset.normalizer.checkpoint=none.pth',
            r'checkpoint` is e_q\.pth, but .* is none\.pth; expected one file',
        ),
    ],
)
def test_a_wrong_normalizer_is_refused_before_its_poses_are_made(
    in_process, small, option, words
):
    shutil.copy('e_q.pth', 'other.pth')
    with pytest.raises(SystemExit, match=words):
        in_process('train.py', 'e_p.py', '--cfg-options', option)
    assert not (small / 'work_dirs' / 'normalized_poses').exists()


def test_two_ways_to_name_one_normalizer_are_one(in_process, small):
    (small / 'link.pth').symlink_to('e_q.pth')
    option = 'model.normalizer.init_cfg.checkpoint=./link.pth'
    in_process('train.py', 'e_p.py', '--work-dir', 'run', '--cfg-options', option)
    assert (small / 'run' / 'iter_3.pth').is_file()


def test_two_processes_find_exactly_what_one_finds(in_process, small, repository):
    ended = subprocess.run(
        [
            'bash',
            repository / 'tools' / 'dist_test.sh',
            'e_q.py',
            'e_q.pth',
            '2',
            '--work-dir',
            'two',
        ],
        env={**os.environ, 'PYTHON': sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    in_process('test.py', 'e_q.py', 'e_q.pth', '--work-dir', 'one')
    one, two = figures_in(small / 'one'), figures_in(small / 'two')
    names = [name for name in one if name.startswith('correspondence/')]
    assert 'correspondence/hit@5' in names
    assert {name: one[name] for name in names} == {name: two[name] for name in names}


@pytest.mark.usefixtures('workplace')
def test_pairs_are_written_for_other_programs(in_process, configs_dir, capsys):
    in_process(
        'tables/build_pairs.py', configs_dir / 'table2' / 'ceiling.py', 'pairs.npz'
    )
    pairs = load_pairs('pairs.npz')
    assert [pair.pair_id for pair in pairs] == ['02_01', '02_02', '02_03']
    assert 'Wrote 3 pairs' in capsys.readouterr().out
    for config, file, words in (
        ('nowhere.py', 'more.npz', 'Config nowhere'),
        (configs_dir / 'posenorm_cmu.py', 'more.npz', 'tests on MocapClips; expected'),
        (
            configs_dir / 'table2' / 'ceiling.py',
            'pairs.npz/x',
            'pairs.npz: File exists',
        ),
    ):
        with pytest.raises(SystemExit, match=words):
            in_process('tables/build_pairs.py', config, file)


@pytest.fixture
def show_mining(in_process, configs_dir):
    config = configs_dir / 'table3' / 'fc.py'

    def run(*arguments):
        in_process('show_mining.py', config, '--closed-form', *arguments)

    return run


def test_the_mining_of_a_clip_is_drawn(show_mining, workplace):
    show_mining('--clip', '01_02', '--anchor', 30)
    picture = cv2.imread(str(workplace / 'outputs' / '01_02_mining.png'))
    assert picture.shape[:2] == (1008, 1320)
    green = (np.abs(picture.astype(int) - (0x73, 0x9E, 0x00)) < 8).all(axis=-1)
    assert green.sum() > 100  # the drawn positives


@pytest.mark.usefixtures('workplace')
def test_what_cannot_be_drawn_is_said_in_a_sentence(show_mining, in_process):
    for arguments, words in (
        (['--clip', '07_07'], "no clip '07_07' of enough frames; it has 3: 01_01, 01"),
        (['--anchor', 80], '--anchor is 80, but the clip has frames 0 to 79'),
    ):
        with pytest.raises(SystemExit, match=words):
            show_mining(*arguments)


def test_a_still_clip_is_said_to_stand_still(show_mining, workplace):
    file = workplace / 'data' / 'cmu_h36m17' / 'train.npz'
    with np.load(file) as arrays:
        still = {name: poses[:1].repeat(80, axis=0) for name, poses in arrays.items()}
    np.savez(file, **still)
    with pytest.raises(SystemExit, match='All 3 clips stand still'):
        show_mining()
    for poses in still.values():  # all others are alike, seen from this frame
        poses[30, 13] += 0.03
    np.savez(file, **still)
    with pytest.raises(SystemExit, match='from frame 30 the clip stands still'):
        show_mining('--anchor', 30)


@pytest.fixture
def rows(configs_dir, workplace):
    """A list of two rows: one that needs no checkpoint, one that has none."""
    file = workplace / 'rows.py'
    ceiling = {'name': 'ceiling', 'config': f'{configs_dir}/table2/ceiling.py'}
    ceiling |= {'checkpoint': None, 'paper': {'hit': 94.25, 'mse': 2.35}}
    missing = {'name': 'E_P', 'config': f'{configs_dir}/table3/fc.py'}
    file.write_text(
        f"data = 'made-up motion'\nbudget = 'nothing'\n"
        f'table1 = []\ntable2 = [{ceiling}, {missing}]\ntable3 = [{missing}]\n'
    )
    return file


def table_lines(text):
    """Return the cells of each row of the tables in a text, by the row's name."""
    lines = [line for line in text.splitlines() if line.startswith('| ')]
    rows = [[cell.strip() for cell in line.strip('|').split('|')] for line in lines]
    return {cells[0]: cells[1:] for cells in rows}


def test_rows_are_printed_beside_the_papers_figures(in_process, rows, workplace):
    file = 'data/cmu_h36m17/test.npz'
    clips = {'type': 'MocapClips', 'ann_file': file, 'test_mode': True}
    arrays = {}
    for pair in CorrespondencePairs(
        clips
    ).pairs:  # the number of the frame itself as its feature
        arrays[f'{pair.pair_id}/source'] = pair.source_ids[:, None].astype(float)
        arrays[f'{pair.pair_id}/target'] = pair.target_ids[:, None].astype(float)
    np.savez(workplace / 'clock.npz', **arrays)
    in_process(
        'tables/reproduce_tables.py', '--rows', rows, '--tables', 2, 3,
        '--features', 'clock=clock.npz', '--out', 'out/tables.md',
    )  # fmt: skip
    text = (workplace / 'out' / 'tables.md').read_text()
    assert 'Data: made-up motion.' in text
    assert '3 pairs of views yaw-22.5 and yaw+22.5' in text
    assert 'the models see the dropped sequence' in text
    lines = table_lines(text)
    columns = lines.pop('')
    ceiling = dict(zip(columns, lines['ceiling'], strict=True))
    assert ceiling['hit@5, paper'] == '94.25'
    assert float(ceiling['hit@10']) > 95
    assert float(dict(zip(columns, lines['clock'], strict=True))['hit@5']) == 100
    assert 'work_dirs/fc/iter_1954.pth is missing: `python tools/train.py ' in text
    assert dict(zip(columns, lines['E_P'], strict=True))['hit@1'].startswith(
        'work_dirs'
    )


def test_features_of_other_pairs_make_no_row(in_process, rows, workplace):
    np.savez(workplace / 'other.npz', **{'09_09/source': np.zeros((3, 2))})
    for file, words in (
        ('other.npz', "has no array '02_01/source'"),
        ('none.npz', r'none\.npz not found'),
    ):
        with pytest.raises(SystemExit, match=words):
            in_process(
                'tables/reproduce_tables.py', '--rows', rows, '--tables', 2,
                '--features', f'SMPL={file}', '--out', 'out.md',
            )  # fmt: skip
    assert not (workplace / 'out.md').exists()
    assert not (workplace / 'work_dirs').exists()  # said before any row was evaluated


def test_every_listed_row_has_its_config(repository, configs_dir):
    rows = Config.fromfile(repository / 'tools' / 'tables' / 'rows_cmu.py')
    for row in [*rows.table1, *rows.table2, *rows.table3]:
        assert (configs_dir / row['config']).is_file()
        assert (configs_dir / row.get('trained_by', row['config'])).is_file()
