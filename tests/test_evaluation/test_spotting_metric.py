import numpy as np
import pytest

from mmposenorm.registry import METRICS


def evaluate(samples, **options):
    metric = METRICS.build({'type': 'SpottingPrecision', **options})
    metric.process(None, samples)
    return metric.evaluate(len(samples))


def sample(found, true):
    """A clip with the spans that were found, with a score each, and the true ones."""
    first, last, labels, scores = zip(*found, strict=True) if found else ((),) * 4
    spans = np.stack([first, last], axis=1)
    pred = {'spans': spans, 'labels': list(labels), 'scores': list(scores)}
    true_spans = np.array([span[:2] for span in true])
    gt = {'spans': true_spans, 'labels': [span[2] for span in true]}
    return {'pred_instances': pred, 'gt_instances': gt}


def test_figures_by_hand():
    samples = [
        sample([(0, 9, 'a', 0.9)], [(0, 9, 'a'), (20, 29, 'b')]),
        sample([(5, 14, 'b', 0.2)], [(0, 9, 'b')]),
    ]
    figures = evaluate(samples)
    # a is always found; of b one of two, as long as a third of both is enough.
    assert figures['spotting/mAP@0.3'] == 75
    assert figures['spotting/mAP@0.4'] == 50
    assert figures['spotting/mAP'] == pytest.approx((3 * 75 + 2 * 50) / 5)


def test_a_clip_in_which_nothing_is_found_counts():
    true = [(0, 9, 'a')]
    figures = evaluate([sample([(0, 9, 'a', 1.0)], true), sample([], true)])
    assert figures['spotting/mAP'] == 50


def test_wrong_spans_are_told():
    wrong = sample([(0, 9, 'a', 1.0)], [(0, 9, 'a')])
    wrong['pred_instances']['labels'] = ['a', 'b']
    with pytest.raises(ValueError, match='1 spans, 2 labels and 1 scores'):
        evaluate([wrong])
    nothing = sample([(0, 9, 'a', 1.0)], [])
    with pytest.raises(ValueError, match='No clip has a true span'):
        evaluate([nothing])
    with pytest.raises(ValueError, match='must be above 0 and at most 1'):
        evaluate([], thresholds=(0, 0.5))
