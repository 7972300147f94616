"""Losses that need no 3D truth: agreement with the image, and the order of depths.

Functions are unreduced; the registered classes average them.
"""

import torch
from torch import Tensor, nn

from mmposenorm.fields import NotNegative, Positive
from mmposenorm.models.losses.reduction import weighted_mean
from mmposenorm.registry import MODELS
from mmposenorm.skeletons import KEYPOINT_PAIRS
from mmposenorm.transforms.constants import Constant

_PAIRS = Constant(KEYPOINT_PAIRS)


def reprojection_loss(pose: Tensor, rays: Tensor, visible: Tensor) -> Tensor:
    r"""Distance between a pose and the rays along which its keypoints were seen.

    The pose is moved along the ray of its root to where it fits the picture best,

    .. math:: d = \frac{\sum_k (n_k - n_0) \cdot (x_k - n_k z_k)}
                       {\sum_k \lVert n_k - n_0 \rVert^2},

    with the keypoints :math:`(x_k, z_k)` and :math:`n_k` where they were seen. A person
    of any size, at the distance that belongs to it, has the same loss.

    Args:
        pose: Keypoints relative to the root, in the camera frame, in metres,
            (..., 17, 3).
        rays: Image coordinates for a focal length of 1, relative to the principal
            point, (..., 17, 2).
        visible: 1 where a keypoint was seen, otherwise 0, (..., 17). Where the root was
            not seen, its place must be guessed.

    Returns:
        Distance of each keypoint from its ray, in metres, parallel to the image,
        (..., 17); 0 where it was not seen.
    """
    across, depth = pose[..., :2], pose[..., 2:]
    offset = rays - rays[..., :1, :]
    weights = visible[..., None]
    miss = (across - rays * depth) * weights
    spread = (offset.square() * weights).sum((-1, -2), keepdim=True)
    distance = (offset * miss).sum((-1, -2), keepdim=True) / spread.clamp(min=1e-6)
    squared = (miss - offset * distance * weights).square().sum(-1)
    # The gradient of a distance of exactly 0 is 0, not NaN.
    apart = squared > 0
    return torch.where(apart, torch.where(apart, squared, 1).sqrt(), 0)


@MODELS.register_module()
class ReprojectionLoss(nn.Module):
    """Mean of :func:`reprojection_loss` over the keypoints that were seen.

    Args:
        loss_weight: Weight in the total.
    """

    def __init__(self, loss_weight: NotNegative = 1.0) -> None:
        super().__init__()
        self.loss_weight = loss_weight

    def forward(self, pose: Tensor, rays: Tensor, visible: Tensor) -> Tensor:
        """Average over all keypoints; see :func:`reprojection_loss`."""
        loss = reprojection_loss(pose, rays, visible)
        return self.loss_weight * weighted_mean(loss, visible)


def ordinal_depth_loss(depth: Tensor, order: Tensor, margin: float) -> Tensor:
    r"""By how much the depths of pairs of keypoints contradict their order.

    .. math:: \max(0, m - o (z_j - z_i)) \quad\text{if } o = \pm 1, \qquad
              \max(0, \lvert z_j - z_i \rvert - m) \quad\text{if } o = 0

    Args:
        depth: Depths of the keypoints, in metres, (..., 17).
        order: 1 where the first keypoint of a pair is nearer to the camera than the
            second by at least the margin, -1 where it is farther, 0 where neither, in
            the order of ``KEYPOINT_PAIRS``, (..., 136).
        margin: The margin m, in metres.

    Returns:
        The loss of each pair in metres, (..., 136). True depths have none.

    Source:
        Ordinal depth as supervision: Pavlakos et al., CVPR 2018, who use a logistic
        loss, which always asks for more distance, and squares for equal depths. The
        hinge asks for what is known.
    """
    first, second = _PAIRS.on(depth.device).unbind()
    difference = depth.index_select(-1, second) - depth.index_select(-1, first)
    ordered = (margin - order * difference).clamp(min=0)
    level = (difference.abs() - margin).clamp(min=0)
    return torch.where(order == 0, level, ordered)


@MODELS.register_module()
class OrdinalDepthLoss(nn.Module):
    """Mean of :func:`ordinal_depth_loss` over the labelled pairs.

    Args:
        margin: In metres; that of the labels, see
            :class:`mmposenorm.transforms.LabelDepthOrder`.
        loss_weight: Weight in the total.
    """

    def __init__(self, margin: Positive = 0.1, loss_weight: NotNegative = 1.0) -> None:
        super().__init__()
        self.margin = margin
        self.loss_weight = loss_weight

    def forward(self, depth: Tensor, order: Tensor, labelled: Tensor) -> Tensor:
        """Average over pairs with a label, 1 in ``labelled``, (..., 136)."""
        loss = ordinal_depth_loss(depth, order, self.margin)
        return self.loss_weight * weighted_mean(loss, labelled)
