"""2D poses -> joint rotations -> normalized poses -> pose features."""

from mmposenorm.models.fk_head import FKHead
from mmposenorm.models.losses import (
    FootContactLoss,
    PositionLoss,
    RotationConsistencyLoss,
)
from mmposenorm.models.pose_normalizer import PoseNormalizer
from mmposenorm.models.preprocessor import PoseClipPreprocessor
from mmposenorm.models.temporal_encoders import (
    ParallelConvEncoder,
    TemporalConvEncoder,
)

__all__ = [
    'FKHead',
    'FootContactLoss',
    'ParallelConvEncoder',
    'PoseClipPreprocessor',
    'PoseNormalizer',
    'PositionLoss',
    'RotationConsistencyLoss',
    'TemporalConvEncoder',
]
