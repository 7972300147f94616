import csv
import json

import numpy as np
import pytest
from known_results import result_of, squats

from mmposenorm import compare
from mmposenorm.comparison.tables import plain, write_tables
from mmposenorm.geometry.angles import ANGLES

WIDTH = 5 + 2 * len(ANGLES)


@pytest.fixture(scope='module')
def comparison():
    """Clips of which the first frame of A and the last of B are empty."""
    right, wrong = squats(1), squats(1, elbow=80)
    visible_a, visible_b = np.ones((150, 17)), np.ones((150, 17))
    visible_a[0], visible_b[-1], visible_b[:, 16] = 0, 0, 0
    a = result_of(right.normalized_poses, right.body_up, visible_a)
    b = result_of(wrong.normalized_poses, wrong.body_up, visible_b, fps=None)
    return compare(a, b)


@pytest.fixture(scope='module')
def folder(comparison, tmp_path_factory):
    folder = tmp_path_factory.mktemp('tables') / 'new'
    write_tables(folder, comparison)
    return folder


def test_every_row_is_as_wide_as_the_header(folder):
    for name, width in (('alignment.csv', WIDTH), ('differences.csv', 14)):
        with (folder / name).open(newline='') as file:
            assert {len(row) for row in csv.reader(file)} == {width}


def test_numpy_reads_the_table_with_every_frame_of_both_clips(folder):
    columns = np.genfromtxt(folder / 'alignment.csv', delimiter=',', names=True)
    assert set(columns['frame_a'][~np.isnan(columns['frame_a'])]) == set(range(150))
    assert set(columns['frame_b'][~np.isnan(columns['frame_b'])]) == set(range(150))
    assert np.isnan(columns['frame_b'][0])  # the person is not seen there in A
    assert np.isnan(columns['time_b_s']).all()
    matched = np.isfinite(columns['frame_a'] + columns['frame_b'])
    more = columns['left_elbow_flexion_b_deg'] - columns['left_elbow_flexion_a_deg']
    np.testing.assert_allclose(more[matched], 80, atol=1)
    assert np.isnan(columns['right_elbow_flexion_b_deg']).all()


def test_differences_are_listed_with_their_sentence(folder):
    with (folder / 'differences.csv').open(newline='') as file:
        (row,) = csv.DictReader(file)
    assert (row['kind'], row['angle']) == ('lasting', 'left_elbow_flexion')
    assert float(row['size']) == pytest.approx(80, abs=1)
    assert 'the left elbow is bent 80° more' in row['sentence']


def test_values_are_plain_rounded_and_finite(comparison):
    content = comparison.to_dict()
    text = json.dumps(content, allow_nan=False)
    assert json.loads(text)['alignment']['matches'][0] == -1
    assert np.shape(content['angles']['a_deg']) == (150, len(ANGLES))
    assert plain({'x': np.float32(1 / 3), 'y': [np.nan, 2], 'z': (None, 'w')}) == {
        'x': 0.33333, 'y': [None, 2.0], 'z': [None, 'w'],
    }  # fmt: skip
