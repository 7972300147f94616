"""Losses: pure functions, unreduced, and the registered classes that average them."""

from mmposenorm.models.losses.positions import FootContactLoss, PositionLoss
from mmposenorm.models.losses.rotations import RotationConsistencyLoss

__all__ = ['FootContactLoss', 'PositionLoss', 'RotationConsistencyLoss']
