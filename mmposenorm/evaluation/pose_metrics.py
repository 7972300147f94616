"""Metrics of pose normalization: they collect clips and call ``functional``.

A sample is one rendering of a motion: of clip ``clip_id``, seen from ``view``, on the
body ``variant``, ``'original'`` or ``'bone_scaled'``. Each sample leaves exactly one
result, so that MMEngine can put the results of several processes back into the order
of the data set; the figures are means over all frames, the same for any number of
processes. Everything reported is in millimetres.
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
    """The mean over all frames of all original clips of some errors of a frame.

    And the mean of the clips' means: a long clip of hard poses counts for one.
    """

    default_prefix = 'posenorm'

    def errors(self, sample: dict) -> dict[str, np.ndarray]:
        """Return the errors of a sample's frames in millimetres, each (T,)."""
        raise NotImplementedError

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep the errors of each frame; nothing of a clip on a scaled body."""
        for sample in data_samples:
            original = sample['variant'] == 'original'
            try:
                self.results.append(self.errors(sample) if original else {})
            except ValueError as error:
                raise ValueError(f'{_describe(sample)}: {error}') from error

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Average each error over all frames and, ``_clips``, over the clips' means."""
        measured = [errors for errors in results if errors]
        if not measured:
            raise ValueError(
                f"{type(self).__name__} measures samples of variant 'original', but "
                f'none of {len(results)} is. Check the data set of your config.'
            )
        figures = {}
        for name in measured[0]:
            clips = [errors[name] for errors in measured]
            figures[f'{name}_mm'] = float(np.concatenate(clips).mean())
            figures[f'{name}_clips_mm'] = float(np.mean([c.mean() for c in clips]))
        return figures


@METRICS.register_module()
class MPJPE(_FrameErrorMetric):
    """``MPJPE_mm`` and ``P-MPJPE_mm`` of the root-relative poses in camera axes.

    And ``MPJPE_clips_mm``, ``P-MPJPE_clips_mm``.
    Reads ``pred_instances.keypoints`` (for a pose normalizer: its rotations on the
    true skeleton) and ``gt_instances.lifting_target``, both (T, K, 3) in metres.
    """

    def errors(self, sample: dict) -> dict[str, np.ndarray]:
        """Compare predicted and true joints, as they are and aligned."""
        pred = _poses(sample, 'pred_instances', 'keypoints')
        target = _poses(sample, 'gt_instances', 'lifting_target')
        return {'MPJPE': mpjpe(pred, target), 'P-MPJPE': p_mpjpe(pred, target)}


@METRICS.register_module()
class NormalizedError(_FrameErrorMetric):
    """``normalized_error_mm``, from predicted to closed-form normalized poses.

    And ``normalized_error_clips_mm``.

    Reads ``normalized_poses`` (T, K, 3) in metres of ``pred_instances`` and
    ``gt_instances``.
    """

    def errors(self, sample: dict) -> dict[str, np.ndarray]:
        """Compare predicted and true normalized poses."""
        pred = _poses(sample, 'pred_instances', 'normalized_poses')
        target = _poses(sample, 'gt_instances', 'normalized_poses')
        return {'normalized_error': normalized_error(pred, target)}


