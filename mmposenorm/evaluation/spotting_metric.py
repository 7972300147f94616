"""The metric of spotting."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric

from mmposenorm.evaluation.spotting import (
    THRESHOLDS,
    Spans,
    Spotted,
    spotting_precision,
    summarize_spotting,
)
from mmposenorm.registry import METRICS


@METRICS.register_module()
class SpottingPrecision(BaseMetric):
    """Mean average precision of the spans in which movements are found.

    Reads, of N spans in a clip, ``spans`` (N, 2), their first and last frames, and
    ``labels`` (N,) of ``pred_instances`` and ``gt_instances``, and ``scores`` (N,) of
    the former. The figures, in per cent, are those of
    :func:`mmposenorm.evaluation.spotting.summarize_spotting`.

    Args:
        thresholds: Least overlaps of a found and a true span that agree.
        **kwargs: See :class:`mmengine.evaluator.BaseMetric`.

    Source:
        See :func:`mmposenorm.evaluation.spotting.spotting_precision`.
    """

    default_prefix = 'spotting'

    def __init__(self, thresholds: Sequence[float] = THRESHOLDS, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not all(0 < threshold <= 1 for threshold in thresholds):
            raise ValueError(
                '`thresholds` must be above 0 and at most 1, but are '
                f'{list(thresholds)}. Check SpottingPrecision in your config.'
            )
        self.thresholds = tuple(thresholds)

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep the spans of each clip."""
        for sample in data_samples:
            found, true = sample['pred_instances'], sample['gt_instances']
            self.results.append(
                Spotted(_spans(found, found['scores']), _spans(true, None))
            )

    def compute_metrics(self, results: list[tuple]) -> dict[str, float]:
        """Rank the spans of all clips and compare them with the true ones."""
        clips = [Spotted(Spans(*found), Spans(*true)) for found, true in results]
        if not any(len(clip.true.labels) for clip in clips):
            raise ValueError(
                'No clip has a true span, so there is nothing to be found. Check '
                'gt_instances of the data set.'
            )
        precision = spotting_precision(clips, self.thresholds)
        return summarize_spotting(precision, self.thresholds)


def _spans(instances: Any, scores: Any) -> Spans:
    labels = np.asarray(instances['labels']).astype(str)
    spans = np.asarray(instances['spans']).reshape(-1, 2)
    scores = np.ones(len(labels)) if scores is None else np.asarray(scores)
    if not len(spans) == len(labels) == len(scores):
        raise ValueError(
            f'There are {len(spans)} spans, {len(labels)} labels and {len(scores)} '
            'scores; expected one label and one score for each span. Check what finds '
            'the spans.'
        )
    return Spans(spans, labels, scores)
