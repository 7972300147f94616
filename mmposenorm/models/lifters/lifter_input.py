"""The input of the lifters that are trained on our clips."""

import torch
from torch import Tensor


def lifter_input(inputs: dict[str, Tensor]) -> Tensor:
    """Join the input of the pose normalizer to one tensor for a lifter.

    Args:
        inputs: A batch of clips: ``keypoint_labels`` (B, T, 17, 2), relative to the
            root and divided by one robust scale for each clip, and
            ``keypoints_visible`` (B, T, 17).

    Returns:
        Coordinates and visibility of each keypoint, (B, T, 17, 3).
    """
    return torch.cat(
        [inputs['keypoint_labels'], inputs['keypoints_visible'][..., None]], dim=-1
    )
