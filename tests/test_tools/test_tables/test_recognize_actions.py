"""tools/tables/recognize_actions.py on made-up data and small random models."""

import json
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config
from tiny_weights import EMBEDDER, NORMALIZER, tiny_weights

from mmposenorm.datasets.synthetic import write_synthetic_penn_action

ROWS = Path(__file__).parents[3] / 'tools' / 'tables' / 'rows_penn.py'


@pytest.fixture
def recognize(repository, monkeypatch, tmp_path, capsys):
    """Return a function that runs the tool and returns its lines by their beginning."""
    monkeypatch.chdir(tmp_path)
    weights = tiny_weights(tmp_path / 'tiny.pth', EMBEDDER)
    write_synthetic_penn_action(tmp_path / 'data' / 'penn_action', 4, num_frames=12)
    # A picture takes as long as a row; test_rank_pool_knn.py looks at it.
    monkeypatch.setattr(
        'mmposenorm.evaluation.rank_pool_knn._plot_confusion',
        lambda results, file: file.touch(),
    )

    def run(*arguments):
        path = str(repository / 'tools' / 'tables' / 'recognize_actions.py')
        arguments = ['--checkpoint', weights, '--out', 'tables.md', *arguments]
        monkeypatch.setattr(sys, 'argv', [path, *map(str, arguments)])
        runpy.run_path(path, run_name='__main__')
        assert (tmp_path / 'tables.md').read_text() in capsys.readouterr().out
        lines = (tmp_path / 'tables.md').read_text().splitlines()
        cells = [[cell.strip() for cell in line.split('|')[1:-1]] for line in lines]
        return {name: rest for name, *rest in filter(None, cells)}

    return run


def test_table_4_has_figures_differences_and_what_is_missing(recognize, tmp_path):
    write_synthetic_penn_action(tmp_path / 'data' / 'penn_action', 8, num_frames=12)
    rows = recognize('--tables', 'actions')
    top1 = {name: cells[2] for name, cells in rows.items()}
    assert float(top1['plain 2D coordinates']) > 80
    assert rows['normalized poses'][:2] == ['54.12', '75.19']
    assert 'configs/lifter_semgcn_cmu.py`' in top1['SemGCN latent']
    by_clips, by_seeds = rows['pose features + body up'][-2:]
    apart = float(top1['pose features + body up'])
    apart -= float(top1['plain 2D coordinates'])
    for cell in (by_clips, by_seeds):
        difference, low, _, high = cell.replace('(', '').replace(')', '').split()
        assert float(difference) == pytest.approx(apart, abs=0.02)
        assert float(low) <= float(difference) <= float(high)


def test_any_folder_of_clips_is_measured_alike(recognize, tmp_path):
    generator = np.random.default_rng(0)
    for action in ('clap', 'wave'):
        (tmp_path / 'own' / action).mkdir(parents=True)
        pose = generator.normal(200, 30, (1, 17, 2))
        for number, frames in enumerate([1, *[6] * 9]):
            keypoints = pose + generator.normal(0, 1, (frames, 17, 2))
            file = tmp_path / 'own' / action / f'{number}.json'
            file.write_text(json.dumps({'keypoints': keypoints.tolist()}))
    unseen = {'keypoints': np.zeros((4, 17, 2)), 'visible': np.zeros((4, 17))}
    np.savez(tmp_path / 'own' / 'wave' / 'unseen.npz', **unseen)
    rows = recognize('--tables', 'actions', '--clips-dir', 'own')
    # All but the one in which nobody is seen.
    assert float(rows['plain 2D coordinates'][2]) >= 100 * 20 / 21 - 0.01
    assert len(rows['pose features']) == len(rows['']) == 8


