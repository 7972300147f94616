import csv
from types import SimpleNamespace

import numpy as np
import pytest

from mmposenorm.comparison import LIMBS
from mmposenorm.comparison.files import write_table


class Clip:
    """Stands for the result of a clip: its times are all that the table needs."""

    def __init__(self, frame_times):
        self.frame_times = frame_times


@pytest.fixture
def table(tmp_path):
    """Write the table of 4 frames of A and 3 of B; frame 0 of each is unmatched."""
    limb_distances = np.full((3, len(LIMBS)), 0.02)
    limb_distances[1, 0] = np.nan  # the right leg is not seen
    comparison = SimpleNamespace(
        alignment=SimpleNamespace(
            path=np.array([[1, 1], [2, 1], [3, 2]]),
            path_distances=np.array([0.5, 0.25, 1]),
            unmatched_a=np.array([0]),
            unmatched_b=np.array([0]),
        ),
        pose_distances=np.array([0.01, 0.02, 0.03]),
        limb_distances=limb_distances,
    )
    path = tmp_path / 'alignment.csv'
    write_table(path, Clip(np.arange(4) / 10), Clip(None), comparison)
    return path


def test_every_row_is_as_wide_as_the_header(table):
    with table.open(newline='') as file:
        rows = list(csv.reader(file))
    assert {len(row) for row in rows} == {6 + len(LIMBS)}
    assert rows[1] == ['0', '0', *[''] * (4 + len(LIMBS))]
    assert rows[3] == ['2', '0.2', '1', '', '0.25', '2', '', '2', '2', '2', '2', '2']
    assert rows[-1] == ['', '', '0', *[''] * (3 + len(LIMBS))]


def test_numpy_reads_the_table_with_every_frame_of_both_clips(table):
    columns = np.genfromtxt(table, delimiter=',', names=True)
    nan = np.nan
    np.testing.assert_array_equal(columns['frame_a'], [0, 1, 2, 3, nan])
    np.testing.assert_array_equal(columns['frame_b'], [nan, 1, 1, 2, 0])
    np.testing.assert_allclose(columns['pose_cm'], [nan, 1, 2, 3, nan])
    np.testing.assert_allclose(columns['right_leg_cm'], [nan, 2, nan, 2, nan])
