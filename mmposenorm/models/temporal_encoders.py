"""2D keypoints of a clip -> features of each frame.

Both encoders are temporal convolutions with replicate padding: they map T frames to T
frames for any T >= 1, and a frame's features depend only on the frames in its receptive
field. Channels come last, (B, T, C), so that a temporal convolution is one matrix
product over all frames and a few shifts.
"""

from functools import lru_cache, reduce

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from mmposenorm.fields import Depth, Dropout, Width
from mmposenorm.registry import MODELS


class TemporalConv(nn.Module):
    """Convolve over time, with channels last and the ends of the clip replicated.

    Args:
        in_channels: Number of input channels.
        out_channels: Number of output channels.
        kernel_size: Number of frames, odd.
        dilation: Distance between those frames.
    """

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int, dilation: int = 1
    ) -> None:
        super().__init__()
        self.reach = (kernel_size - 1) // 2 * dilation
        self.shifts = range(-self.reach, self.reach + 1, dilation)
        self.linear = nn.Linear(in_channels, kernel_size * out_channels)

    def forward(self, features: Tensor) -> Tensor:
        """Map (B, T, in) to (B, T, out)."""
        taps = self.linear(features).unflatten(-1, (len(self.shifts), -1)).unbind(-2)
        shifted = (_shift(tap, by) for tap, by in zip(taps, self.shifts, strict=True))
        return reduce(torch.add, shifted)

    def of_frames(self, features: Tensor, rows: Tensor) -> Tensor:
        """Convolve for some frames alone.

        Args:
            features: (B, N, in), of the frames that are needed.
            rows: For each tap, the row of its frame for each result, (kernel_size, M).

        Returns:
            (B, M, out).
        """
        count = len(self.shifts)
        weights, biases = self.linear.weight.chunk(count), self.linear.bias.chunk(count)
        taps = zip(rows, weights, biases, strict=True)
        return reduce(torch.add, (linear(features[:, row], *tap) for row, *tap in taps))


def _shift(frames: Tensor, by: int) -> Tensor:
    # Frame t of the result is frame t + by, or the clip's first or last frame.
    num_frames = frames.shape[1]
    by = max(-num_frames, min(by, num_frames))
    if by < 0:
        return torch.cat([frames[:, :1].expand(-1, -by, -1), frames[:, :by]], dim=1)
    return torch.cat([frames[:, by:], frames[:, -1:].expand(-1, by, -1)], dim=1)


class _ResidualBlock(nn.Module):
    def __init__(self, channels: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.LayerNorm(channels),
            TemporalConv(channels, channels, kernel_size=3, dilation=dilation),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(channels, channels),
        )

    def forward(self, features: Tensor) -> Tensor:
        return features + self.layers(features)

    def of_frames(self, features: Tensor, rows: Tensor) -> Tensor:
        """Compute some frames alone; see :meth:`TemporalConv.of_frames`."""
        norm, convolution, *others = self.layers
        assert isinstance(convolution, TemporalConv)
        convolved = convolution.of_frames(norm(features), rows)
        for layer in others:
            convolved = layer(convolved)
        return features[:, rows[1]] + convolved


@MODELS.register_module()
class TemporalConvEncoder(nn.Module):
    """Residual blocks of dilated temporal convolutions, the default encoder.

    Args:
        in_channels: Number of values for each frame.
        channels: Width of the blocks.
        dilations: Dilation of each block's convolution over three frames.
        dropout: Share of features dropped inside a block in training.
    """

    def __init__(
        self,
        in_channels: Width = 17 * 3,
        channels: Width = 512,
        dilations: tuple[int, ...] = (1, 2, 4, 8, 16),
        dropout: Dropout = 0.0,
    ) -> None:
        super().__init__()
        self.out_channels = channels
        self.dilations = tuple(dilations)
        self.receptive_field = 1 + 2 * sum(dilations)
        self.expand = nn.Linear(in_channels, channels)
        self.blocks = nn.Sequential(
            *(_ResidualBlock(channels, dilation, dropout) for dilation in dilations)
        )
        self.norm = nn.LayerNorm(channels)

    def forward(self, keypoints: Tensor) -> Tensor:
        """Map (B, T, in_channels) to features (B, T, channels)."""
        return self.norm(self.blocks(self.expand(keypoints)))

    def of_frames(self, keypoints: Tensor, wanted: range) -> Tensor:
        """Compute the features of some frames, as :meth:`forward` does of all.

        Blocks compute only the frames that matter to these: half of them for every
        second frame; for a single one, each block halves their number.

        Args:
            keypoints: (B, T, in_channels).
            wanted: N frames out of 0 to T - 1.

        Returns:
            (B, N, channels).
        """
        frames, all_rows = _needed_frames(self.dilations, keypoints.shape[1], wanted)
        features = self.expand(keypoints[:, frames])
        for block, rows in zip(self.blocks, all_rows, strict=True):
            assert isinstance(block, _ResidualBlock)
            features = block.of_frames(features, rows)
        return self.norm(features)