def test_the_official_split_and_missing_joints(recognize, configs_dir, tmp_path):
    names = ('plain 2D coordinates, completed', 'pose features, bridged and told')
    names += ('trained without missing joints, told',)
    rows = Config.fromfile(ROWS).missing
    rows = [dict(row) for row in rows if row.name in names]
    for row in rows:
        for key in {'config', 'trained_by'} & set(row):
            row[key] = str(configs_dir / row[key])
    (tmp_path / 'rows.json').write_text(json.dumps({'missing': rows}))
    arguments = ('--tables', 'missing', '--protocol', 'official')
    rows = recognize(*arguments, '--rows', tmp_path / 'rows.json')
    plain, shipped, absent = (rows[name] for name in names)
    assert float(plain[0]) > 80
    assert len([float(cell) for cell in shipped]) == len(rows['']) == 7
    assert absent[0].startswith(
        'work_dirs/e_q_direct/iter_1954.pth is missing: `python'
    )


def test_the_models_with_and_without_missing_joints_differ_in_nothing_else(configs_dir):
    with_, without = (
        Config.fromfile(configs_dir / file)
        for file in ('table4/e_q_missing.py', 'table1/e_q_direct.py')
    )
    transforms = with_.model.data_preprocessor.train_transforms
    transforms.remove({'type': 'HideJoints'})
    assert with_.to_dict() == without.to_dict()


def test_views_are_compared(recognize, tmp_path):
    (tmp_path / 'views').mkdir()
    generator = np.random.default_rng(0)
    for action in ('clap', 'wave'):
        for view in ('yaw+0', 'yaw+45', 'yaw+90', 'yaw+180'):
            keypoints = generator.normal(200, 30, (1, 17, 2))
            for subject in range(4):
                np.savez(
                    tmp_path / 'views' / f'{action}_{subject}_{view}.npz',
                    keypoints=keypoints + generator.normal(0, 1, (6, 17, 2)),
                    action=action,
                    subject=subject,
                    view=view,
                    clip_id=f'{action} {subject}',
                )
    rows = recognize('--tables', 'views', '--views-dir', 'views')
    assert float(rows['plain 2D coordinates'][0]) == 100
    assert len([float(cell) for cell in rows['pose features']]) == 4


@pytest.fixture
def assert_refused_at_once(recognize, capsys):
    """Return a function that runs the tool, which must end before the first row."""

    def run(said, *arguments):
        with pytest.raises(SystemExit, match=said):
            recognize(*arguments)
        assert 'Evaluating' not in capsys.readouterr().err

    return run


@pytest.mark.parametrize('table', ['actions', 'missing'])
def test_weights_that_a_row_cannot_use_are_told_at_once(
    assert_refused_at_once, tmp_path, table
):
    arguments = ('--tables', table, '--checkpoint')
    assert_refused_at_once(r'Checkpoint none\.pth not found', *arguments, 'none.pth')
    e_q = tiny_weights(tmp_path / 'e_q.pth', NORMALIZER)
    assert_refused_at_once(r'e_q\.pth holds no pose embedder', *arguments, e_q)


def test_a_normalizer_alone_is_enough_for_normalized_poses(
    recognize, configs_dir, tmp_path
):
    rows = Config.fromfile(ROWS).missing
    row = dict(rows[1], config=str(configs_dir / 'table4/ours.py'), prefix='normalized')
    (tmp_path / 'rows.json').write_text(json.dumps({'missing': [row]}))
    e_q = tiny_weights(tmp_path / 'e_q.pth', NORMALIZER)
    arguments = ('--rows', tmp_path / 'rows.json', '--checkpoint', e_q)
    arguments += ('--protocol', 'official')
    rows = recognize('--tables', 'missing', *arguments)
    assert len([float(cell) for cell in rows[row['name']]]) == 7


def test_a_folder_for_the_tables_is_refused_at_once(assert_refused_at_once, tmp_path):
    assert_refused_at_once('is a folder; expected a file', '--out', tmp_path)


def test_an_error_leaves_the_tables_of_before(recognize, tmp_path):
    (tmp_path / 'tables.md').write_text('of before')
    with pytest.raises(SystemExit, match='nowhere not found'):
        recognize('--tables', 'views', '--views-dir', 'nowhere')
    assert (tmp_path / 'tables.md').read_text() == 'of before'
