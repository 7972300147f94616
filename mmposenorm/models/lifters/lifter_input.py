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


def image_sizes(
    inputs: dict, image_size: tuple[float, float] | None
) -> list[tuple[float, float]]:
    """Return width and height of the image of each clip, by which lifters scale pixels.

    Args:
        inputs: A batch of B clips, with ``camera`` where no size is given.
        image_size: The size of all; twice the camera's principal point if not given.

    Raises:
        ValueError: If there is neither.
    """
    if image_size is not None:
        return [image_size] * len(inputs['keypoints'])
    if 'camera' not in inputs:
        raise ValueError(
            'The clips have no camera, but trained lifters scale pixels by the '
            "image's size. Set `lifter.image_size` to (width, height)."
        )
    return (2 * inputs['camera']['center']).tolist()
