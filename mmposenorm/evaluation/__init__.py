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
from mmposenorm.evaluation.progress import KendallsTau
from mmposenorm.evaluation.rank_pool_knn import RankPoolKNN
from mmposenorm.evaluation.rank_pooling import RankPool
from mmposenorm.evaluation.retrieval_metrics import ClipRetrieval, PoseRetrieval
from mmposenorm.evaluation.spotting_metric import SpottingPrecision

__all__ = [
    'MPJPE',
    'ClipRetrieval',
    'ConsistencyError',
    'DeltaMPJPE',
    'DenseCorrespondence',
    'DirectionCalibration',
    'KendallsTau',
    'KeyEventError',
    'LimbDirectionError',
    'NormalizedError',
    'PoseRetrieval',
    'RankPool',
    'RankPoolKNN',
    'SpottingPrecision',
]
