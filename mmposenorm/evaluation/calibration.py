"""Whether a model knows how wrong it is: predicted against real angular errors."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmengine.evaluator import BaseMetric
from mmengine.logging import MMLogger

from mmposenorm.geometry.distances import bone_angles_between
from mmposenorm.geometry.kinematics import LEFT_HIP, RIGHT_HIP
from mmposenorm.registry import METRICS

NUM_BINS = 10
# Those that end at keypoints 1 to 16, without the hips.
_BONES = [k - 1 for k in range(1, 17) if k not in (RIGHT_HIP, LEFT_HIP)]


def calibration_by_decile(
    predicted: np.ndarray, real: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Average predicted and real errors over tenths of the predictions.

    Args:
        predicted: Expected errors, (N,), N >= 10.
        real: Errors, (N,).

    Returns:
        Mean predicted and mean real error of the tenth with the smallest predictions,
        of the next tenth, and so on; (10,) each.

    Raises:
        ValueError: If there are fewer than ten values.
    """
    if len(predicted) < NUM_BINS:
        raise ValueError(
            f'There are {len(predicted)} predicted errors; expected at least '
            f'{NUM_BINS}, one for each tenth. Measure more frames.'
        )
    order = np.argsort(predicted, kind='stable')
    tenths = np.array_split(order, NUM_BINS)
    return (
        np.array([predicted[tenth].mean() for tenth in tenths]),
        np.array([real[tenth].mean() for tenth in tenths]),
    )


@METRICS.register_module()
class DirectionCalibration(BaseMetric):
    """How well ``direction_sigma`` predicts the angular errors of the bones.

    Reads ``direction_sigma`` (T, 16) in radians and ``normalized_poses`` (T, 17, 3) of
    ``pred_instances`` and ``normalized_poses`` of ``gt_instances``, of original clips.
    Gives ``calibration_error``, the largest relative difference between predicted and
    real mean error of a decile, and ``error_ratio``, how many times larger the real
    error is in the last decile than in the first. The deciles are logged, in degrees.
    The hips are left out: their line is the x axis of the root frame, so their error
    is 0.
    """

    default_prefix = 'posenorm'

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep the predicted and the real error of each bone and frame."""
        for sample in data_samples:
            if sample['variant'] != 'original':
                self.results.append(())
                continue
            predicted = sample['pred_instances']
            if 'direction_sigma' not in predicted:
                raise ValueError(
                    'The model predicts no direction_sigma. Give it an `uncertainty` '
                    'head, or leave DirectionCalibration out of the evaluators.'
                )
            poses = torch.as_tensor(predicted['normalized_poses'])
            truth = torch.as_tensor(sample['gt_instances']['normalized_poses'])
            angles = bone_angles_between(poses, truth)[:, _BONES].numpy()
            sigma = torch.as_tensor(predicted['direction_sigma'])[:, _BONES].numpy()
            self.results.append((sigma.ravel(), angles.ravel()))

    def compute_metrics(self, results: list[tuple]) -> dict[str, float]:
        """Compare deciles over all clips."""
        measured = [pair for pair in results if pair]
        predicted, real = (np.concatenate(part) for part in zip(*measured, strict=True))
        predicted, real = np.degrees(calibration_by_decile(predicted, real))
        rows = [f'{p:6.1f} {r:6.1f}' for p, r in zip(predicted, real, strict=True)]
        MMLogger.get_current_instance().info(
            'Bone directions, expected and real error in degrees, by decile:\n'
            + '\n'.join(rows)
        )
        return {
            'calibration_error': float(np.abs(predicted / real - 1).max()),
            'error_ratio': float(real[-1] / real[0]),
        }
