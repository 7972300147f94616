"""Metrics of pose normalization, in millimetres.

A sample is one rendering of a motion: the clip ``clip_id``, seen from ``view``, on the
body ``variant``, which is ``'original'`` or ``'bone_scaled'``. Each sample leaves
exactly one result, because MMEngine restores the order of the data set by counting
results when there are several processes.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmengine.evaluator import BaseMetric

from mmposenorm.evaluation.functional import (
    consistency_error,
    delta_mpjpe,
    mpjpe,
    normalized_error,
    p_mpjpe,
)
from mmposenorm.registry import METRICS


class _FrameErrorMetric(BaseMetric):
    """Errors of the frames of original clips, averaged in two ways.

    ``NAME_mm`` is the mean over all frames. ``NAME_clips_mm`` is the mean of the clips'
    means, in which a long clip counts no more than a short one.
    """

    default_prefix = 'posenorm'

    def errors(self, sample: dict) -> dict[str, np.ndarray]:
        """Return the errors of a sample's frames in millimetres, each (T,)."""
        raise NotImplementedError

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep the errors of each frame, except for clips on a scaled body."""
        for sample in data_samples:
            original = sample['variant'] == 'original'
            try:
                self.results.append(self.errors(sample) if original else {})
            except ValueError as error:
                raise ValueError(f'{_describe(sample)}: {error}') from error

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Average each error over all frames and over the clips' means."""
        measured = [errors for errors in results if errors]
        if not measured:
            raise ValueError(
                f"{type(self).__name__} needs samples of variant 'original', but none "
                f'of {len(results)} is one. Check `variants` of the test data set in '
                'your config.'
            )
        figures = {}
        for name in measured[0]:
            clips = [errors[name] for errors in measured]
            figures[f'{name}_mm'] = float(np.concatenate(clips).mean())
            figures[f'{name}_clips_mm'] = float(np.mean([c.mean() for c in clips]))
        return figures


@METRICS.register_module()
class MPJPE(_FrameErrorMetric):
    """``MPJPE_mm`` and ``P-MPJPE_mm`` of root-relative poses in camera axes.

    Each is also averaged over clips, as ``MPJPE_clips_mm`` and ``P-MPJPE_clips_mm``.
    Reads ``pred_instances.keypoints`` (for a pose normalizer, its rotations applied to
    the true skeleton) and ``gt_instances.lifting_target``, (T, K, 3) in metres.
    """

    def errors(self, sample: dict) -> dict[str, np.ndarray]:
        """Compare predicted and true joints, as they are and aligned."""
        pred = _poses(sample, 'pred_instances', 'keypoints')
        target = _poses(sample, 'gt_instances', 'lifting_target')
        return {'MPJPE': mpjpe(pred, target), 'P-MPJPE': p_mpjpe(pred, target)}


@METRICS.register_module()
class NormalizedError(_FrameErrorMetric):
    """``normalized_error_mm``, between predicted and closed-form normalized poses.

    It is also averaged over clips, as ``normalized_error_clips_mm``. Reads
    ``normalized_poses``, (T, K, 3) in metres, of ``pred_instances`` and
    ``gt_instances``.
    """

    def errors(self, sample: dict) -> dict[str, np.ndarray]:
        """Compare predicted and true normalized poses."""
        pred = _poses(sample, 'pred_instances', 'normalized_poses')
        target = _poses(sample, 'gt_instances', 'normalized_poses')
        return {'normalized_error': normalized_error(pred, target)}


