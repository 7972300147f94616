"""Losses: pure functions, unreduced, and the registered classes that average them."""

from mmposenorm.models.losses.cycle_back import CycleBackLoss
from mmposenorm.models.losses.positions import FootContactLoss, PositionLoss
from mmposenorm.models.losses.retrieval import RetrievalLoss
from mmposenorm.models.losses.rotations import RotationConsistencyLoss
from mmposenorm.models.losses.triplet import TripletMarginLoss, TripletRatioLoss

__all__ = [
    'CycleBackLoss',
    'FootContactLoss',
    'PositionLoss',
    'RetrievalLoss',
    'RotationConsistencyLoss',
    'TripletMarginLoss',
    'TripletRatioLoss',
]
