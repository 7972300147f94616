"""Metrics, and the pure functions they call."""

from mmposenorm.evaluation.calibration import DirectionCalibration
from mmposenorm.evaluation.correspondence_metric import DenseCorrespondence
from mmposenorm.evaluation.key_events import KeyEventError
from mmposenorm.evaluation.limb_directions import LimbDirectionError
from mmposenorm.evaluation.pose_metrics import (
    MPJPE,
    ConsistencyError,
    DeltaMPJPE,
    NormalizedError,
)
from mmposenorm.evaluation.rank_pool_knn import RankPoolKNN
from mmposenorm.evaluation.rank_pooling import RankPool

__all__ = [
    'MPJPE',
    'ConsistencyError',
    'DeltaMPJPE',
    'DenseCorrespondence',
    'DirectionCalibration',
    'KeyEventError',
    'LimbDirectionError',
    'NormalizedError',
    'RankPool',
    'RankPoolKNN',
]
