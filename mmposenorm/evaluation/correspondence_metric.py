"""The metric of the dense correspondence task."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric
from mmengine.logging import MMLogger

from mmposenorm.atomic_files import atomic_path
from mmposenorm.datasets.correspondence import CorrespondencePair
from mmposenorm.evaluation.correspondence import (
    HIT_TOLERANCES,
    FeaturePair,
    drop_features,
    measure_pairs,
    summarize_actions,
    summarize_pairs,
)
from mmposenorm.evaluation.frame_descriptions import (
    FRAME_DESCRIPTORS,
    describe_frames,
)
from mmposenorm.registry import METRICS


@METRICS.register_module()
class DenseCorrespondence(BaseMetric):
    """How often the nearest source frame is the match of a target frame.

    Evaluates the data set ``CorrespondencePairs``, whose samples are the two clips of
    each pair. The figures are those of
    :func:`mmposenorm.evaluation.correspondence.summarize_pairs`. The log lists them for
    each action.

    Args:
        features: The field of ``pred_instances`` to compare by Euclidean distance, e.g.
            ``'normalized_poses'`` or ``'pose_features'``; or the fields that a
            descriptor takes.
        descriptor: Name of a function to apply first; see
            :func:`mmposenorm.evaluation.frame_descriptions.describe_frames`.
        out_file: JSON file for the figures, over all frames and for each action.
        **kwargs: See :class:`mmengine.evaluator.BaseMetric`.

    Source:
        Paper section 4.3.
    """

    default_prefix = 'correspondence'

    def __init__(
        self,
        features: str | Sequence[str],
        descriptor: str | None = None,
        out_file: str | Path | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if descriptor is not None and descriptor not in FRAME_DESCRIPTORS:
            raise ValueError(
                f'`descriptor` must be one of {sorted(FRAME_DESCRIPTORS)}, but is '
                f'{descriptor!r}. Check DenseCorrespondence in your config.'
            )
        self.features = features
        self.descriptor = descriptor
        self.out_file = out_file

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep the features of each clip."""
        for sample in data_samples:
            predicted = sample['pred_instances']
            described = describe_frames(predicted, self.features, self.descriptor)
            self.results.append(((sample['clip_id'], sample['view']), described))

    def compute_metrics(
        self, results: list[tuple[tuple[str, str], np.ndarray]]
    ) -> dict[str, float]:
        """Retrieve the frames of every pair and average the errors."""
        pairs = self._pairs()
        features = self._pair_features(pairs, dict(results))
        measured = measure_pairs(pairs, features)
        summary, actions = summarize_pairs(measured), summarize_actions(measured)
        MMLogger.get_current_instance().info(format_actions(actions))
        if self.out_file is not None:
            content = {
                'features': self.features,
                'descriptor': self.descriptor,
                'num_pairs': len(pairs),
                'num_frames': sum(len(errors) for _, errors in measured),
                'figures': summary,
                'actions': actions,
            }
            with atomic_path(self.out_file) as partial:
                partial.write_text(json.dumps(content, indent=1) + '\n')
        return summary

    def _pairs(self) -> list[CorrespondencePair]:
        if not self.dataset_meta or 'pairs' not in self.dataset_meta:
            raise ValueError(
                'DenseCorrespondence needs the pairs of the data set '
                'CorrespondencePairs. Check `test_dataloader` in your config.'
            )
        return self.dataset_meta['pairs']

    def _pair_features(
        self,
        pairs: Sequence[CorrespondencePair],
        by_clip: dict[tuple[str, str], np.ndarray],
    ) -> dict[str, FeaturePair]:
        features = {}
        for pair in pairs:
            clips = {
                'source': (pair.pair_id, pair.source_view),
                'target': (pair.pair_id, pair.target_view),
            }
            sides = {s: by_clip[clip] for s, clip in clips.items() if clip in by_clip}
            if self.dataset_meta['features_before_drop']:
                sides = {s: drop_features(f, pair, s) for s, f in sides.items()}
            if len(sides) == 2:
                features[pair.pair_id] = (sides['source'], sides['target'])
        return features


def format_actions(actions: dict[str, dict[str, float]]) -> str:
    """Lay out the figures of each action as a table.

    Args:
        actions: The result of
            :func:`mmposenorm.evaluation.correspondence.summarize_actions`.

    Returns:
        The table, with a line for each action.
    """
    names = [*(f'hit@{k}' for k in HIT_TOLERANCES), 'MSE', 'MAE', 'median']
    width = max(map(len, ['action', *actions]))
    lines = [f'{"action":{width}s}' + ''.join(f'{name:>10s}' for name in names)]
    lines += [
        f'{action:{width}s}' + ''.join(f'{figures[name]:10.2f}' for name in names)
        for action, figures in actions.items()
    ]
    return '\n'.join(lines)
