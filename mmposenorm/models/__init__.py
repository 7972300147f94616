"""2D poses -> joint rotations -> normalized poses -> pose features."""

from mmposenorm.models.encoders import (
    FullyConnectedEncoder,
    GCNEncoder,
    PointNetEncoder,
    TemporalWindowEncoder,
)
from mmposenorm.models.fk_head import FKHead
from mmposenorm.models.lifters import (
    LiftedPoseNormalizer,
    LifterLatent,
    MMPoseLifter,
    PublicSemGCN,
    SemGCN,
    TemporalLifter,
)
from mmposenorm.models.losses import (
    CycleBackLoss,
    FootContactLoss,
    PositionLoss,
    RetrievalLoss,
    RotationConsistencyLoss,
    TripletMarginLoss,
    TripletRatioLoss,
)
from mmposenorm.models.pose_embedder import PoseEmbedder
from mmposenorm.models.pose_normalizer import PoseNormalizer
from mmposenorm.models.preprocessor import PoseClipPreprocessor
from mmposenorm.models.references import (
    CycleConsistencyEmbedder,
    InferredFeatures,
    InferredPoses,
    InputPoses,
    PerceptualEmbedder,
    TrajectoryEmbedder,
    TruePoses,
    ViewInvariantEmbedder,
)
from mmposenorm.models.retrieval_embedder import RetrievalEmbedder
from mmposenorm.models.temporal_encoders import (
    ParallelConvEncoder,
    TemporalConvEncoder,
)
from mmposenorm.models.triplet_mining import AdaptiveTripletMiner, TemporalWindowMiner
from mmposenorm.models.uncertainty import (
    DirectionLikelihoodLoss,
    DirectionSigmaHead,
)

__all__ = [
    'AdaptiveTripletMiner',
    'CycleBackLoss',
    'CycleConsistencyEmbedder',
    'DirectionLikelihoodLoss',
    'DirectionSigmaHead',
    'FKHead',
    'FootContactLoss',
    'FullyConnectedEncoder',
    'GCNEncoder',
    'InferredFeatures',
    'InferredPoses',
    'InputPoses',
    'LiftedPoseNormalizer',
    'LifterLatent',
    'MMPoseLifter',
    'ParallelConvEncoder',
    'PerceptualEmbedder',
    'PointNetEncoder',
    'PoseClipPreprocessor',
    'PoseEmbedder',
    'PoseNormalizer',
    'PositionLoss',
    'PublicSemGCN',
    'RetrievalEmbedder',
    'RetrievalLoss',
    'RotationConsistencyLoss',
    'SemGCN',
    'TemporalConvEncoder',
    'TemporalLifter',
    'TemporalWindowEncoder',
    'TemporalWindowMiner',
    'TrajectoryEmbedder',
    'TripletMarginLoss',
    'TripletRatioLoss',
    'TruePoses',
    'ViewInvariantEmbedder',
]
