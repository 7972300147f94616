"""The graph encoder: semantic graph convolutions over the joints of a pose."""

from mmengine.model import BaseModule
from torch import Tensor, nn

from mmposenorm.fields import Count, Depth, Dropout, Width
from mmposenorm.models.lifters.sem_gcn import SemGraphBlock, SemGraphLayer
from mmposenorm.registry import MODELS


@MODELS.register_module()
class GCNEncoder(BaseModule):
    """Semantic graph convolutions, then one linear layer on all joints together.

    Args:
        num_keypoints: Joints of a pose, K; the graph is that of Human3.6M's 17.
        channels: Channels of each joint.
        num_blocks: Residual blocks of two graph convolutions each.
        dropout: Probability of a channel to be dropped.
        feature_channels: Numbers of a feature, E.

    Source:
        Paper section 3.3, after Zhao et al., SemGCN; it is not said
        how the joints become one feature. One linear layer keeps them apart.
    """

    def __init__(
        self,
        num_keypoints: Count = 17,
        channels: Width = 64,
        num_blocks: Depth = 2,
        dropout: Dropout = 0.0,
        feature_channels: Width = 64,
    ) -> None:
        super().__init__()
        self.nodes = nn.Sequential(
            SemGraphLayer(3, channels, dropout),
            *(SemGraphBlock(channels, dropout) for _ in range(num_blocks)),
        )
        self.head = nn.Linear(num_keypoints * channels, feature_channels)

    def forward(self, poses: Tensor) -> Tensor:
        """Encode poses in metres, (B, T, K, 3), as features, (B, T, E)."""
        return self.head(self.nodes(poses).flatten(-2))
