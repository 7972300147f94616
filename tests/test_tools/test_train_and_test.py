"""The tools, as a user calls them, on made-up motion capture."""

import atexit
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.evaluator import Evaluator
from mmengine.registry import DefaultScope
from processes import needs_cpus, run_as_ranks

from mmposenorm.datasets.synthetic import write_synthetic_mocap
from mmposenorm.engine.runtime import _check_save_best, _join_cpu_processes
from mmposenorm.models.preprocessor import PoseClipPreprocessor
from mmposenorm.registry import MODELS

NARROW = ('model.encoder.channels=32', 'optim_wrapper.optimizer.smallest=32')
FEW_STEPS = (
    *NARROW,
    'train_cfg.max_iters=2',
    'train_cfg.val_interval=2',
    'train_dataloader.batch_size=2',
    'default_hooks.checkpoint.interval=1',
)


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    """Work in a new folder that holds small data sets where the configs expect data."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / 'data' / 'cmu_h36m17'
    folder.mkdir(parents=True)
    write_synthetic_mocap(folder / 'train.npz', num_clips=3, num_frames=80, seed=1)
    write_synthetic_mocap(folder / 'test.npz', num_clips=2, num_frames=40, seed=2)
    return tmp_path


@pytest.fixture
def config(configs_dir):
    return configs_dir / 'posenorm_cmu_small.py'


def bash(repository, script, *arguments, **variables):
    """Run one of the shell scripts and return how it ended."""
    return subprocess.run(
        ['bash', repository / 'tools' / script, *map(str, arguments)],
        env={**os.environ, 'PYTHON': sys.executable, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def sentence_of(ended):
    """Return what a tool said when it ended early; it must be one line."""
    sentence = str(ended.value.code)
    assert '\n' not in sentence
    return sentence


def metrics_in(folder):
    """Return the metrics that the run in a folder logged last."""
    logs = sorted(folder.glob('*/*.json')) + sorted(folder.glob('*/vis_data/*.json'))
    lines = [line for log in logs for line in log.read_text().splitlines()]
    entries = [json.loads(line) for line in lines]
    return next(
        {key: value for key, value in entry.items() if key.startswith('posenorm/')}
        for entry in reversed(entries)
        if any(key.startswith('posenorm/') for key in entry)
    )


def test_train_resume_and_test(in_process, workplace, config):
    in_process('train.py', config, '--work-dir', 'run', '--cfg-options', *FEW_STEPS)
    more = [*FEW_STEPS, 'train_cfg.max_iters=3']
    in_process(
        'train.py', config, '--work-dir', 'run', '--resume', '--cfg-options', *more
    )
    resumed = torch.load('run/iter_3.pth', weights_only=False)
    assert resumed['meta']['iter'] == 3
    adamw = resumed['optimizer']['parts'][1]
    assert adamw['state'][0]['step'] == 3  # not begun anew
    assert resumed['ema_state_dict']['steps'] == 3
    in_process(
        'test.py',
        config,
        'run/iter_3.pth',
        '--trust-checkpoint',
        '--work-dir',
        'tested',
        '--cfg-options',
        *NARROW,
    )
    assert metrics_in(workplace / 'tested')['posenorm/MPJPE_mm'] > 0


@pytest.fixture
def spied_draws(monkeypatch):
    """Return the list that the state of the generator goes to with every batch."""
    states = []
    forward = PoseClipPreprocessor.forward

    def spy(self, data, training=False):
        if training:
            generator = self.draws.generator_on(self.device)
            states.append(generator.get_state().tolist())
        return forward(self, data, training)

    monkeypatch.setattr(PoseClipPreprocessor, 'forward', spy)
    return states


def test_the_seed_decides_what_is_drawn(in_process, workplace, config, spied_draws):
    for seed in (0, 1, 1):
        seeded = (*FEW_STEPS, f'randomness.seed={seed}', 'train_cfg.max_iters=1')
        in_process('train.py', config, '--cfg-options', *seeded)
    zero, one, again = spied_draws
    assert zero != one
    assert one == again


@needs_cpus
def test_two_processes_measure_exactly_what_one_measures(in_process, workplace, config):
    arguments = ('--work-dir', 'two', '--launcher', 'pytorch', '--cfg-options')
    run_as_ranks(lambda: in_process('train.py', config, *arguments, *FEW_STEPS))
    in_process(
        *('test.py', config, 'two/iter_2.pth', '--trust-checkpoint'),
        *('--work-dir', 'one', '--cfg-options', *NARROW),
    )
    assert metrics_in(workplace / 'one') == metrics_in(workplace / 'two')


def count_threads_of_gloo():
    threads = Path('/proc/self/task').glob('*/comm')
    return sum('gloo_runloop' in name.read_text() for name in threads)


@needs_cpus
def test_no_thread_of_gloo_outlives_the_last_line_of_python(tmp_path):
    counts = tmp_path / 'counts'

    def look():
        with counts.open('a') as file:
            file.write(f'{count_threads_of_gloo()} ')

    def run():
        atexit.register(look)  # runs last
        _join_cpu_processes(Config({'launcher': 'pytorch'}))
        layer = torch.nn.Linear(1, 1)
        model = torch.nn.parallel.DistributedDataParallel(layer)
        model.itself = model  # a cycle, as runners are
        model(torch.ones(1, 1)).sum().backward()
        look()

    run_as_ranks(run, processes=1)
    assert counts.read_text().split() == ['2', '0']


def test_the_launcher_starts_the_processes(repository, tmp_path, monkeypatch):
    tool = tmp_path / 'tool.py'
    tool.write_text(
        'import os, sys\n'
        'with open(os.environ["RANK"], "w") as file:\n'
        '    print(os.environ["WORLD_SIZE"], *sys.argv[1:], file=file)\n'
    )
    monkeypatch.chdir(tmp_path)
    ended = bash(repository, 'launch.sh', 2, tool, 'c.py')
    assert ended.returncode == 0, ended.stderr
    for rank in '01':
        assert Path(rank).read_text() == '2 c.py --launcher pytorch\n'


def test_missing_config_is_one_sentence(in_process):
    with pytest.raises(SystemExit) as ended:
        in_process('train.py', 'configs/nowhere.py')
    assert sentence_of(ended).startswith('Config configs/nowhere.py not found.')


def test_missing_data_is_one_sentence(in_process, tmp_path, monkeypatch, config):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        in_process('train.py', config)
    assert 'data/cmu_h36m17' in sentence_of(ended)
    assert not sentence_of(ended).startswith('class')


def test_missing_checkpoint_is_one_sentence(in_process, workplace, config):
    with pytest.raises(SystemExit) as ended:
        in_process('test.py', config, 'nowhere.pth')
    assert sentence_of(ended).startswith('Checkpoint nowhere.pth not found.')


@pytest.mark.parametrize(
    ('option', 'words'),
    [
        ('modle.head=1', "has no effect, .* 'modle' \\(did you mean model\\?\\)"),
        ('data_root=elsewhere/', "nothing reads the field 'data_root'"),
        ('param_scheduler.9.end=1', 'cannot take --cfg-options'),
        ('train_cfg.max_iter=2', "argument 'max_iter'. Check the config"),
        ('optim_wrapper.optimizer.lrr=1', "argument 'lrr'; expected params or lr or"),
        ('val_evaluator.0.predix=x', "argument 'predix'. Check the config"),
        ('model.type=Nothing', 'Nothing is not in the mmposenorm::model registry'),
        ('val_dataloader.sampler.type=No', 'No is not in the mmposenorm::data sampler'),
        ('model.type=[]', 'model.type must be the name of a class, .* but is \\[\\]'),
        ('model.losses.recon.type=csv', 'not callable. Check the config'),
        ('optim_wrapper.optimizer.type=Nothing', 'callable object. Check the config'),
        ('model.type=.', "model.type must be the name of a class, .* but is '.'"),
        ('train_dataloader.batch_size=0', 'batch_size must be a whole number of 1 or'),
        ('randomness=1', 'randomness must be a dict, as in the config, but is 1'),
        ('custom_hooks=1', 'custom_hooks must be a list or a dict, .* but is 1'),
        ('train_cfg.val_interval=a', "val_interval must be a number, .* but is 'a'"),
        ('val_evaluator.0=1', 'cannot take --cfg-options'),
        ('default_hooks.new=1', 'hook should be an instance of Hook or dict'),
        ('val_evaluator=640,480', r'val_evaluator.0 must be a dict, .* but is 640'),
        ('default_scope=bvh,csv', r"default_scope must be .* but is \['bvh', 'csv'\]"),
        ('randomness.seed=0.5', 'seed must be a whole number from 0 .* but is 0.5'),
        ('load_from=1', 'load_from must be a text or None, but is 1'),
        (
            'default_hooks.checkpoint.rule=dict(a=1)',
            'rule must be greater, less or None, but ',
        ),
        ('default_hooks.checkpoint.rule=1', '"rule" should be a str or list of str'),
        ('default_hooks.checkpoint.save_best=h36m', "is 'h36m', but .* posenorm/..."),
    ],
)
def test_wrong_options_are_one_sentence(in_process, workplace, config, option, words):
    with pytest.raises(SystemExit) as ended:
        in_process('train.py', config, '--cfg-options', option)
    assert re.search(words, sentence_of(ended))


def test_batches_without_input_are_one_sentence(in_process, workplace, config):
    options = (*FEW_STEPS, 'model.data_preprocessor.test_transforms=[]')
    with pytest.raises(SystemExit) as ended:
        in_process('train.py', config, '--cfg-options', *options)
    words = "batch has no 'keypoint_labels', which .* `test_transforms` in the config"
    assert re.search(words, sentence_of(ended))


def test_figures_of_metrics_without_a_prefix_are_not_guessed():
    # What such a metric reports is known only after the first validation.
    metric, hook = SimpleNamespace(prefix=None), SimpleNamespace(save_best=['mAP'])
    loop = SimpleNamespace(evaluator=Evaluator([]))
    loop.evaluator.metrics = [metric]
    runner = SimpleNamespace(val_loop=loop, hooks=[hook])
    _check_save_best(runner)
    metric.prefix = 'coco'
    with pytest.raises(ValueError, match=r"is 'mAP', but .* are named coco/\.\.\."):
        _check_save_best(runner)
    hook.save_best = ['auto', 'coco/mAP']
    _check_save_best(runner)


def test_what_a_hook_refuses_is_one_sentence(in_process, workplace, config):
    hooks = "[dict(type='LateLossHook', loss='a', begin=0, end=1)]"
    text = f'_base_ = {str(config)!r}\ncustom_hooks = {hooks}\n'
    (workplace / 'late.py').write_text(text)
    with pytest.raises(SystemExit) as ended:
        in_process('train.py', 'late.py')
    assert "but no 'a', which is to set in late" in sentence_of(ended)


def test_an_option_that_cannot_be_read_is_one_sentence(in_process, config, capsys):
    with pytest.raises(SystemExit):
        in_process('train.py', config, '--cfg-options', "a=[dict(b='c',d=1)]")
    assert '--cfg-options cannot be read' in capsys.readouterr().err


@pytest.mark.parametrize(
    'tool',
    ['train.py', 'test.py', 'tables/build_pairs.py', 'tables/reproduce_tables.py'],
)
def test_an_option_without_a_value_is_one_sentence(in_process, capsys, tool):
    with pytest.raises(SystemExit):
        in_process(tool, '--cfg-options', 'foo')
    assert "--cfg-options takes KEY=VALUE, but got 'foo'" in capsys.readouterr().err


def test_missing_data_of_mmpose_is_one_sentence(in_process, workplace, configs_dir):
    pytest.importorskip('mmpose.datasets')
    with pytest.raises(SystemExit) as ended:
        in_process('train.py', configs_dir / 'posenorm_mmpose_mixed.py')
    assert 'h36m_train.npz` does not exist. Get it' in sentence_of(ended)


def test_wrong_data_is_one_sentence(in_process, workplace, config):
    file = workplace / 'data' / 'cmu_h36m17' / 'test.npz'
    with np.load(file) as trials:
        np.savez(file, **{name: poses * np.nan for name, poses in trials.items()})
    with pytest.raises(SystemExit) as ended:
        in_process('train.py', config)
    assert sentence_of(ended).startswith("Clip '02_01' of data/cmu_h36m17/test.npz con")


def test_wrong_configs_and_folders_are_one_sentence(in_process, workplace, config):
    (workplace / 'broken.py').write_text('model = dict(\n')
    (workplace / 'empty.py').write_text('a = 1\n')
    for arguments, words in (
        (['broken.py'], 'broken.py cannot be read as a config'),
        (['empty.py'], 'empty.py has no `model`'),
        ([config, '--work-dir', 'empty.py'], 'empty.py: File exists. Give another'),
    ):
        with pytest.raises(SystemExit) as ended:
            in_process('train.py', *arguments)
        assert words in sentence_of(ended)


@pytest.mark.parametrize('tool', ['train.py', 'test.py'])
def test_weights_of_another_model_are_one_sentence(
    in_process, workplace, config, configs_dir, tool
):
    with DefaultScope.overwrite_default_scope('mmposenorm'):
        model = MODELS.build(
            Config.fromfile(configs_dir / 'lifter_semgcn_cmu.py').model
        )
    torch.save({'state_dict': model.state_dict()}, 'lifter.pth')
    (workplace / 'damaged.pth').write_text('hello')
    for checkpoint, words in (
        ('lifter.pth', r'\d+ weights are missing \(e\.g\. .*\), \d+ .* unknown'),
        ('damaged.pth', 'is damaged or not a checkpoint'),
    ):
        given = [checkpoint] if tool == 'test.py' else []
        given += ['--cfg-options', *FEW_STEPS, f'load_from={checkpoint}']
        with pytest.raises(SystemExit) as ended:
            in_process(tool, config, *given)
        assert re.search(words, sentence_of(ended))


def test_random_weights_are_not_tested_silently(in_process, workplace, config):
    # A name of its own: MMEngine's loggers of one name and second are one.
    options = ['--cfg-options', 'experiment_name=random_weights']
    in_process('test.py', config, '--work-dir', 'tested', *options)
    [log] = (workplace / 'tested').glob('*/*.log')
    assert 'No checkpoint given' in log.read_text()


@pytest.mark.skipif(torch.cuda.is_available(), reason='there is a GPU')
def test_what_needs_a_gpu_is_refused_without_one(in_process, config):
    with pytest.raises(SystemExit) as ended:
        in_process('train.py', config, '--launcher', 'slurm')
    assert re.search(r'needs GPUs, but there are none', sentence_of(ended))


@pytest.mark.skipif(torch.cuda.is_available(), reason='there is a GPU')
def test_mixed_precision_without_a_gpu_is_bfloat16(in_process, workplace, config):
    in_process(
        'train.py', config, '--work-dir', 'run', '--amp', '--cfg-options', *FEW_STEPS
    )
    [used] = (workplace / 'run').glob('posenorm_cmu_small.py')
    assert "type='CPUAmpOptimWrapper'" in used.read_text()


@pytest.mark.parametrize('script', ['dist_train.sh', 'dist_test.sh', 'slurm_train.sh'])
def test_shell_scripts_explain_themselves(repository, script):
    ended = bash(repository, script)
    assert ended.returncode == 2
    assert ended.stderr.startswith(f'usage: bash tools/{script} ')


def test_slurm_script_asks_for_one_process_a_gpu(repository, tmp_path):
    srun = tmp_path / 'srun'
    srun.write_text('#!/bin/sh\necho "$@"\n')
    srun.chmod(0o755)
    path = f'{tmp_path}:{os.environ["PATH"]}'
    ended = bash(
        repository, 'slurm_train.sh', 'gpus', 'job', 'c.py', 16, '--amp', PATH=path
    )
    assert '--ntasks=16 --ntasks-per-node=8 --gres=gpu:8 ' in ended.stdout
    assert ended.stdout.endswith('train.py c.py --launcher slurm --amp\n')


def test_distributed_test_hands_its_arguments_on(repository, tmp_path):
    python = tmp_path / 'python'
    python.write_text('#!/bin/sh\necho "$@"\n')
    python.chmod(0o755)
    ended = bash(
        repository, 'dist_test.sh', 'c.py', 'w.pth', 2, '--work-dir', 'd',
        PYTHON=str(python), NNODES='3', NODE_RANK='1', MASTER_ADDR='first',
    )  # fmt: skip
    assert '--nnodes 3 --node_rank 1 --master_addr first --master_port 29500' in (
        ended.stdout
    )
    assert ended.stdout.endswith('test.py c.py w.pth --work-dir d --launcher pytorch\n')
