"""Add a metric of your own: how far the wrists are off."""

from collections.abc import Sequence

import numpy as np
from mmengine.evaluator import BaseMetric
from mmengine.structures import InstanceData
from mmpose.structures import PoseDataSample

from mmposenorm.registry import METRICS


@METRICS.register_module()
class WristError(BaseMetric):
    """Mean distance between the predicted and the true wrists, ``wrist_error_mm``."""

    default_prefix = 'posenorm'

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Keep the errors of one clip."""
        for sample in data_samples:
            pred = sample['pred_instances']['normalized_poses']
            target = sample['gt_instances']['normalized_poses']
            errors = (pred - target)[:, [13, 16]]
            self.results.append(np.linalg.norm(errors, axis=-1))

    def compute_metrics(self, results: list[np.ndarray]) -> dict[str, float]:
        """Average over the frames of all clips."""
        return {'wrist_error_mm': 1000 * float(np.concatenate(results).mean())}


metric = METRICS.build(dict(type='WristError'))
sample = PoseDataSample()
sample.gt_instances = InstanceData(normalized_poses=np.zeros((4, 17, 3)))
sample.pred_instances = InstanceData(normalized_poses=np.full((4, 17, 3), 0.03))
metric.process({}, [sample.to_dict()])
[figure] = metric.evaluate(size=1).values()

np.testing.assert_allclose(figure, 30 * 3**0.5)
