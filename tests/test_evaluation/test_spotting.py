import numpy as np
import pytest
from sklearn.metrics import precision_recall_curve

from mmposenorm.evaluation.spotting import (
    Spans,
    Spotted,
    match_in_order,
    spotting_precision,
    summarize_spotting,
    temporal_iou,
)


def spans(*rows):
    """Spans from rows of first frame, last frame, label and score."""
    first, last, labels, scores = zip(*rows, strict=True) if rows else ((),) * 4
    return Spans(
        np.stack([first, last], axis=1) if rows else np.zeros((0, 2), int),
        np.array(labels, str),
        np.array(scores, float),
    )


def test_overlaps_by_hand():
    found = np.array([[0, 9], [5, 14], [20, 29]])
    true = np.array([[0, 9], [8, 11]])
    # Of frames 0-9 and 8-11, two of twelve are in both; of 5-14 and 0-9, five of 15.
    np.testing.assert_allclose(
        temporal_iou(found, true), [[1, 2 / 12], [5 / 15, 4 / 10], [0, 0]]
    )


def test_a_span_of_one_frame_overlaps_itself():
    assert temporal_iou([[7, 7]], [[7, 7]]) == 1


def test_a_true_span_is_found_once():
    overlaps = np.array([[0.6, 0.0], [0.9, 0.0], [0.9, 0.55]])
    # The second comes too late for the first span, the third takes what is left.
    np.testing.assert_array_equal(match_in_order(overlaps, 0.5), [True, False, True])
    np.testing.assert_array_equal(match_in_order(overlaps, 0.7), [False, True, False])
    assert not match_in_order(np.zeros((2, 0)), 0.5).any()


def test_precision_by_hand():
    true = spans((0, 9, 'a', 0), (20, 29, 'a', 0), (40, 49, 'b', 0))
    found = spans(
        (0, 9, 'a', 0.9),  # right
        (0, 8, 'a', 0.8),  # the same again: wrong
        (20, 39, 'a', 0.7),  # half of it: right at 0.5
        (20, 29, 'c', 1.0),  # of a label that nobody asks for
    )
    precision = spotting_precision([Spotted(found, true)], (0.5, 0.6))
    assert list(precision) == ['a', 'b']
    np.testing.assert_allclose(precision['a'], [(1 + 2 / 3) / 2, 1 / 2])
    np.testing.assert_allclose(precision['b'], [0, 0])
    summary = summarize_spotting(precision, (0.5, 0.6))
    assert summary['mAP@0.5'] == pytest.approx(100 * 5 / 6 / 2)
    assert summary['mAP@0.6'] == pytest.approx(25)
    assert summary['mAP'] == pytest.approx((100 * 5 / 6 / 2 + 25) / 2)


def test_clips_are_ranked_together_and_matched_apart():
    here = Spotted(spans((0, 9, 'a', 0.5)), spans((0, 9, 'a', 0)))
    wrong = Spotted(spans((0, 9, 'a', 0.7)), spans((50, 59, 'a', 0)))
    # The surer one, in the other clip, is wrong: one of two at rank two.
    [precision] = spotting_precision([here, wrong], (0.5,)).values()
    np.testing.assert_allclose(precision, [(1 / 2) / 2])


def test_precision_is_that_of_scikit_learn_made_to_fall():
    generator = np.random.default_rng(0)
    is_right, scores = generator.random(40) < 0.6, generator.random(40)
    true = np.arange(40)[:, None] * 100 + [0, 9]
    found = np.where(is_right[:, None], true, true + 50)
    labels = np.full(40, 'a')
    clip = Spotted(Spans(found, labels, scores), Spans(true, labels, scores))
    [precision] = spotting_precision([clip], (0.5,)).values()
    # From recall 1 to 0; of the true spans only this share is found.
    curve, recall, _ = precision_recall_curve(is_right, scores)
    area = -np.sum(np.diff(recall) * np.maximum.accumulate(curve)[:-1])
    np.testing.assert_allclose(precision, [area * is_right.mean()])


def test_nothing_found_is_no_precision():
    clip = Spotted(spans(), spans((0, 9, 'a', 0)))
    np.testing.assert_array_equal(spotting_precision([clip])['a'], np.zeros(5))
