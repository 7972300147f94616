"""mmpose's temporal convolutional lifters over whole clips."""

import math

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmposenorm.mmpose_compat import import_mmpose
from mmposenorm.models.lifters.lifter_input import lifter_input
from mmposenorm.registry import MODELS


@MODELS.register_module()
class TemporalLifter(BaseModule):
    """mmpose's TCN and its regression head, lifting every frame of a clip.

    With kernels (3, 3, 3) it is VideoPose3D with 27 frames, with (1, 1, 1) it is
    SimpleBaseline3D. mmpose trains VideoPose3D by strided convolutions that make one
    pose of one window; the dilated ones used here are the same function of the same
    weights, but give all T frames of a clip at once. At the ends of a clip its first
    and last frame are repeated, as mmpose's data set does with ``pad_video_seq``.

    The input is that of all models in our tables (``lifter_input``), while VideoPose3D
    divides pixels by the width of the image and SimpleBaseline3D standardizes them by
    the statistics of Human3.6M. The output is in metres, not standardized.

    Args:
        backbone: Config of ``mmpose.TCN``; its ``in_channels`` are 17 * 3.
        head: Config of ``mmpose.TemporalRegressionHead``, for 17 joints or for 16,
            the root left out. Only its weights are used: its own ``forward`` takes
            clips of one frame.

    Raises:
        ValueError: If the backbone is strided or causal.

    Source:
        Pavllo et al., 3D Human Pose Estimation in Video with Temporal Convolutions,
        CVPR 2019; Martinez et al., A Simple Yet Effective Baseline for 3D Human Pose
        Estimation, ICCV 2017; both as in mmpose's configs.
    """

    def __init__(self, backbone: dict, head: dict) -> None:
        super().__init__()
        for option in ('use_stride_conv', 'causal'):
            if backbone.get(option):
                raise ValueError(
                    f'lifter.backbone has {option}=True; expected the dense, symmetric '
                    f'form, which gives every frame of a clip. Set {option}=False; the '
                    'weights stay the same.'
                )
        import_mmpose()
        self.backbone = MODELS.build(backbone)
        self.head = MODELS.build(head)
        # Poses start small. mmpose intends this too, but names layers that its head
        # does not have; with PyTorch's default, VideoPose3D trains far slower.
        nn.init.normal_(self.head.conv.weight, std=0.01)
        nn.init.zeros_(self.head.conv.bias)
        self.receptive_field = math.prod(self.backbone.kernel_sizes)

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        """Lift every frame of a batch of clips.

        Args:
            inputs: ``keypoint_labels`` (B, T, 17, 2) and ``keypoints_visible``
                (B, T, 17).

        Returns:
            Joints in the camera's axes, in metres, (B, T, 17, 3).
        """
        channels = lifter_input(inputs).flatten(2).mT  # (B, 17 * 3, T)
        around = self.receptive_field // 2
        channels = nn.functional.pad(channels, (around, around), mode='replicate')
        features = self.backbone(channels)[-1]
        # In full precision: eight bits of a metre are 4 mm.
        with torch.autocast(features.device.type, enabled=False):
            joints = self.head.conv(features.float()).mT
        joints = joints.unflatten(-1, (self.head.num_joints, 3))
        return nn.functional.pad(joints, (0, 0, 17 - self.head.num_joints, 0))
