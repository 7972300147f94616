import numpy as np
import pytest
from stick_figures import bump, clip_of, stick_figure

from mmposenorm.comparison.repetition_comparison import compare_repetitions

LENGTH = 50


def squats(depths):
    """Squats of some depths in degrees one after another, and their spans."""
    knees = np.concatenate([depth * bump(LENGTH) for depth in depths])
    starts = LENGTH * np.arange(len(depths))
    spans = np.stack([starts, starts + LENGTH - 1], axis=1)
    return clip_of(stick_figure(knees)), spans


def compare_squats(depths_a, depths_b):
    (clip_a, spans_a), (clip_b, spans_b) = squats(depths_a), squats(depths_b)
    return compare_repetitions(clip_a, clip_b, spans_a, spans_b)


def test_the_model_is_the_usual_repetition():
    found = compare_squats([60, 90, 120], [90])
    assert found.model == (50, 99)


def test_equal_repetitions_have_full_score_and_no_trend():
    found = compare_squats([90], [90] * 6)
    np.testing.assert_allclose(found.distances, 0, atol=1e-9)
    np.testing.assert_allclose(found.scores, 100)
    assert not found.outliers.any()
    assert found.trend is None
    assert found.changed_from is None


def test_paths_are_in_frames_of_the_whole_clips():
    found = compare_squats([60, 90, 91], [90, 90])
    for number, alignment in enumerate(found.alignments):
        np.testing.assert_array_equal(alignment.path[0], [found.model[0], 50 * number])
        last = [found.model[1], 50 * number + 49]
        np.testing.assert_array_equal(alignment.path[-1], last)


def test_a_repetition_that_stands_out_is_found():
    found = compare_squats([90], [85, 86, 84, 40, 85, 86])
    np.testing.assert_array_equal(np.flatnonzero(found.outliers), [3])
    assert found.scores.argmin() == 3
    assert found.trend is None


def test_fatigue_is_a_trend_from_where_it_begins():
    found = compare_squats([90], [89, 88, 87, 86, 65, 62, 59, 56])
    assert found.trend > 0
    assert found.changed_from == 4


def test_two_repetitions_tell_no_trend_and_no_outlier():
    found = compare_squats([90], [90, 30])
    assert not found.outliers.any()
    assert found.trend is None


@pytest.mark.parametrize('which', ['spans_a', 'spans_b'])
def test_wrong_spans_are_refused(which):
    clip, spans = squats([90, 90])
    arguments = {'spans_a': spans, 'spans_b': spans}
    with pytest.raises(ValueError, match=rf'{which} has shape \(0, 2\); expected'):
        compare_repetitions(clip, clip, **arguments | {which: np.zeros((0, 2), int)})
    with pytest.raises(
        ValueError, match=rf'{which} has the span \[50, 100\]; expected'
    ):
        compare_repetitions(clip, clip, **arguments | {which: [[0, 49], [50, 100]]})
