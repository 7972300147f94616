"""Weaker labels than 3D poses, made from 3D poses, which are then hidden."""

import torch
from torch import Generator

from mmposenorm.fields import Count, Share
from mmposenorm.registry import TRANSFORMS
from mmposenorm.skeletons import KEYPOINT_PAIRS
from mmposenorm.transforms.base import BatchTransform
from mmposenorm.transforms.bodies import draw_uniform
from mmposenorm.transforms.constants import Constant

_PAIRS = Constant(KEYPOINT_PAIRS)


@TRANSFORMS.register_module()
class LabelDepthOrder(BatchTransform):
    """Say for pairs of keypoints which is nearer to the camera, as a person could.

    Required keys: lifting_target. Added keys: depth_order (B, T, 136), 1 where the
    first of a pair is nearer by more than the margin, -1 where it is farther, 0 where
    neither, in the order of ``KEYPOINT_PAIRS``; depth_labelled (B, T, 136), 1 where a
    pair has a label.

    Args:
        margin: Smallest difference in depth that counts, as a share of the distance
            between the two keypoints: the sine of the angle between the line through
            them and the plane of the image.
        wrong: Share of labels that are wrong: each is one of the two other answers.
        pairs: Number of labelled pairs of a frame, drawn for each; all 136 if not
            given.
        frames: Share of the frames that have labels.

    Source:
        Pavlakos et al., CVPR 2018, who asked people about pairs of joints in photos.
    """

    def __init__(
        self,
        margin: Share = 0.25,
        wrong: Share = 0.0,
        pairs: Count | None = None,
        frames: Share = 1.0,
    ) -> None:
        num_pairs = len(KEYPOINT_PAIRS[0])
        if pairs is not None and pairs > num_pairs:
            raise ValueError(
                f'pairs must be at most {num_pairs}, but is {pairs}. '
                'Check LabelDepthOrder in your config.'
            )
        self.margin = margin
        self.wrong = wrong
        self.pairs = num_pairs if pairs is None else pairs
        self.frames = frames

    def __call__(self, inputs: dict, generator: Generator) -> dict:
        """Add the labels."""
        pose = inputs['lifting_target']
        first, second = _PAIRS.on(pose.device).unbind()
        apart = pose.index_select(-2, second) - pose.index_select(-2, first)
        depth = apart[..., 2]
        order = depth.sign() * (depth.abs() > self.margin * apart.norm(dim=-1))
        draws = draw_uniform((3, *order.shape), (0, 1), depth, generator)
        # From -1, 0, 1 the next or the one after it.
        step = 1 + (draws[0] < 0.5).to(order.dtype)
        wrong = torch.remainder(order + 1 + step, 3) - 1
        order = torch.where(draws[1] < self.wrong, wrong, order)
        limit = draws[2].sort(dim=-1).values[..., self.pairs - 1, None]
        frames = draw_uniform((*pose.shape[:2], 1), (0, 1), pose, generator)
        labelled = (draws[2] <= limit) & (frames < self.frames)
        return inputs | {
            'depth_order': order,
            'depth_labelled': labelled.to(order.dtype),
        }


@TRANSFORMS.register_module()
class HideTruth(BatchTransform):
    """Hide everything that tells the 3D pose, so that no loss can learn from it.

    The place of the camera is hidden, its lens stays.

    Required keys: keypoints_world, lifting_target, camera; labelled (B,) if only the
    clips that are not labelled lose their truth. These have NaN there afterwards.
    Without it the keys are removed, and a loss that needs them fails.
    """

    def __call__(self, inputs: dict, generator: Generator) -> dict:
        """Hide the truth."""
        hide = _remove if inputs.get('labelled') is None else _mask
        camera = hide(inputs['camera'], inputs, ('rotation', 'translation'))
        poses = hide(inputs, inputs, ('keypoints_world', 'lifting_target'))
        return poses | {'camera': camera}


def _remove(values: dict, _: dict, names: tuple[str, ...]) -> dict:
    return {name: value for name, value in values.items() if name not in names}


def _mask(values: dict, inputs: dict, names: tuple[str, ...]) -> dict:
    hidden = ~inputs['labelled']
    masked = {}
    for name in names:
        rows = hidden.view(-1, *[1] * (values[name].ndim - 1))
        masked[name] = values[name].masked_fill(rows, torch.nan)
    return values | masked
