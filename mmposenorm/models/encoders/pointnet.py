"""The point set encoder: PointNet's global feature of a pose."""

from itertools import pairwise

from mmengine.model import BaseModule
from torch import Tensor, nn

from mmposenorm.fields import Dropout, Width
from mmposenorm.registry import MODELS


@MODELS.register_module()
class PointNetEncoder(BaseModule):
    """Layers shared by all joints, their maximum, and layers on that.

    The joints are a set of points: the feature doesn't change when they trade places.
    Normalized poses have one orientation and one size, so PointNet's learned
    alignments of its input are left out.

    Args:
        point_channels: Widths of the layers that all joints share.
        global_channels: Widths of the layers after the maximum.
        dropout: Probability of a channel after the maximum to be dropped.
        feature_channels: Numbers of a feature, E.

    Source:
        Paper section 3.3, after Qi et al., PointNet, at a quarter of its width after
        the maximum.
    """

    def __init__(
        self,
        point_channels: tuple[int, ...] = (64, 128, 512),
        global_channels: tuple[int, ...] = (256, 128),
        dropout: Dropout = 0.0,
        feature_channels: Width = 64,
    ) -> None:
        super().__init__()
        self.points = _layers((3, *point_channels))
        self.whole = nn.Sequential(
            _layers((point_channels[-1], *global_channels)),
            nn.Dropout(dropout),
            nn.Linear(global_channels[-1], feature_channels),
        )

    def forward(self, poses: Tensor) -> Tensor:
        """Encode poses in metres, (B, T, K, 3), as features, (B, T, E)."""
        frames = poses.shape[:-2]
        points = self.points(poses.flatten(0, -2)).unflatten(0, (-1, poses.shape[-2]))
        return self.whole(points.amax(dim=1)).unflatten(0, frames)


def _layers(channels: tuple[int, ...]) -> nn.Sequential:
    return nn.Sequential(
        *(
            nn.Sequential(
                nn.Linear(before, after), nn.BatchNorm1d(after), nn.ReLU(inplace=True)
            )
            for before, after in pairwise(channels)
        )
    )
