"""Losses that need no 3D truth: agreement with the image, and the order of depths.

Functions are unreduced; the registered classes average them.
"""

import torch
from torch import Tensor, nn

from mmposenorm.fields import NotNegative, Share
from mmposenorm.geometry.kinematics import bone_vectors
from mmposenorm.models.losses.reduction import weighted_mean
from mmposenorm.registry import MODELS
from mmposenorm.skeletons import H36M_PARENTS, KEYPOINT_PAIRS
from mmposenorm.transforms.constants import Constant

_PAIRS = Constant(KEYPOINT_PAIRS)
_PARENTS = Constant((0, *H36M_PARENTS[1:]))
_NOT_THE_ROOT = Constant([0, *[1] * 16])
_SHORTEST = 0.01  # m, of a bone, or between two keypoints


def reprojection_loss(pose: Tensor, rays: Tensor, visible: Tensor) -> Tensor:
    r"""How far the bones of a pose are from the rays along which they were seen.

    The pose is moved along the ray of its root to where it fits the image best,

    .. math:: d = \frac{\sum_k (n_k - n_0) \cdot (x_k - n_k z_k)}
                       {\sum_k \lVert n_k - n_0 \rVert^2},

    with the keypoints :math:`(x_k, z_k)` and :math:`n_k` where they were seen. Each
    keypoint then misses its ray by :math:`m_k = x_k - n_k z_k - (n_k - n_0) d`, and a
    bone of length l from i to j by :math:`(m_j - m_i) / l`. As shares of their lengths
    short bones count as much as long ones: the hips, 9 cm from the root, tell where the
    body faces. A person of any size, at the distance that belongs to it, has the same
    loss.

    Args:
        pose: Keypoints relative to the root, in the camera frame, in metres,
            (..., 17, 3).
        rays: Image coordinates for a focal length of 1, relative to the principal
            point, (..., 17, 2).
        visible: 1 where a keypoint was seen, otherwise 0, (..., 17). Where the root was
            not seen, its place must be guessed.

    Returns:
        Loss of the bone that ends at each keypoint, parallel to the image, as a share
        of its length, (..., 17); 0 where one of its ends was not seen, and for the
        root.
    """
    across, depth = pose[..., :2], pose[..., 2:]
    offset = rays - rays[..., :1, :]
    weights = visible[..., None]
    miss = (across - rays * depth) * weights
    spread = (offset.square() * weights).sum((-1, -2), keepdim=True)
    distance = (offset * miss).sum((-1, -2), keepdim=True) / spread.clamp(min=1e-6)
    lengths = bone_vectors(pose).norm(dim=-1, keepdim=True).clamp(min=_SHORTEST)
    missed = bone_vectors(miss - offset * distance) / lengths
    squared = missed.square().sum(-1) * seen_bones(visible)
    # The gradient of a distance of exactly 0 is 0, not NaN.
    apart = squared > 0
    return torch.where(apart, torch.where(apart, squared, 1).sqrt(), 0)


def seen_bones(visible: Tensor) -> Tensor:
    """Return 1 for bones whose ends were both seen, otherwise 0, (..., 17)."""
    parents = _PARENTS.on(visible.device)
    both = visible * visible.index_select(-1, parents)
    return both * _NOT_THE_ROOT.like(visible)


@MODELS.register_module()
class ReprojectionLoss(nn.Module):
    """Mean of :func:`reprojection_loss` over the bones that were seen.

    Args:
        loss_weight: Weight in the total.
    """

    def __init__(self, loss_weight: NotNegative = 1.0) -> None:
        super().__init__()
        self.loss_weight = loss_weight

    def forward(self, pose: Tensor, rays: Tensor, visible: Tensor) -> Tensor:
        """Average over the bones whose ends were seen."""
        loss = reprojection_loss(pose, rays, visible)
        return self.loss_weight * weighted_mean(loss, seen_bones(visible))


def ordinal_depth_loss(pose: Tensor, order: Tensor, margin: float) -> Tensor:
    r"""By how much the depths of pairs of keypoints contradict their order.

    .. math:: \max(0, m - o s) \quad\text{if } o = \pm 1, \qquad
              \max(0, \lvert s \rvert - m) \quad\text{if } o = 0, \qquad
              s = \frac{z_j - z_i}{\lVert x_j - x_i \rVert}

    Args:
        pose: Keypoints in the camera frame, in any unit, (..., 17, 3).
        order: 1 where the first keypoint of a pair is nearer to the camera than the
            second by at least the margin, -1 where it is farther, 0 where neither, in
            the order of ``KEYPOINT_PAIRS``, (..., 136).
        margin: The margin m, as a share of the distance between the two.

    Returns:
        The loss of each pair, (..., 136). True poses have none.

    Source:
        Ordinal depth as supervision: Pavlakos et al., CVPR 2018, who use a logistic
        loss of the difference in metres, which always asks for more distance, and
        squares for equal depths. The hinge asks for what is known; as a share of the
        distance the hips count as much as a hand and a foot.
    """
    first, second = _PAIRS.on(pose.device).unbind()
    apart = pose.index_select(-2, second) - pose.index_select(-2, first)
    slope = apart[..., 2] / apart.norm(dim=-1).clamp(min=_SHORTEST)
    ordered = (margin - order * slope).clamp(min=0)
    level = (slope.abs() - margin).clamp(min=0)
    return torch.where(order == 0, level, ordered)


@MODELS.register_module()
class OrdinalDepthLoss(nn.Module):
    """Mean of :func:`ordinal_depth_loss` over the labelled pairs.

    Args:
        margin: As a share of the distance between two keypoints; that of the labels,
            see :class:`mmposenorm.transforms.LabelDepthOrder`.
        loss_weight: Weight in the total.
    """

    def __init__(self, margin: Share = 0.25, loss_weight: NotNegative = 1.0) -> None:
        super().__init__()
        self.margin = margin
        self.loss_weight = loss_weight

    def forward(self, pose: Tensor, order: Tensor, labelled: Tensor) -> Tensor:
        """Average over pairs with a label, 1 in ``labelled``, (..., 136)."""
        loss = ordinal_depth_loss(pose, order, self.margin)
        return self.loss_weight * weighted_mean(loss, labelled)
