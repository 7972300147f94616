"""What every lifter that is trained on our clips sees of a frame."""

import torch
from torch import Tensor


def lifter_input(inputs: dict[str, Tensor]) -> Tensor:
    """Put the input of the pose normalizer in one tensor for a lifter.

    Args:
        inputs: A batch of clips: ``keypoint_labels`` (B, T, 17, 2), root-centred and
            divided by one robust scale a clip, and ``keypoints_visible`` (B, T, 17).

    Returns:
        Coordinates and visibility of each keypoint, (B, T, 17, 3).
    """
    return torch.cat(
        [inputs['keypoint_labels'], inputs['keypoints_visible'][..., None]], dim=-1
    )
