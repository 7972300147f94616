"""The fully connected encoder: a residual network on all coordinates of a pose."""

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmposenorm.fields import Count, Depth, Dropout, Width
from mmposenorm.registry import MODELS

# Poses that are encoded at once in evaluation: their hidden layers fit into a CPU's
# cache, which is a quarter faster for 100,000 poses.
_AT_ONCE = 2048


def _layer(in_channels: int, out_channels: int, dropout: float) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(in_channels, out_channels),
        nn.BatchNorm1d(out_channels),
        nn.ReLU(inplace=True),
        nn.Dropout(dropout),
    )


class ResidualBlock(nn.Module):
    """Two layers bridged by a residual connection.

    Args:
        channels: Channels before, between and after.
        dropout: Probability of a channel to be dropped.
    """

    def __init__(self, channels: int, dropout: float) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            _layer(channels, channels, dropout), _layer(channels, channels, dropout)
        )

    def forward(self, hidden: Tensor) -> Tensor:
        """Refine (N, channels)."""
        return hidden + self.layers(hidden)


@MODELS.register_module()
class FullyConnectedEncoder(BaseModule):
    """Residual linear layers on each frame: the paper's best encoder.

    Args:
        num_keypoints: Joints of a pose, K.
        channels: Width of the layers. The original has 1024; with 512 (1.1 M
            parameters), two CPU cores train it in minutes.
        num_blocks: Residual blocks of two layers each.
        dropout: Probability of dropping a channel. The original drops half; features
            get worse if a twentieth is dropped.
        feature_channels: Numbers of a feature, E.

    Source:
        Paper section 3.3, after Martinez et al., A Simple Yet Effective Baseline for
        3D Human Pose Estimation.
    """

    def __init__(
        self,
        num_keypoints: Count = 17,
        channels: Width = 512,
        num_blocks: Depth = 2,
        dropout: Dropout = 0.0,
        feature_channels: Width = 64,
    ) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            _layer(num_keypoints * 3, channels, dropout),
            *(ResidualBlock(channels, dropout) for _ in range(num_blocks)),
            nn.Linear(channels, feature_channels),
        )

    def forward(self, poses: Tensor) -> Tensor:
        """Encode poses in metres, (B, T, K, 3), as features, (B, T, E)."""
        coordinates = poses.flatten(0, -3).flatten(1)
        if self.training:  # batch normalization needs all of them
            features = self.layers(coordinates)
        else:
            parts = coordinates.split(_AT_ONCE)
            features = torch.cat([self.layers(part) for part in parts])
        return features.unflatten(0, poses.shape[:-2])
