import numpy as np
import pytest

from mmposenorm.alignment.pair import ClipPair, most_below

A = np.array([[0.0], [1.0], [5.0]])
B = np.array([[0.0], [3.0]])


def test_most_distances_stay_below_by_hand():
    assert most_below(np.array([0.0, 1, 2, 3, 4])) == 3  # three of four steps
    assert most_below(np.array([0.0, 0, 0, 0, 0, 8])) == 8 / 6  # their mean
    assert most_below(np.zeros(3)) == 0


@pytest.mark.parametrize('low_memory', [False, True])
def test_distances_of_two_clips_by_hand(low_memory):
    pair = ClipPair.of(A, B, low_memory)
    rows = np.concatenate([block for _, block in pair.rows()])
    np.testing.assert_allclose(rows, [[0, 3], [1, 2], [5, 2]], atol=1e-9)
    np.testing.assert_allclose(pair.along(np.array([[0, 1], [2, 1]])), [3, 2])
    # Nearest frames: 0, 1, 2 from A; 0, 2 from B.
    assert pair.nearest_distance() == pytest.approx(2)


def test_equal_clips_have_a_positive_nearest_distance():
    assert ClipPair.of(A, A).nearest_distance() == 1