@lru_cache(maxsize=64)
def _needed_frames(
    dilations: tuple[int, ...], num_frames: int, frames: range
) -> tuple[Tensor, list[Tensor]]:
    """Find what blocks of dilated convolutions must compute for some frames.

    Returns:
        The frames of the input, (N,), and for each block the rows of its input that
        make up each row of its output, for :meth:`TemporalConv.of_frames`.
    """
    wanted, all_rows = np.array(frames), []
    for dilation in reversed(dilations):
        # Beyond its ends, a clip stays as it is in its first and its last frame.
        taps = wanted + np.array([[-dilation], [0], [dilation]])
        wanted, rows = np.unique(taps.clip(0, num_frames - 1), return_inverse=True)
        all_rows.append(torch.from_numpy(rows.reshape(taps.shape)))
    return torch.from_numpy(wanted), all_rows[::-1]


class _ParallelStage(nn.Module):
    def __init__(
        self, channels: int, kernel_sizes: tuple[int, ...], dropout: float
    ) -> None:
        super().__init__()
        self.branches = nn.ModuleList(
            TemporalConv(channels, channels, kernel_size)
            for kernel_size in kernel_sizes
        )
        self.activate = _BatchNormActivation(channels, dropout)

    def forward(self, features: Tensor) -> Tensor:
        return self.activate(sum(branch(features) for branch in self.branches))


class _BatchNormActivation(nn.Module):
    def __init__(self, channels: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(channels)
        self.activation = nn.Sequential(nn.LeakyReLU(0.2), nn.Dropout(dropout))

    def forward(self, features: Tensor) -> Tensor:
        normed = self.norm(features.flatten(0, 1)).unflatten(0, features.shape[:2])
        return self.activation(normed)


@MODELS.register_module()
class ParallelConvEncoder(nn.Module):
    """The encoder of the paper's E_Q as we understand it: MotioNet's rotation branch.

    Two stages, each the sum of convolutions with kernels 5, 3 and 1. MotioNet
    stretches the shorter output of unpadded convolutions back to T frames, so that the
    features of a frame depend on the clip's length; here the ends are replicated.

    Args:
        in_channels: Number of values for each frame.
        channels: Width of the stages.
        kernel_sizes: Frames that each parallel branch sees.
        num_stages: Number of stages.
        dropout: Share of features dropped in training.

    Source:
        Paper section 3.2; Shi et al., MotioNet, TOG 2020 (BSD-2), whose settings
        these are.
    """

    def __init__(
        self,
        in_channels: Width = 17 * 3,
        channels: Width = 1024,
        kernel_sizes: tuple[int, ...] = (5, 3, 1),
        num_stages: Depth = 2,
        dropout: Dropout = 0.25,
    ) -> None:
        super().__init__()
        self.out_channels = channels
        self.receptive_field = 1 + num_stages * (max(kernel_sizes) - 1)
        self.expand = nn.Linear(in_channels, channels)
        self.activate = _BatchNormActivation(channels, dropout)
        self.stages = nn.Sequential(
            *(
                _ParallelStage(channels, kernel_sizes, dropout)
                for _ in range(num_stages)
            )
        )

    def forward(self, keypoints: Tensor) -> Tensor:
        """Map (B, T, in_channels) to features (B, T, channels)."""
        return self.stages(self.activate(self.expand(keypoints)))
