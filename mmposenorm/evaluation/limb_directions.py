"""How far the estimated directions of limbs are off, in degrees.

Degrees do not depend on how long a limb is or how a data set defines its joints, as
millimetres do.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmengine.evaluator import BaseMetric

from mmposenorm.geometry.distances import bone_angles_between
from mmposenorm.registry import METRICS
from mmposenorm.skeletons import H36M_PARENTS

# Keypoints at which thighs, shins, upper and lower arms end, right and left.
LIMB_ENDS = (2, 3, 5, 6, 12, 13, 15, 16)
_STARTS = [H36M_PARENTS[joint] for joint in LIMB_ENDS]
_BONES = [joint - 1 for joint in LIMB_ENDS]


def limb_direction_errors(
    poses: np.ndarray, targets: np.ndarray, visible: np.ndarray | None = None
) -> np.ndarray:
    """Angle between estimated and true direction of each limb.

    Args:
        poses: Estimated normalized poses, (T, 17, 3).
        targets: True normalized poses, (T, 17, 3).
        visible: 0 where the true position of a keypoint is not known, (T, 17); all are
            known if not given.

    Returns:
        Degrees, (T, 8): thighs, shins, upper and lower arms; NaN where the true
        direction is not known.

    Raises:
        ValueError: If shapes differ, or a limb that counts is not finite.
    """
    pred, true = torch.as_tensor(poses), torch.as_tensor(targets)
    if pred.shape != true.shape or pred.shape[1:] != (17, 3):
        raise ValueError(
            f'poses has shape {tuple(pred.shape)} and targets {tuple(true.shape)}; '
            'expected normalized poses (T, 17, 3), the same frames in both.'
        )
    errors = np.degrees(bone_angles_between(pred, true)[..., _BONES].numpy())
    known = np.ones(errors.shape, bool)
    if visible is not None:
        seen = np.asarray(visible) > 0
        if seen.shape != pred.shape[:2]:
            raise ValueError(
                f'visible has shape {seen.shape}; expected {tuple(pred.shape[:2])}, '
                'one value for each keypoint of each frame.'
            )
        known = seen[:, _STARTS] & seen[:, LIMB_ENDS]
    if not np.isfinite(errors[known]).all():
        raise ValueError(
            'Normalized poses hold NaN or infinite values in limbs that count. Give '
            'visible = 0 where the truth is not known.'
        )
    return np.where(known, errors, np.nan)


@METRICS.register_module()
class LimbDirectionError(BaseMetric):
    """Mean angle between the estimated and the true directions of limbs, in degrees.

    Directions are compared in the root frame. ``limb_degrees`` is the mean over all
    frames and limbs of all original clips, ``limb_degrees_clips`` that of the clips'
    means. Reads ``normalized_poses`` (T, 17, 3) of ``pred_instances`` and
    ``gt_instances``. If the latter has ``lifting_target_visible`` (T, 17), limbs with
    an end that is not visible do not count.
    """

    default_prefix = 'posenorm'

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep the known errors of each clip; nothing of a clip on a scaled body."""
        for sample in data_samples:
            if sample['variant'] != 'original':
                self.results.append(())
                continue
            truth = sample['gt_instances']
            errors = limb_direction_errors(
                sample['pred_instances']['normalized_poses'],
                truth['normalized_poses'],
                truth.get('lifting_target_visible', None),
            )
            self.results.append(errors[~np.isnan(errors)])

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Average over all frames and limbs, and over clips."""
        clips = [errors for errors in results if len(errors)]
        if not clips:
            raise ValueError(
                "LimbDirectionError measures samples of variant 'original' in which a "
                f'limb is known, but none of {len(results)} is such a sample. Check '
                'the data set of your config.'
            )
        return {
            'limb_degrees': float(np.concatenate(clips).mean()),
            'limb_degrees_clips': float(np.mean([errors.mean() for errors in clips])),
        }
