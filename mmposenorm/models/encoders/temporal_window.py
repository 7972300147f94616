"""The temporal window: an encoder that sees a few frames around each frame."""

from typing import Any

from mmengine.model import BaseModule
from torch import Tensor, nn
from torch.nn import functional

from mmposenorm.fields import Count, Width
from mmposenorm.registry import MODELS


@MODELS.register_module()
class TemporalWindowEncoder(BaseModule):
    """Temporal convolutions over the poses, then any encoder.

    The paper's ablation (Table 3, "temporal window"): features of motion and pose. At
    the ends of a clip, its first and last frame are repeated.

    Args:
        encoder: Config of the encoder of each frame of the result.
        num_keypoints: Joints of a pose, K.
        window: Number of frames that a feature depends on, odd.
        channels: Channels between the two convolutions.
    """

    def __init__(
        self,
        encoder: dict[str, Any],
        num_keypoints: Count = 17,
        window: Count = 9,
        channels: Width = 256,
    ) -> None:
        super().__init__()
        if window % 2 == 0 or window < 3:
            raise ValueError(
                f'`window` must be odd and at least 3 frames, but is {window}. Check '
                '`model.encoder` in your config.'
            )
        self.margin = window // 2
        self.convs = nn.Sequential(
            nn.Conv1d(num_keypoints * 3, channels, kernel_size=window),
            nn.BatchNorm1d(channels),
            nn.ReLU(inplace=True),
            nn.Conv1d(channels, num_keypoints * 3, kernel_size=1),
        )
        self.encoder = MODELS.build(encoder)

    def forward(self, poses: Tensor) -> Tensor:
        """Encode poses in metres, (B, T, K, 3), as features, (B, T, E)."""
        series = poses.flatten(-2).mT
        series = functional.pad(series, (self.margin, self.margin), mode='replicate')
        return self.encoder(self.convs(series).mT.unflatten(-1, poses.shape[-2:]))