class _RenderingsMetric(BaseMetric):
    """Compares the poses predicted for different renderings of one motion.

    Args:
        predicted: The field of ``pred_instances`` to compare, (T, K, 3) in metres.
        differ_in: What distinguishes the renderings, ``'view'`` or ``'variant'``.
    """

    default_prefix = 'posenorm'

    def __init__(self, predicted: str, differ_in: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.predicted = predicted
        self.differ_in = differ_in

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep the predicted poses (those of scaled bodies only to compare bodies)."""
        for sample in data_samples:
            result = {key: sample[key] for key in ('clip_id', 'view', 'variant')}
            if self.differ_in == 'variant' or sample['variant'] == 'original':
                result['poses'] = _poses(sample, 'pred_instances', self.predicted)
            self.results.append(result)

    def motions(self, results: list[dict]) -> list[dict[str, np.ndarray]]:
        """Group the poses by motion.

        Returns:
            The renderings of each motion by the name of the view or variant, each
            (T, K, 3) in metres.

        Raises:
            ValueError: If a rendering of a motion is missing, comes twice or differs in
                length, or if there is nothing to compare.
        """
        same = ['clip_id'] + ['view'] * (self.differ_in == 'variant')
        motions: dict[tuple, dict[str, np.ndarray]] = {}
        for result in results:
            if 'poses' not in result:
                continue
            renderings = motions.setdefault(tuple(result[key] for key in same), {})
            name = result[self.differ_in]
            if name in renderings:
                raise ValueError(
                    f'{_describe(result)} comes twice, so {type(self).__name__} cannot '
                    'pair it. Make sure that clip_id, view and variant together are '
                    'unique.'
                )
            first = next(iter(renderings.values()), result['poses'])
            if first.shape != result['poses'].shape:
                raise ValueError(
                    f'{_describe(result)} has poses of shape {result["poses"].shape}, '
                    f'but another rendering has {first.shape}. Evaluate whole clips.'
                )
            renderings[name] = result['poses']
        self._check_complete(motions, same)
        return list(motions.values())

    def _check_complete(self, motions: dict, same: list[str]) -> None:
        found = set().union(*motions.values())
        expected = {'original', 'bone_scaled'} if self.differ_in == 'variant' else found
        what = (
            f'{type(self).__name__} compares renderings of one motion that differ in '
            f'their {self.differ_in}'
        )
        if len(expected) < 2 or not found:
            raise ValueError(
                f'{what}; expected at least two of each motion, but the data set has '
                f'{sorted(found) or "none"}. Check the test data set in your config.'
            )
        lacking = {key: expected - set(having) for key, having in motions.items()}
        lacking = {key: names for key, names in lacking.items() if names}
        if lacking:
            key, names = next(iter(lacking.items()))
            motion = ', '.join(f'{k} {v!r}' for k, v in zip(same, key, strict=True))
            raise ValueError(
                f'{what}, but {len(lacking)} of {len(motions)} motions lack one: '
                f'{motion} has no {self.differ_in} {sorted(names)}. Check the test '
                'data set in your config.'
            )


@METRICS.register_module()
class DeltaMPJPE(_RenderingsMetric):
    """How far the output moves when the bones of the same motion are scaled.

    Compares the samples of variant ``'original'`` and ``'bone_scaled'`` that share clip
    and view, as ``Delta-MPJPE_mm``. Reads ``pred_instances.condition_keypoints``,
    (T, K, 3) in metres: on the condition skeleton, the distance is pure drift of the
    rotations.

    Args:
        **kwargs: See :class:`mmengine.evaluator.BaseMetric`.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__('condition_keypoints', differ_in='variant', **kwargs)

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Average the distance between paired outputs over all frames."""
        errors = [
            delta_mpjpe(motion['original'], motion['bone_scaled'])
            for motion in self.motions(results)
        ]
        return {'Delta-MPJPE_mm': float(np.concatenate(errors).mean())}


@METRICS.register_module()
class ConsistencyError(_RenderingsMetric):
    """How much the normalized pose of a motion changes with the view or the body.

    Args:
        between: ``'views'`` compares the views of each original clip and reports
            ``view_consistency_mm``; ``'bodies'`` compares the original and the scaled
            body of each clip and view and reports ``body_consistency_mm``.
        **kwargs: See :class:`mmengine.evaluator.BaseMetric`.

    Raises:
        ValueError: If ``between`` is something else.
    """

    def __init__(self, between: str, **kwargs: Any) -> None:
        kinds = {
            'views': ('view', 'view_consistency_mm'),
            'bodies': ('variant', 'body_consistency_mm'),
        }
        if between not in kinds:
            raise ValueError(
                f"`between` must be 'views' or 'bodies', but is {between!r}. Check the "
                'ConsistencyError evaluator of your config.'
            )
        differ_in, self.key = kinds[between]
        super().__init__('normalized_poses', differ_in, **kwargs)

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Average the distance between the renderings over all frames."""
        errors = [
            consistency_error(np.stack(list(motion.values())))
            for motion in self.motions(results)
        ]
        return {self.key: float(np.concatenate(errors).mean())}


def _poses(sample: dict, instances: str, name: str) -> np.ndarray:
    """Return a field of a data sample as an array, in its own precision."""
    if name not in sample.get(instances, {}):
        raise ValueError(
            f'{_describe(sample)} has no {instances}.{name}; it has '
            f'{sorted(sample.get(instances, {}))}. Check what the model predicts.'
        )
    return torch.as_tensor(sample[instances][name]).cpu().numpy()


def _describe(sample: dict) -> str:
    return 'Clip {clip_id!r}, view {view!r}, variant {variant!r}'.format(**sample)
