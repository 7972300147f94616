import csv
import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from waving_people import FPS, people_at

from mmposenorm.cli import find_repetitions
from mmposenorm.cli.repetitions import main
from mmposenorm.keypoints import save_people

PERIOD = 12 * np.pi  # frames of a wave


@pytest.fixture
def run(run_command):
    """Return what runs the command in an empty folder, with small weights."""
    return partial(run_command, main)


@pytest.fixture
def waves(tmp_path):
    """Return a file of keypoints of five waves, and one of a single wave."""
    for name, count in (('five.npz', 5), ('one.npz', 1)):
        frames = range(round(count * PERIOD))
        save_people(tmp_path / name, people_at(frames, fps=FPS))
    return tmp_path / 'five.npz', tmp_path / 'one.npz'


def test_repetitions_are_printed_and_nothing_is_written(run, waves, tmp_path, capsys):
    before = set(tmp_path.iterdir())
    run(waves[0])
    said = capsys.readouterr().out
    assert 'Following person 1' in said
    assert 'The movement occurs ' in said
    assert 'the model' in said
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize('suffix', ['.csv', '.JSON'])
def test_the_table_is_written_if_asked_for(run, waves, capsys, suffix):
    run(waves[0], '--reference', waves[1], '--out', f'tables/found{suffix}')
    (path,) = Path('tables').iterdir()
    text = path.read_text()
    if suffix == '.csv':
        rows = list(csv.DictReader(text.splitlines()))
    else:
        content = json.loads(text)
        rows = content['rows']
        assert content['has_reference']
    said = capsys.readouterr().out
    assert said.count('Following person 1') == 2
    assert f'Wrote {path}.' in said
    assert 'the model' not in said  # it is in the reference
    assert [int(row['number']) for row in rows] == list(range(1, len(rows) + 1))
    assert len(rows) > 0


def test_options_of_the_reference_have_names_of_their_own(run, waves):
    with pytest.raises(SystemExit, match='There is no person 7'):
        run(waves[0], '--reference', waves[1], '--person-reference', 7)
    with pytest.raises(SystemExit, match='fps must be between'):
        run(waves[0], '--fps', 0)


@pytest.mark.parametrize(
    ('arguments', 'said'),
    [
        ([], 'required: V'),
        (['gone.npz'], 'gone.npz not found'),
        (['five.npz', '--reference', 'gone.mp4'], 'gone.mp4 not found'),
        (['five.npz', '--out', 'table.xlsx'], 'ends in .csv or .json'),
        (['five.npz', '--person', 'tall'], "but is 'tall'"),
        (['five.npz', '--out', 'five.npz/table.csv'], 'cannot be written to'),
    ],
)
def test_mistakes_end_in_a_sentence_before_a_model_is_loaded(
    run, waves, monkeypatch, arguments, said
):
    monkeypatch.delattr(find_repetitions, 'PoseNormInferencer')
    with pytest.raises(SystemExit, match=said) as stop:
        run(*arguments)
    assert isinstance(stop.value.code, str)
