"""Models to compare ours with: upper bounds, plain inputs, other embeddings."""

from mmposenorm.models.references.inferred_poses import InferredPoses
from mmposenorm.models.references.input_poses import InputPoses
from mmposenorm.models.references.true_poses import TruePoses
from mmposenorm.models.references.view_invariant_embedder import ViewInvariantEmbedder

__all__ = ['InferredPoses', 'InputPoses', 'TruePoses', 'ViewInvariantEmbedder']
