"""tools/benchmark on tiny sizes: what is compared does the same, and is printed."""

import importlib
import sys

import numpy as np
import pytest
import torch
from mmengine.registry import DefaultScope


@pytest.fixture(autouse=True)
def scope():
    """Take back the scope that a runner leaves."""
    with DefaultScope.overwrite_default_scope('mmengine'):
        yield


@pytest.fixture
def tool(repository, monkeypatch):
    """Return a function that imports the tool or one of the modules beside it."""
    for folder in ('tools', 'tools/benchmark'):
        monkeypatch.syspath_prepend(repository / folder)
    before = set(sys.modules)
    yield importlib.import_module
    for name in set(sys.modules) - before:
        if name.startswith(('benchmark', 'measure_', 'row')):
            del sys.modules[name]


def figures(row, *names):
    """Return medians of a row's figures, each of which must be printed."""
    lines = str(row).splitlines()
    values = []
    for name in names:
        [line] = [line for line in lines if line.strip().startswith(f'{name}  ')]
        assert line.endswith(')')
        values.append(np.median(row.figures[name]))
    return values


def test_a_row_prints_medians_and_limits(tool):
    row = tool('row').Row(
        'what', {'ours, ms': np.array([3.0, 1, 2000]), 'theirs': None}, 'conditions'
    )
    what, ours, theirs, conditions = str(row).splitlines()
    assert (what, conditions) == ('what', '  conditions')
    assert ours.split() == ['ours,', 'ms', '3', '(1', '-', '2,000)']
    assert theirs.split() == ['theirs', 'not', 'installed']


def test_functions_take_turns_after_a_warm_up(tool):
    calls = []
    runs = {name: lambda name=name: calls.append(name) for name in 'ab'}
    seconds = tool('row').in_turns(runs, turns=2)
    assert ''.join(calls) == 'ab' + 'abab'
    assert seconds['a'].shape == seconds['b'].shape == (2,)


def test_import_row(tool, monkeypatch):
    module = tool('measure_import')
    seconds = dict(zip((*module.OURS, module.BARE), (0.5, 3.0, 2.0), strict=True))
    monkeypatch.setattr(module, 'time_import', seconds.get)
    [row] = module.measure_import(turns=2)
    assert figures(
        row,
        *('import mmposenorm, s', 'import torch, numpy, s'),
        'ratio mmposenorm / torch and numpy',
        'ratio PoseNormInferencer / torch and numpy',
    ) == [0.5, 2, 0.25, 1.5]


def test_an_import_is_timed_in_a_process_of_its_own(tool):
    slow = 'import time as t; t.sleep(0.2)'
    assert 0.2 <= tool('measure_import').time_import(slow) < 2


def test_data_rows(tool):
    rows = tool('measure_data').measure_data(num_frames=27, num_batches=1, turns=1)
    for row in rows:
        ours, mmpose, ratio = figures(
            row, 'H36MClips, frames/s', 'mmpose, frames/s', 'ratio H36MClips / mmpose'
        )
        assert ratio == pytest.approx(ours / mmpose)
        figures(row, 'MocapClips, frames/s', 'ratio MocapClips / mmpose')
    inputs, targets = (row.figures['mmpose, frames/s'] for row in rows)
    np.testing.assert_allclose(inputs, 27 * targets)
    assert '128 x 27 (mmpose)' in rows[0].conditions


def test_fk_rows(tool):
    rows = tool('measure_fk').measure_fk(batch=(2, 3), turns=1)
    ours = ('forward_kinematics', 'FKHead, PosedBones.place')
    for row, name in zip(rows, ours, strict=True):
        our_ms, loop_ms, ratio = figures(
            row, f'{name}, ms', 'loop, ms', f'ratio loop / {name}'
        )
        assert ratio == pytest.approx(loop_ms / our_ms)


def test_the_loop_poses_as_we_do(tool):
    fk = tool('measure_fk')
    quaternions = fk.draw_quaternions((2, 3))
    for functions in fk.fk_functions((2, 3)).values():
        ours, loop = (function(quaternions) for function in functions.values())
        torch.testing.assert_close(ours, loop)


def test_step_row(tool, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where there is no data
    options = {
        'train_dataloader.batch_size': 2,
        'model.encoder.channels': 8,
        'optim_wrapper.optimizer.smallest': 8,
    }
    [row] = tool('measure_step').measure_step(num_steps=1, **options)
    *parts, whole, share = figures(
        row,
        *('forward, ms', 'backward, ms', 'batch transforms, ms', 'data loading, ms'),
        *('optimizer, ms', 'hooks and the rest, ms', 'whole step, ms'),
        'ratio outside / whole',
    )
    assert all(part > 0 for part in parts)
    assert 0 < share < 1
    assert sum(parts) == pytest.approx(whole)
    assert share == pytest.approx(sum(parts[2:]) / whole)
    assert 'synthetic mocap, fp32' in row.conditions


def test_mining_row(tool):
    [row] = tool('measure_embedder').measure_mining(batch=(2, 2, 8), turns=1)
    whole, encoder, share = figures(
        row,
        *('whole step, ms', 'without mining and loss, ms'),
        'ratio mining and loss / whole step',
    )
    assert share == pytest.approx(1 - encoder / whole)


def test_a_step_with_mining_learns_from_triplets(tool):
    embedder = tool('measure_embedder')
    poses = embedder.draw_poses(4, 16).unflatten(0, (2, 2))
    losses = []
    backward = torch.Tensor.backward
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            torch.Tensor, 'backward', lambda x: losses.append(float(x)) or backward(x)
        )
        config = embedder.Config.fromfile(embedder.CONFIG)
        for step in embedder.training_steps(config, poses).values():
            step()
    assert losses[0] > 0.5  # a margin of 1, and nothing learned yet
    assert abs(losses[1]) < 0.5


