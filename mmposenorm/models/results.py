"""What models predict, as one ``PoseDataSample`` for each clip."""

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import torch
from mmengine.structures import BaseDataElement, InstanceData
from torch import Tensor

from mmposenorm.geometry.normalization import normalize_pose

if TYPE_CHECKING:
    from mmpose.structures import PoseDataSample


def to_data_samples(
    predictions: dict[str, Tensor],
    targets: dict[str, Tensor],
    descriptions: dict[str, list] | None,
) -> 'list[PoseDataSample]':
    """Split a batch into clips.

    Args:
        predictions: Fields of ``pred_instances``, each (B, T, ...).
        targets: Fields of ``gt_instances``, each (B, T, ...).
        descriptions: Fields of the ``metainfo``, each a list of B, if there are any.

    Returns:
        B data samples on the CPU. Without mmpose, they are MMEngine's
        ``BaseDataElement`` with the same fields.
    """
    sample_type = _sample_type()
    predictions = {key: value.detach().cpu() for key, value in predictions.items()}
    targets = {key: value.detach().cpu() for key, value in targets.items()}
    samples = []
    for i in range(len(next(iter(predictions.values())))):
        meta = {key: values[i] for key, values in (descriptions or {}).items()}
        sample = sample_type(metainfo=meta)
        sample.pred_instances = InstanceData(
            **{key: value[i] for key, value in predictions.items()}
        )
        sample.gt_instances = InstanceData(
            **{key: value[i] for key, value in targets.items()}
        )
        samples.append(sample)
    return samples


def _sample_type() -> Any:
    if find_spec('mmpose') is None:
        return BaseDataElement
    from mmpose.structures import PoseDataSample

    return PoseDataSample


def ground_truth(inputs: dict[str, Tensor], bone_lengths: Tensor) -> dict[str, Tensor]:
    """Collect the ground truth that metrics compare with.

    Args:
        inputs: A batch with ``lifting_target``, camera frame in metres,
            (B, T, 17, 3), if there is ground truth.
        bone_lengths: The condition skeleton's, in metres, (17,).

    Returns:
        ``lifting_target`` relative to the root, ``lifting_target_visible`` (all 1)
        and ``normalized_poses``, the closed form of the target; an empty dict if
        there is no target.
    """
    if 'lifting_target' not in inputs:
        return {}
    target = inputs['lifting_target']
    target = target - target[:, :, :1]
    # Matrix products in bfloat16 would move the true joints by millimetres.
    with torch.autocast(target.device.type, enabled=False):
        normalized_poses = normalize_pose(target, bone_lengths)
    return {
        'lifting_target': target,
        'lifting_target_visible': target.new_ones(target.shape[:-1]),
        'normalized_poses': normalized_poses,
    }
