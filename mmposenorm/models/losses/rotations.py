"""The loss on joint rotations."""

from torch import Tensor, nn

from mmposenorm.fields import NotNegative
from mmposenorm.geometry.rotations import squared_quaternion_distance
from mmposenorm.registry import MODELS


@MODELS.register_module()
class RotationConsistencyLoss(nn.Module):
    r"""Penalize differences between two estimates of the same joint rotations.

    .. math:: \min(\lVert a - \hat a \rVert^2, \lVert a + \hat a \rVert^2)

    averaged over all joints: q and -q are one rotation, which the paper's
    :math:`\lVert a - \hat a \rVert^2` takes for two.

    Args:
        loss_weight: Weight in the total.

    Source:
        Paper section 3.2, L_jrc.
    """

    def __init__(self, loss_weight: NotNegative = 1.0) -> None:
        super().__init__()
        self.loss_weight = loss_weight

    def forward(self, joint_rotations: Tensor, again: Tensor) -> Tensor:
        """Average over all joints of unit quaternions wxyz, (..., J, 4)."""
        distance = squared_quaternion_distance(joint_rotations, again)
        return self.loss_weight * distance.mean()
