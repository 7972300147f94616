"""Predictions to numbers: pure functions and the metrics that call them."""

from mmposenorm.evaluation.pose_metrics import (
    MPJPE,
    ConsistencyError,
    DeltaMPJPE,
    NormalizedError,
)

__all__ = ['MPJPE', 'ConsistencyError', 'DeltaMPJPE', 'NormalizedError']
