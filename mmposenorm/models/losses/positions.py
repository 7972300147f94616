"""Losses on joint positions: reconstruction, cycle, normalized pose, foot contact.

Functions are unreduced: one value for each keypoint or foot, which the registered
classes average.
"""

import torch
from torch import Tensor, nn

from mmposenorm.fields import NotNegative
from mmposenorm.models.losses.reduction import weighted_mean
from mmposenorm.registry import MODELS

_FEET = slice(3, 7, 3)  # right: keypoint 3, left: 6


def position_loss(pred: Tensor, target: Tensor, squared: bool = True) -> Tensor:
    r"""Distance between predicted and true keypoints.

    .. math:: \lVert \hat x - x \rVert^2 \quad\text{or}\quad \lVert \hat x - x \rVert

    Args:
        pred: Positions relative to the root, in metres, (..., 17, 3).
        target: The same for the ground truth.
        squared: Whether to square the distance.

    Returns:
        The loss of each keypoint in square metres, or metres, (..., 17).

    Raises:
        ValueError: If the shapes differ.

    Source:
        Paper section 3.2, L_recon and L_cycle, which square.
    """
    if pred.shape != target.shape:
        raise ValueError(
            f'pred has shape {tuple(pred.shape)} and target {tuple(target.shape)}; '
            'expected the same.'
        )
    distance = (pred - target).square().sum(-1)
    if squared:
        return distance
    # The gradient of a distance of exactly 0 is 0, not NaN.
    apart = distance > 0
    return torch.where(apart, torch.where(apart, distance, 1).sqrt(), 0)


@MODELS.register_module()
class PositionLoss(nn.Module):
    """Mean of :func:`position_loss` over all keypoints of a batch.

    Args:
        squared: Whether to square the distance, as the paper does.
        loss_weight: Weight in the total.
    """

    def __init__(self, squared: bool = True, loss_weight: NotNegative = 1.0) -> None:
        super().__init__()
        self.squared = squared
        self.loss_weight = loss_weight

    def forward(self, pred: Tensor, target: Tensor) -> Tensor:
        """Average over all keypoints; see :func:`position_loss`."""
        return self.loss_weight * position_loss(pred, target, self.squared).mean()


def foot_contact_loss(keypoints: Tensor) -> Tensor:
    r"""Squared step of each foot from frame to frame.

    .. math:: \lVert p_{t+1} - p_t \rVert^2

    Args:
        keypoints: Positions with the root at its true place, in the frame of a camera
            that stands still or in the world, in metres, (..., T, 17, 3). Relative to
            the root a standing foot moves.

    Returns:
        Square metres, (..., T - 1, 2): right foot, left foot.

    Source:
        Paper section 3.2, L_fc; MotioNet's penalty, which uses one foot's label for
        both. Here each foot has its own.
    """
    feet = keypoints[..., _FEET, :]
    return (feet[..., 1:, :, :] - feet[..., :-1, :, :]).square().sum(-1)


@MODELS.register_module()
class FootContactLoss(nn.Module):
    """Mean of :func:`foot_contact_loss` over the feet that stand.

    Args:
        loss_weight: Weight in the total.
    """

    def __init__(self, loss_weight: NotNegative = 1.0) -> None:
        super().__init__()
        self.loss_weight = loss_weight

    def forward(self, keypoints: Tensor, foot_contact: Tensor) -> Tensor:
        """Average over steps whose both frames are labelled as contact.

        Args:
            keypoints: See :func:`foot_contact_loss`, (..., T, 17, 3).
            foot_contact: 1 where the right, the left foot stands, (..., T, 2).
        """
        stands = foot_contact[..., 1:, :] * foot_contact[..., :-1, :]
        return self.loss_weight * weighted_mean(foot_contact_loss(keypoints), stands)