def test_embed_row(tool):
    [row] = tool('measure_embedder').measure_embedding(num_poses=4, turns=1)
    ours, bare, ratio = figures(
        row,
        *('FullyConnectedEncoder, s', 'bare MLP, s'),
        'ratio FullyConnectedEncoder / bare MLP',
    )
    assert ratio == pytest.approx(ours / bare)


def test_the_bare_network_has_the_encoders_layers(tool):
    embedder = tool('measure_embedder')
    bare = embedder.bare_network(embedder.FullyConnectedEncoder())
    linear = [layer for layer in bare if isinstance(layer, torch.nn.Linear)]
    sizes = [(layer.in_features, layer.out_features) for layer in linear]
    assert sizes == [(51, 512), *[(512, 512)] * 4, (512, 64)]
    assert len(bare) == 2 * len(linear) - 1


def test_dtw_row(tool, monkeypatch):
    dtw = tool('measure_dtw')
    # tslearn takes seconds to be compiled.
    monkeypatch.setattr(dtw, 'find_spec', lambda name: name == 'dtaidistance')
    row, long = dtw.measure_dtw(num_frames=20, turns=1, long_frames=30)
    assert long.figures['s'].shape == (3,)
    ours, theirs, ratio = figures(
        row, 'align, ms', 'dtaidistance, ms', 'ratio dtaidistance / align'
    )
    assert ratio == pytest.approx(theirs / ours)
    figures(row, 'align, open ends, ms', 'align, low memory, ms')
    assert ['tslearn,', 'ms', 'not', 'installed'] in map(
        str.split, str(row).split('\n')
    )


def test_everybody_finds_the_best_path(tool, monkeypatch):
    dtw = tool('measure_dtw')
    monkeypatch.setattr(dtw, 'find_spec', lambda name: name == 'dtaidistance')
    a, b = dtw.draw_clips(20)
    distances = {
        name: np.array([np.linalg.norm(a[i] - b[j]) for i, j in run()])
        for name, run in dtw.dtw_functions(a, b).items()
        if run
    }
    ours, theirs = distances['align'], distances['dtaidistance']
    assert distances['align, low memory'].sum() == pytest.approx(ours.sum())
    assert ours.sum() <= theirs.sum()
    assert np.square(theirs).sum() <= np.square(ours).sum()


def test_compare_row(tool):
    [row] = tool('measure_compare').measure_compare(num_frames=30, turns=1)
    names = ['normalize and embed', 'compare', 'all', 'all, with --mirror']
    assert min(figures(row, *(f'{name}, ms' for name in names))) > 0


def test_live_row(tool):
    [row] = tool('measure_live').measure_live(num_frames=3, turns=1, updates=5)
    names = 'all, ms a frame', 'all, ms of processor time a frame'
    assert min(figures(row, *names, 'alignment, ms a frame')) > 0
    feature, ratio = figures(row, 'feature, ms a frame', 'ratio whole window / feature')
    assert 0 < feature < 1000
    assert ratio > 0


def test_pooling_row(tool):
    pytest.importorskip('sklearn')
    [row] = tool('measure_pooling').measure_pooling(num_clips=3, turns=1)
    ours, theirs, ratio = figures(
        row, 'rank_pool, s', 'scikit-learn, s', 'ratio scikit-learn / rank_pool'
    )
    assert ratio == pytest.approx(theirs / ours)


def test_both_ways_pool_alike(tool):
    pytest.importorskip('sklearn')
    pooling = tool('measure_pooling')
    [clip] = pooling.draw_sequences(1)
    ours, theirs = (pool(clip) for pool in pooling.pooling_functions().values())
    np.testing.assert_allclose(ours, theirs, atol=1e-2 * np.abs(ours).max())


def test_rows_that_there_are_not_are_refused(tool, monkeypatch, capsys):
    benchmark = tool('benchmark.__main__')
    monkeypatch.setattr(sys, 'argv', ['benchmark', '--rows', 'fk,speed'])
    with pytest.raises(SystemExit):
        benchmark.main()
    assert (
        "['speed']; expected names from import,data,fk,step,mining,embed,dtw,compare,"
        in capsys.readouterr().err
    )


def test_only_the_named_rows_are_measured(tool, monkeypatch, capsys):
    benchmark = tool('benchmark.__main__')
    rows = {name: lambda name=name: [f'row {name}'] for name in ('data', 'fk')}
    monkeypatch.setattr(benchmark, 'ROWS', rows)
    monkeypatch.setattr(sys, 'argv', ['benchmark', '--rows', 'fk'])
    benchmark.main()
    machine, _, row = capsys.readouterr().out.splitlines()
    assert machine.startswith('machine: ')
    assert row == 'row fk'
