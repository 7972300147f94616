"""Losses: pure functions, unreduced, and the registered classes that average them."""

from mmposenorm.models.losses.cycle_back import CycleBackLoss
from mmposenorm.models.losses.positions import FootContactLoss, PositionLoss
from mmposenorm.models.losses.retrieval import RetrievalLoss
from mmposenorm.models.losses.rotations import RotationConsistencyLoss
from mmposenorm.models.losses.triplet import TripletMarginLoss, TripletRatioLoss
from mmposenorm.models.losses.without_3d import OrdinalDepthLoss, ReprojectionLoss

__all__ = [
    'CycleBackLoss',
    'FootContactLoss',
    'OrdinalDepthLoss',
    'PositionLoss',
    'ReprojectionLoss',
    'RetrievalLoss',
    'RotationConsistencyLoss',
    'TripletMarginLoss',
    'TripletRatioLoss',
]