class _RenderingsMetric(BaseMetric):
    """Compares what a model makes of renderings of one motion.

    Args:
        predicted: The poses of ``pred_instances`` to compare, (T, K, 3) in metres.
        differ_in: What the renderings differ in, ``'view'`` or ``'variant'``.
    """

    default_prefix = 'posenorm'

    def __init__(self, predicted: str, differ_in: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.predicted = predicted
        self.differ_in = differ_in

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep the predicted poses; of a scaled body only if bodies are compared."""
        for sample in data_samples:
            result = {key: sample[key] for key in ('clip_id', 'view', 'variant')}
            if self.differ_in == 'variant' or sample['variant'] == 'original':
                result['poses'] = _poses(sample, 'pred_instances', self.predicted)
            self.results.append(result)

    def motions(self, results: list[dict]) -> list[dict[str, np.ndarray]]:
        """Group the poses by motion.

        Returns:
            For each motion its renderings, by the name of the view or the variant,
            each (T, K, 3) in metres.

        Raises:
            ValueError: If a motion lacks a rendering that others have, has one twice
                or of another length, or if there is nothing to compare.
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
                    'tell what to compare. Make clip_id, view and variant unique.'
                )
            first = next(iter(renderings.values()), result['poses'])
            if first.shape != result['poses'].shape:
                raise ValueError(
                    f'{_describe(result)} has poses of shape {result["poses"].shape}, '
                    f'another rendering of it {first.shape}. Evaluate whole clips.'
                )
            renderings[name] = result['poses']
        self._check_complete(motions, same)
        return list(motions.values())

    def _check_complete(self, motions: dict, same: list[str]) -> None:
        found = set().union(*motions.values())
        expected = {'original', 'bone_scaled'} if self.differ_in == 'variant' else found
        what = f'{type(self).__name__} compares renderings of one motion that differ '
        what += f'in their {self.differ_in}'
        if not found or len(expected) < 2:
            raise ValueError(
                f'{what}, at least two of each motion, but the data set has '
                f'{sorted(found) or "none"}. Check the data set of your config.'
            )
        lacking = {key: expected - set(having) for key, having in motions.items()}
        lacking = {key: names for key, names in lacking.items() if names}
        if lacking:
            key, names = next(iter(lacking.items()))
            motion = ', '.join(f'{k} {v!r}' for k, v in zip(same, key, strict=True))
            raise ValueError(
                f'{what}, but {len(lacking)} of {len(motions)} motions lack some: '
                f'{motion} has no {self.differ_in} {sorted(names)}. Evaluate on a data '
                'set that holds them all.'
            )


@METRICS.register_module()
class DeltaMPJPE(_RenderingsMetric):
    """How far the output moves when the bones of the same motion are scaled.

    Pairs the samples of variant ``'original'`` and ``'bone_scaled'`` that share clip
    and view.

    Args:
        skeleton: ``'condition'`` compares the outputs on the condition skeleton in
            camera axes (``condition_keypoints``), which shows the pure drift of the
            rotations, as ``Delta-MPJPE_mm``; ``'own'`` each on the true skeleton of
            its sample (``keypoints``), as ``Delta-MPJPE_own_mm``.
        **kwargs: See :class:`mmengine.evaluator.BaseMetric`.

    Raises:
        ValueError: If the skeleton is neither of the two.
    """

    def __init__(self, skeleton: str = 'condition', **kwargs: Any) -> None:
        outputs = {
            'condition': ('condition_keypoints', 'Delta-MPJPE_mm'),
            'own': ('keypoints', 'Delta-MPJPE_own_mm'),
        }
        if skeleton not in outputs:
            raise ValueError(
                f"`skeleton` must be 'condition' or 'own', but is {skeleton!r}. Check "
                'the DeltaMPJPE evaluator of your config.'
            )
        predicted, self.key = outputs[skeleton]
        super().__init__(predicted, differ_in='variant', **kwargs)

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Average the distance between paired outputs over all frames."""
        errors = [
            delta_mpjpe(motion['original'], motion['bone_scaled'])
            for motion in self.motions(results)
        ]
        return {self.key: float(np.concatenate(errors).mean())}


@METRICS.register_module()
class ConsistencyError(_RenderingsMetric):
    """How much the normalized pose of one motion depends on who is seen from where.

    Args:
        between: ``'views'`` compares the views of each original clip, as
            ``view_consistency_mm``; ``'bodies'`` the original and the scaled body of
            each clip and view, as ``body_consistency_mm``.
        **kwargs: See :class:`mmengine.evaluator.BaseMetric`.

    Raises:
        ValueError: If ``between`` is neither of the two.
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
    """Return a field of a data sample as an array on the CPU, as precise as it was."""
    if name not in sample.get(instances, {}):
        raise ValueError(
            f'{_describe(sample)} has no {instances}.{name}; it has '
            f'{sorted(sample.get(instances, {}))}. Check what the model predicts.'
        )
    return torch.as_tensor(sample[instances][name]).cpu().numpy()


def _describe(sample: dict) -> str:
    return 'Clip {clip_id!r}, view {view!r}, variant {variant!r}'.format(**sample)
