"""Baseline without poses as teachers: temporal cycle-consistency (TCC)."""

import torch
from torch import Tensor

from mmposenorm.models.retrieval_embedder import RetrievalEmbedder
from mmposenorm.registry import MODELS


@MODELS.register_module()
class CycleConsistencyEmbedder(RetrievalEmbedder):
    """Embed 2D keypoints by TCC: the frames of two clips of one action must cycle.

    The network is that of :class:`RetrievalEmbedder`; only the loss differs. It knows
    which two clips show the same action, but neither which frames correspond nor any
    pose.

    The arguments are those of :class:`RetrievalEmbedder`, with a ``loss`` such as
    :class:`~mmposenorm.models.losses.CycleBackLoss`.

    Source:
        Dwibedi et al., Temporal Cycle-Consistency Learning, CVPR 2019 (TCC). Its
        encoder sees images; ours sees 2D keypoints.
    """

    def loss(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """Compute how far frames come back from themselves.

        Args:
            inputs: As in :meth:`forward`; clip ``i`` and clip ``B / 2 + i`` show the
                same action.
        """
        features = self.embed(inputs['keypoint_labels'], inputs['keypoints_visible'])
        with torch.autocast(features.device.type, enabled=False):
            return {'loss_cycle_back': self.retrieval_loss(features)}
