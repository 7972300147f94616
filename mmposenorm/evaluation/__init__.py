"""Predictions to numbers: pure functions and the metrics that call them."""

from mmposenorm.evaluation.action_recognition import RankPoolKNN
from mmposenorm.evaluation.correspondence_metric import DenseCorrespondence
from mmposenorm.evaluation.pose_metrics import (
    MPJPE,
    ConsistencyError,
    DeltaMPJPE,
    NormalizedError,
)

__all__ = [
    'MPJPE',
    'ConsistencyError',
    'DeltaMPJPE',
    'DenseCorrespondence',
    'NormalizedError',
    'RankPoolKNN',
]
