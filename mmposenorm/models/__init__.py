"""2D poses -> joint rotations -> normalized poses -> pose features."""

from mmposenorm.models.encoders import (
    FullyConnectedEncoder,
    GCNEncoder,
    PointNetEncoder,
    TemporalWindowEncoder,
)
from mmposenorm.models.fk_head import FKHead
from mmposenorm.models.inferred_poses import InferredPoses
from mmposenorm.models.input_poses import InputPoses
from mmposenorm.models.lifted_normalizer import LiftedPoseNormalizer
from mmposenorm.models.lifter_latent import LifterLatent
from mmposenorm.models.losses import (
    FootContactLoss,
    PositionLoss,
    RotationConsistencyLoss,
    TripletMarginLoss,
    TripletRatioLoss,
)
from mmposenorm.models.mmpose_lifter import MMPoseLifter
from mmposenorm.models.pose_embedder import PoseEmbedder
from mmposenorm.models.pose_normalizer import PoseNormalizer
from mmposenorm.models.preprocessor import PoseClipPreprocessor
from mmposenorm.models.sem_gcn import SemGCN
from mmposenorm.models.temporal_encoders import (
    ParallelConvEncoder,
    TemporalConvEncoder,
)
from mmposenorm.models.temporal_lifter import TemporalLifter
from mmposenorm.models.triplet_mining import AdaptiveTripletMiner, TemporalWindowMiner
from mmposenorm.models.true_poses import TruePoses
from mmposenorm.models.view_invariant_embedder import ViewInvariantEmbedder

__all__ = [
    'AdaptiveTripletMiner',
    'FKHead',
    'FootContactLoss',
    'FullyConnectedEncoder',
    'GCNEncoder',
    'InferredPoses',
    'InputPoses',
    'LiftedPoseNormalizer',
    'LifterLatent',
    'MMPoseLifter',
    'ParallelConvEncoder',
    'PointNetEncoder',
    'PoseClipPreprocessor',
    'PoseEmbedder',
    'PoseNormalizer',
    'PositionLoss',
    'RotationConsistencyLoss',
    'SemGCN',
    'TemporalConvEncoder',
    'TemporalLifter',
    'TemporalWindowEncoder',
    'TemporalWindowMiner',
    'TripletMarginLoss',
    'TripletRatioLoss',
    'TruePoses',
    'ViewInvariantEmbedder',
]
