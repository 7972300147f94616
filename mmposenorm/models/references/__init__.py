"""Models to compare ours with: upper bounds, plain inputs, other embeddings."""

from mmposenorm.models.references.cycle_consistency_embedder import (
    CycleConsistencyEmbedder,
)
from mmposenorm.models.references.inferred_poses import InferredFeatures, InferredPoses
from mmposenorm.models.references.input_poses import InputPoses
from mmposenorm.models.references.perceptual_embedder import PerceptualEmbedder
from mmposenorm.models.references.trajectory_embedder import TrajectoryEmbedder
from mmposenorm.models.references.true_poses import TruePoses
from mmposenorm.models.references.view_invariant_embedder import ViewInvariantEmbedder

__all__ = [
    'CycleConsistencyEmbedder',
    'InferredFeatures',
    'InferredPoses',
    'InputPoses',
    'PerceptualEmbedder',
    'TrajectoryEmbedder',
    'TruePoses',
    'ViewInvariantEmbedder',
]
