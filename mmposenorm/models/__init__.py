"""2D poses -> joint rotations -> normalized poses -> pose features."""

from mmposenorm.models.fk_head import FKHead
from mmposenorm.models.lifted_normalizer import LiftedPoseNormalizer
from mmposenorm.models.losses import (
    FootContactLoss,
    PositionLoss,
    RotationConsistencyLoss,
)
from mmposenorm.models.mmpose_lifter import MMPoseLifter
from mmposenorm.models.pose_normalizer import PoseNormalizer
from mmposenorm.models.preprocessor import PoseClipPreprocessor
from mmposenorm.models.sem_gcn import SemGCN
from mmposenorm.models.temporal_encoders import (
    ParallelConvEncoder,
    TemporalConvEncoder,
)
from mmposenorm.models.temporal_lifter import TemporalLifter

__all__ = [
    'FKHead',
    'FootContactLoss',
    'LiftedPoseNormalizer',
    'MMPoseLifter',
    'ParallelConvEncoder',
    'PoseClipPreprocessor',
    'PoseNormalizer',
    'PositionLoss',
    'RotationConsistencyLoss',
    'SemGCN',
    'TemporalConvEncoder',
    'TemporalLifter',
]
