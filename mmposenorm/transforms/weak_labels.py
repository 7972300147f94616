"""Weaker labels than 3D poses, made from 3D poses, which are then hidden."""

import torch
from torch import Generator

from mmposenorm.fields import Count, NotNegative, Share
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
        margin: Smallest difference in depth that counts, in metres.
        wrong: Share of labels that are wrong: each is one of the two other answers.
        pairs: Number of labelled pairs of a frame, drawn for each; all 136 if not
            given.
        frames: Share of the frames that have labels.

    Source:
        Pavlakos et al., CVPR 2018, who asked people about pairs of joints in photos.
    """

    def __init__(
        self,
        margin: NotNegative = 0.1,
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
        depth = inputs['lifting_target'][..., 2]
        first, second = _PAIRS.on(depth.device).unbind()
        difference = depth.index_select(-1, second) - depth.index_select(-1, first)
        order = difference.sign() * (difference.abs() > self.margin)
        draws = draw_uniform((3, *order.shape), (0, 1), depth, generator)
        # From -1, 0, 1 the next or the one after it.
        step = 1 + (draws[0] < 0.5).to(order.dtype)
        wrong = torch.remainder(order + 1 + step, 3) - 1
        order = torch.where(draws[1] < self.wrong, wrong, order)
        limit = draws[2].sort(dim=-1).values[..., self.pairs - 1, None]
        frames = draw_uniform((*depth.shape[:2], 1), (0, 1), depth, generator)
        labelled = (draws[2] <= limit) & (frames < self.frames)
        return inputs | {
            'depth_order': order,
            'depth_labelled': labelled.to(order.dtype),
        }


@TRANSFORMS.register_module()
class HideTruth(BatchTransform):
    """Remove everything that tells the 3D pose; a loss that needs it then fails.

    The place of the camera is removed, its lens stays.

    Required keys: keypoints_world, lifting_target, camera. Removed keys:
    keypoints_world, lifting_target, and of the camera rotation and translation.
    """

    def __call__(self, inputs: dict, generator: Generator) -> dict:
        """Remove the truth."""
        hidden = ('keypoints_world', 'lifting_target')
        place = ('rotation', 'translation')
        kept = {key: value for key, value in inputs.items() if key not in hidden}
        lens = {k: v for k, v in inputs['camera'].items() if k not in place}
        return kept | {'camera': lens}
