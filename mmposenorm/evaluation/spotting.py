"""Spotting: are the spans found in which a movement happens?

Spans are first and last frames, (N, 2); both belong to the span. Detections of all
clips are ranked together.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mmposenorm.evaluation.retrieval import average_precision

THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5)


class Spans(NamedTuple):
    """Spans of one clip.

    Attributes:
        spans: First and last frames, (N, 2).
        labels: What happens in each, (N,).
        scores: How sure each is, the higher the surer, (N,); of no meaning for true
            spans.
    """

    spans: np.ndarray
    labels: np.ndarray
    scores: np.ndarray


class Spotted(NamedTuple):
    """The spans that were found in a clip, and the true ones."""

    found: Spans
    true: Spans


def temporal_iou(spans: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Intersection over union of spans, (N, 2) and (M, 2): (N, M), from 0 to 1."""
    spans, others = np.reshape(spans, (-1, 1, 2)), np.reshape(others, (1, -1, 2))
    first, last = np.maximum(spans, others)[..., 0], np.minimum(spans, others)[..., 1]
    both = np.maximum(last - first + 1, 0)
    lengths = [span[..., 1] - span[..., 0] + 1 for span in (spans, others)]
    return both / (lengths[0] + lengths[1] - both)


def match_in_order(overlaps: np.ndarray, threshold: float) -> np.ndarray:
    """Assign true spans to the spans that were found in a clip.

    Each takes, of the true spans that are not taken yet and that it overlaps by at
    least the threshold, the one that it overlaps most.

    Args:
        overlaps: :func:`temporal_iou` of found and true spans, surest first, (N, M).
        threshold: Least overlap, above 0.

    Returns:
        Whether each has found a true span, (N,) bool. A second find of the same is not.
    """
    free = np.ones(overlaps.shape[1], bool)
    right = np.zeros(len(overlaps), bool)
    for number, row in enumerate(overlaps):
        left = np.where(free, row, 0)
        if left.max(initial=0) >= threshold:
            free[left.argmax()] = False
            right[number] = True
    return right


def spotting_precision(
    clips: Sequence[Spotted], thresholds: Sequence[float] = THRESHOLDS
) -> dict[str, np.ndarray]:
    """Average precision of the spans found of each movement.

    Args:
        clips: The clips.
        thresholds: Least overlaps of a found and a true span that agree.

    Returns:
        For each label that has a true span, in alphabetical order, the interpolated
        average precision at each threshold, from 0 to 1. Found spans of other labels
        count nowhere.

    Source:
        The protocol of ActivityNet (Caba Heilbron et al., CVPR 2015) with the
        thresholds of THUMOS'14.
    """
    labels = sorted({str(label) for clip in clips for label in clip.true.labels})
    return {
        label: np.array([_precision(clips, label, least) for least in thresholds])
        for label in labels
    }


def _precision(clips: Sequence[Spotted], label: str, threshold: float) -> float:
    scores, right, count = [], [], 0
    for found, true in clips:
        chosen = np.flatnonzero(found.labels == label)
        order = chosen[np.argsort(-found.scores[chosen], kind='stable')]
        wanted = true.spans[true.labels == label]
        overlaps = temporal_iou(found.spans[order], wanted)
        scores.append(found.scores[order])
        right.append(match_in_order(overlaps, threshold))
        count += len(wanted)
    order = np.argsort(-np.concatenate(scores), kind='stable')
    ranked = np.concatenate(right)[order]
    return float(average_precision(ranked, np.array(count), interpolated=True))


def summarize_spotting(
    precision: dict[str, np.ndarray], thresholds: Sequence[float] = THRESHOLDS
) -> dict[str, float]:
    """Average over the labels, in per cent.

    Args:
        precision: The result of :func:`spotting_precision`.
        thresholds: The same as there.

    Returns:
        ``mAP@0.5`` and so on for each threshold, and ``mAP``, their mean.
    """
    means = 100 * np.mean(list(precision.values()), axis=0)
    figures = {
        f'mAP@{threshold:g}': float(mean)
        for threshold, mean in zip(thresholds, means, strict=True)
    }
    return figures | {'mAP': float(means.mean())}
