import csv
import json
from dataclasses import replace

import numpy as np
import pytest
from stick_figures import bump, clip_of, stick_figure

from mmposenorm.comparison.repetition_table import tabulate_repetitions

REST, LENGTH = 10, 40
SQUAT = 2 * REST + LENGTH


def squats(*depths):
    """Squats of some depths in degrees, with a rest before and after each."""
    rest = np.zeros(REST)
    knees = [np.concatenate([rest, depth * bump(LENGTH), rest]) for depth in depths]
    return clip_of(stick_figure(np.concatenate(knees)))


@pytest.fixture(scope='module')
def table():
    """Return the table of five squats, the fourth of which is shallow."""
    return tabulate_repetitions(squats(90, 92, 91, 30, 90))


def test_each_repetition_is_found_with_its_times(table):
    assert [row.number for row in table.rows] == [1, 2, 3, 4, 5]
    times = squats(90).frame_times
    for i, row in enumerate(table.rows):
        assert row.first_frame == pytest.approx(i * SQUAT + REST, abs=REST + 2)
        assert row.last_frame == pytest.approx((i + 1) * SQUAT - REST, abs=REST + 2)
        assert row.start_s == pytest.approx(row.first_frame * times[1])
        assert row.seconds == pytest.approx(
            (row.last_frame - row.first_frame) * times[1]
        )


def test_the_model_is_one_of_the_usual_ones_and_the_shallow_one_stands_out(table):
    (model,) = [row for row in table.rows if row.is_model]
    assert model.number != 4
    assert model.score == 100
    assert model.differences == ()
    assert [row.number for row in table.rows if row.stands_out] == [4]
    shallow = table.rows[3]
    assert any(
        'knee is' in text and 'straighter' in text for text in shallow.differences
    )
    assert not table.has_reference


def test_a_reference_is_the_model():
    table = tabulate_repetitions(squats(30, 30), squats(90))
    assert table.has_reference
    assert not any(row.is_model for row in table.rows)
    assert all('straighter' in ' '.join(row.differences) for row in table.rows)


def test_it_reads_as_lines(table):
    lines = str(table).splitlines()
    assert lines[0] == 'The movement occurs 5 times.'
    assert lines[1].split() == ['from', '(s)', 'to', '(s)', 'seconds', 'score']
    (shallow,) = [line for line in lines if line.endswith('stands out')]
    row = table.rows[3]
    figures = ['4', f'{row.start_s:.2f}', f'{row.end_s:.2f}', f'{row.seconds:.2f}']
    assert shallow.split()[:4] == figures
    assert lines[lines.index(shallow) + 1].strip() == row.differences[0]


def test_without_times_frames_are_told():
    table = tabulate_repetitions(replace(squats(90, 90), frame_times=None))
    assert table.rows[0].start_s is None
    lines = str(table).splitlines()
    assert lines[1].split() == ['from', '(frame)', 'to', '(frame)', 'seconds', 'score']
    first = table.rows[0]
    assert lines[2].split()[:3] == ['1', str(first.first_frame), str(first.last_frame)]


def test_who_stands_still_repeats_nothing():
    clip = clip_of(stick_figure(np.zeros(30)))
    table = tabulate_repetitions(clip)
    assert table.rows == ()
    assert str(table).startswith('No movement was found')


def test_it_is_written_as_csv_and_json(table, tmp_path):
    table.save(tmp_path / 'table.csv')
    table.save(tmp_path / 'table.json')
    with (tmp_path / 'table.csv').open(encoding='utf-8', newline='') as file:
        rows = list(csv.DictReader(file))
    content = json.loads((tmp_path / 'table.json').read_text())
    assert [row['stands_out'] for row in rows] == ['false'] * 3 + ['true', 'false']
    assert [row['stands_out'] for row in content['rows']] == [False] * 3 + [True, False]
    assert rows[3]['differences'].split('; ') == list(table.rows[3].differences)
    assert content['rows'][3]['differences'] == list(table.rows[3].differences)
    assert float(rows[1]['start_s']) == pytest.approx(table.rows[1].start_s, rel=1e-4)
    assert content['model'] == list(table.model)
    assert {path.name for path in tmp_path.iterdir()} == {'table.csv', 'table.json'}
