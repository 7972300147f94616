"""That tools/tables/evaluate_weights.py prints a column for each checkpoint."""

import importlib
import json
import sys

import numpy as np
import pytest
from tiny_weights import EMBEDDER, NORMALIZER, tiny_weights

from mmposenorm.datasets.synthetic import write_synthetic_mocap


@pytest.fixture
def tool(repository, monkeypatch):
    """Import the tool."""
    monkeypatch.syspath_prepend(repository / 'tools' / 'tables')
    yield importlib.import_module('evaluate_weights')
    for name in ('evaluate_weights', 'align_views', 'warped_views'):
        sys.modules.pop(name, None)


def test_checkpoints_are_measured_side_by_side(tool, tmp_path, monkeypatch):
    file = tmp_path / 'cmu_h36m17' / 'test.npz'
    write_synthetic_mocap(file, 2, 60, seed=0)
    monkeypatch.setattr(tool, 'MOCAP', {'CMU test': 'cmu_h36m17/test.npz'})
    plain = str(tiny_weights(tmp_path / 'plain.pth', NORMALIZER))
    both = str(tiny_weights(tmp_path / 'both.pth', EMBEDDER))
    options = ['--data', str(tmp_path), '--only', 'mocap', '--motions', '1']
    out = tmp_path / 'figures.json'
    tool.main([plain, both, *options, '--out', str(out)])
    figures = json.loads(out.read_text())
    errors = figures[both]['CMU test, clean: limb_degrees']
    assert 0 < errors < 180
    assert 0 <= figures[both]['CMU test, detected: hit@5 0/90, pose features'] <= 100
    assert set(figures[plain]) == {row for row in figures[both] if 'feature' not in row}
    assert not [row for row in figures[both] if 'expected errors' in row]


def test_motions_are_drawn_and_cut(tool, tmp_path):
    motions = {f'1_{i:02d}': np.full((400, 17, 3), i, np.float32) for i in range(9)}
    np.savez(tmp_path / 'many.npz', **motions)
    names = []
    for seed in (0, 0, 1):
        (tmp_path / 'drawn').mkdir(exist_ok=True)
        config = tool.draw_motions(tmp_path / 'many.npz', tmp_path / 'drawn', 3, seed)
        with np.load(config['ann_file']) as drawn:
            names.append(list(drawn))
            assert all(drawn[name].shape == (250, 17, 3) for name in drawn)
            assert all(drawn[name][0, 0, 0] == int(name[2:]) for name in drawn)
    assert names[0] == names[1] != names[2]
    with pytest.raises(FileNotFoundError, match='leave mocap out of --only'):
        tool.draw_motions(tmp_path / 'none.npz', tmp_path, 3)
