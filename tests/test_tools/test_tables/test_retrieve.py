"""That tools/tables/retrieve.py measures every row it has a model for."""

import json

import numpy as np
import pytest
from tiny_weights import EMBEDDER, tiny_weights

from mmposenorm.datasets.synthetic import write_synthetic_mocap


@pytest.fixture
def retrieve(tool):
    return tool('retrieve')


@pytest.fixture
def options(retrieve, tmp_path, monkeypatch):
    """Options for two short motions of two people, and small weights."""
    file = tmp_path / 'mocap' / 'hdm05_dev.npz'
    write_synthetic_mocap(file, 2, 40, seed=0)
    monkeypatch.setattr(retrieve, 'ANGLES', (90,))
    rows = [row for row in retrieve.ROWS if 'expected errors' not in row.name]
    monkeypatch.setattr(retrieve, 'ROWS', rows)
    weights = str(tiny_weights(tmp_path / 'tiny.pth', EMBEDDER))
    work = ['--work-dir', str(tmp_path / 'kept'), '--work-dirs', str(tmp_path)]
    data = ['--data', str(tmp_path), '--only', 'HDM05 dev', '--checkpoint', weights]
    return [*data, *work]


def test_true_poses_are_found_and_missing_weights_are_named(
    retrieve, options, tmp_path, capsys
):
    out = tmp_path / 'table.md'
    retrieve.main([*options, '--out', str(out)])
    said = capsys.readouterr().out
    assert said.endswith(out.read_text())
    rows = [line.split(' | ') for line in said.splitlines() if line.startswith('| ')]
    truth = [row[1:] for row in rows if row[0] == '| true poses, normalized']
    assert truth[0][0].endswith(' / 100.0')  # the first is always the same moment
    assert 'iter_1954.pth is missing: `python tools/train.py' in said
    kept = json.loads((tmp_path / 'kept' / 'HDM05 dev, ours.json').read_text())
    assert 0 <= kept['poses, pose features/mAP_90'] <= 100


def test_what_is_kept_is_not_measured_again(retrieve, options, tmp_path, capsys):
    for kind, row in (('input', 'plain 2D'), ('ours', 'pose features')):
        figures = {
            f'{task}, {row}/{key}_90': 12.5
            for task in ('poses', 'poses of others', 'clips')
            for key in ('mAP', 'any@1', 'any@10', 'answerable')
        }
        (tmp_path / 'kept').mkdir(exist_ok=True)
        file = tmp_path / 'kept' / f'HDM05 dev, {kind}.json'
        file.write_text(json.dumps(figures))
    retrieve.ROWS[:] = [
        r for r in retrieve.ROWS if r.name in ('plain 2D', 'pose features')
    ]
    retrieve.main(options)
    assert '| pose features | 12.5 / 12.5 |' in capsys.readouterr().out


def test_missing_data_is_named(retrieve, options, tmp_path, capsys):
    (tmp_path / 'mocap' / 'hdm05_dev.npz').unlink()
    with pytest.raises(SystemExit, match=r'not found\. Name the folder of the data'):
        retrieve.main(options)


def test_motions_are_drawn_from_right_repetitions(retrieve, tmp_path):
    file = tmp_path / 'mocap' / 'uiprmd_dev.npz'
    write_synthetic_mocap(file, 6, 40, seed=0)
    index = json.loads(file.with_name('index.json').read_text())
    for entry in index[:3]:
        entry['label'] += ' (incorrect)'
    file.with_name('index.json').write_text(json.dumps(index))
    args = retrieve.parse_arguments(['--data', str(tmp_path), '--motions', '2'])
    clips = retrieve.build_dataset('UI-PRMD dev', args).clips
    assert len({clip.clip_id for clip in clips}) == 2
    assert not np.any(['incorrect' in clip.action for clip in clips])
    assert {clip.view for clip in clips} == {'yaw+0', 'yaw+45', 'yaw+90', 'yaw+180'}
