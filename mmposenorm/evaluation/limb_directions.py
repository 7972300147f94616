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

# Keypoints at which thighs, shins, upper and lower arms end, right and left.
LIMB_ENDS = (2, 3, 5, 6, 12, 13, 15, 16)
_BONES = [joint - 1 for joint in LIMB_ENDS]


def limb_direction_errors(poses: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Angle between estimated and true direction of each limb.

    Args:
        poses: Estimated normalized poses, (T, 17, 3).
        targets: True normalized poses, (T, 17, 3).

    Returns:
        Degrees, (T, 8): thighs, shins, upper and lower arms.
    """
    angles = bone_angles_between(torch.as_tensor(poses), torch.as_tensor(targets))
    return np.degrees(angles[..., _BONES].numpy())


@METRICS.register_module()
class LimbDirectionError(BaseMetric):
    """``limb_degrees``, the mean angular error of limbs in the root frame.

    Over all frames of all original clips and, ``limb_degrees_clips``, over the clips'
    means. Reads ``normalized_poses`` (T, 17, 3) of ``pred_instances`` and
    ``gt_instances``.
    """

    default_prefix = 'posenorm'

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep the mean error of each frame; nothing of a clip on a scaled body."""
        for sample in data_samples:
            if sample['variant'] != 'original':
                self.results.append(())
                continue
            poses = sample['pred_instances']['normalized_poses']
            targets = sample['gt_instances']['normalized_poses']
            self.results.append(limb_direction_errors(poses, targets).mean(axis=1))

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Average over frames and over clips."""
        clips = [errors for errors in results if len(errors)]
        return {
            'limb_degrees': float(np.concatenate(clips).mean()),
            'limb_degrees_clips': float(np.mean([errors.mean() for errors in clips])),
        }
