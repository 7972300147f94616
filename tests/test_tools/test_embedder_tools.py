"""The tools around pose embedders, as a user calls them, on made-up motion capture."""

import json
import shutil

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from processes import needs_cpus, run_as_ranks

from mmposenorm.registry import MODELS


@pytest.fixture
def small(configs_dir, workplace):
    """A small pose normalizer with random weights, and an embedder of its poses."""
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
    in_process(
        'test.py',
        'e_p.py',
        'run/iter_3.pth',
        '--trust-checkpoint',
        '--work-dir',
        'tested',
    )
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
    in_process(
        'test.py',
        'e_p.py',
        'run/iter_5.pth',
        '--trust-checkpoint',
        '--work-dir',
        'tested',
    )


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
            r'checkpoint` is other\.pth, but .* is e_q\.pth; expected the same file',
        ),
        (
            'train_dataloader.dataset.normalizer.checkpoint=none.pth',
            r'checkpoint` is e_q\.pth, but .* is none\.pth; expected the same file',
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


@needs_cpus
def test_two_processes_find_exactly_what_one_finds(in_process, small):
    arguments = ('test.py', 'e_q.py', 'e_q.pth', '--work-dir')

    def find():
        in_process(*arguments, 'two', '--launcher', 'pytorch')
        assert torch.distributed.get_world_size() == 2

    run_as_ranks(find)
    in_process(*arguments, 'one')
    one, two = figures_in(small / 'one'), figures_in(small / 'two')
    names = [name for name in one if name.startswith('correspondence/')]
    assert 'correspondence/hit@5' in names
    assert {name: one[name] for name in names} == {name: two[name] for name in names}
