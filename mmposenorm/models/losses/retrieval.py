"""A loss that trains features to retrieve the frames with the most similar poses.

Dimensions: ``P`` pairs of clips, ``T`` frames of each, ``E`` numbers a feature.
"""

import torch
from torch import Tensor, nn

from mmposenorm.fields import NotNegative, Positive
from mmposenorm.registry import MODELS


def retrieval_loss(
    logits: Tensor, distances: Tensor, width: float, far: float
) -> Tensor:
    r"""Compare what frames retrieve with what their true poses should retrieve.

    For frame i of one rendering, with :math:`l_{ij}` the logits and :math:`d_{ij}`
    the distances to all frames j of the other, the loss is the cross-entropy of
    :math:`\mathrm{softmax}_j(l_{ij})` under
    :math:`\mathrm{softmax}_j(-(d_{ij} / w)^2)`. It is weighted by
    :math:`\min(1, (f / \min_j d_{ij})^2)`: a frame to which no other is near has
    nothing to retrieve.

    Args:
        logits: Similarities of features, (..., N, M).
        distances: Distances of the true poses, in metres, (..., N, M).
        width: w, in metres: poses this far apart are hardly similar.
        far: f, in metres: a frame counts less if no other is as near as this.

    Returns:
        The weighted loss of each frame and its weight, (2, ..., N).
    """
    targets = (-(distances / width).square()).softmax(dim=-1)
    entropy = -(targets * logits.log_softmax(dim=-1)).sum(dim=-1)
    nearest = distances.amin(dim=-1).clamp(min=1e-6)
    weight = (far / nearest).square().clamp(max=1)
    return torch.stack([weight * entropy, weight])


@MODELS.register_module()
class RetrievalLoss(nn.Module):
    """Train features of two renderings to find each other's frames, both ways.

    Args:
        temperature: Divides the cosine similarities before the softmax.
        width: See :func:`retrieval_loss`; in metres.
        far: See :func:`retrieval_loss`; in metres.
        across_clips: Whether to retrieve among the frames of all clips of the batch
            instead of those of the other rendering of the same motion.
        loss_weight: Factor of the loss.
    """

    def __init__(
        self,
        temperature: Positive = 0.05,
        width: Positive = 0.03,
        far: Positive = 0.1,
        across_clips: bool = False,
        loss_weight: NotNegative = 1.0,
    ) -> None:
        super().__init__()
        self.temperature = temperature
        self.width = width
        self.far = far
        self.across_clips = across_clips
        self.loss_weight = loss_weight

    def forward(self, features: Tensor, poses: Tensor) -> Tensor:
        """Compute the loss of a batch.

        Args:
            features: Unit vectors, (2 P, T, E); clip ``i`` and clip ``P + i`` show one
                motion.
            poses: True poses, (2 P, T, D); their Euclidean distance, in metres, says
                how similar two frames are.

        Returns:
            The weighted mean over all frames, a scalar.
        """
        if self.across_clips:
            features, poses = features.flatten(0, 1), poses.flatten(0, 1)
        a, b = features.chunk(2)
        pose_a, pose_b = poses.chunk(2)
        logits = a @ b.mT / self.temperature
        distances = torch.cdist(pose_a, pose_b)
        losses, weights = torch.cat(
            [
                retrieval_loss(logits, distances, self.width, self.far),
                retrieval_loss(logits.mT, distances.mT, self.width, self.far),
            ],
            dim=1,
        )
        return self.loss_weight * losses.sum() / weights.sum()
