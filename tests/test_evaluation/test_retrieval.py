import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from mmposenorm.evaluation.retrieval import (
    average_precision,
    measure_queries,
    summarize_queries,
)


@pytest.mark.parametrize(
    ('right', 'precision'),
    [
        ([1, 1, 0, 0], 1),
        ([0, 0, 1, 1], (1 / 3 + 2 / 4) / 2),
        ([1, 0, 1, 0], (1 + 2 / 3) / 2),
        ([0, 0, 0, 1], 1 / 4),
        ([0, 0, 0, 0], np.nan),
    ],
)
def test_average_precision_by_hand(right, precision):
    found = average_precision(np.array(right, bool))
    np.testing.assert_allclose(found, precision)


def test_what_is_not_in_the_list_is_never_found():
    right = np.array([True, False, True])
    assert average_precision(right, np.array(4)) == pytest.approx((1 + 2 / 3) / 4)


def test_interpolation_takes_the_highest_precision_at_a_larger_recall():
    # Precision 1/2 at the first right entry; 2/3 at the second stands for it.
    right = np.array([False, True, True, False])
    assert average_precision(right) == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert average_precision(right, interpolated=True) == pytest.approx(2 / 3)


def test_average_precision_is_that_of_scikit_learn():
    generator = np.random.default_rng(0)
    distances = generator.random((20, 30))
    right = generator.random((20, 30)) < 0.2
    figures = measure_queries(distances, right)
    expected = [
        average_precision_score(truth, -row)
        for truth, row in zip(right, distances, strict=True)
    ]
    np.testing.assert_allclose(figures['AP'], expected)


def test_queries_by_hand():
    distances = np.array([[3.0, 1, 2, 0], [0, 1, 2, 3], [5, 5, 1, 9]])
    right = np.array([[1, 0, 0, 0], [0, 0, 0, 0], [0, 1, 1, 0]], bool)
    figures = measure_queries(distances, right)
    # Fourth of four; nothing to find; first, and third behind one at the same distance.
    np.testing.assert_allclose(figures['AP'], [1 / 4, np.nan, (1 + 2 / 3) / 2])
    np.testing.assert_allclose(figures['any@1'], [0, np.nan, 1])
    np.testing.assert_allclose(figures['any@5'], [1, np.nan, 1])
    summary = summarize_queries(figures)
    assert summary['mAP'] == pytest.approx(100 * (1 / 4 + 5 / 6) / 2)
    assert summary['any@1'] == 50
    assert summary['answerable'] == pytest.approx(200 / 3)


def test_entries_that_are_not_allowed_do_not_exist():
    generator = np.random.default_rng(1)
    distances, right = generator.random((5, 8)), generator.random((5, 8)) < 0.5
    allowed = np.zeros((5, 8), bool)
    allowed[:, 2:] = True
    masked = measure_queries(distances, right, allowed)
    cut = measure_queries(distances[:, 2:], right[:, 2:])
    for name, values in cut.items():
        np.testing.assert_array_equal(masked[name], values)


def test_without_anything_to_find_there_is_no_figure():
    nothing = measure_queries(np.ones((2, 3)), np.zeros((2, 3), bool))
    summary = summarize_queries(nothing)
    assert np.isnan(summary['mAP'])
    assert summary['answerable'] == 0
