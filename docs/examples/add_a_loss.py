"""Add a loss of your own: how far the wrists are off."""

import torch
from torch import Tensor, nn

from mmposenorm.registry import MODELS


@MODELS.register_module()
class HandLoss(nn.Module):
    """Mean distance of the two wrists, in metres.

    Args:
        loss_weight: Weight in the total.
    """

    def __init__(self, loss_weight: float = 1.0) -> None:
        super().__init__()
        self.loss_weight = loss_weight

    def forward(self, pred: Tensor, target: Tensor) -> Tensor:
        """Compare the wrists of two poses, (..., 17, 3)."""
        wrists = [13, 16]
        return self.loss_weight * (pred - target)[..., wrists, :].norm(dim=-1).mean()


hand_loss = MODELS.build(dict(type='HandLoss', loss_weight=0.1))
pred, target = torch.zeros(2, 8, 17, 3), torch.zeros(2, 8, 17, 3)
target[..., 13, 0] = 0.5  # one of the two wrists is half a metre away

assert torch.isclose(hand_loss(pred, target), torch.tensor(0.1 * 0.25))
