"""A temporal convolution over frames that arrive one after another.

A row of a layer depends on rows of the layer below, as far as its convolution reaches.
Once these are final, so is the row, and it is kept. Beyond the latest frame the clip is
taken to stay as it is, as at the end of any clip; so the newest rows change with each
frame, but only few of them matter to one result.
"""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from mmposenorm.models.temporal_encoders import TemporalConv, TemporalConvEncoder


class StreamingEncoder(nn.Module):
    """Computes the features of one frame near the end of a clip that grows.

    The result is that of the encoder for the clip so far, with the weights of its
    convolutions rounded to half precision where the processor has a product for that:
    what takes the time is reading them.

    Args:
        encoder: The encoder, with its weights.
        look_ahead: By how many frames the result lies before the latest frame.
        unsettled: How many of the latest frames may still change.

    Attributes:
        latest: Number of the latest frame; to be set before each call.
    """

    def __init__(
        self, encoder: TemporalConvEncoder, look_ahead: int, unsettled: int
    ) -> None:
        super().__init__()
        self._look_ahead, self._unsettled = look_ahead, unsettled
        self._dilations = encoder.dilations
        # New frames up to which kept rows are used; with more, all is computed anew,
        # from as many frames as matter to this and to later results.
        self._most_new = sum(self._dilations)
        self._depth = 2 * self._most_new + look_ahead + unsettled
        self._size = self._depth + 1 + self._most_new
        self._expand = _product(encoder.expand.weight, encoder.expand.bias)
        self._blocks = [_Block(block.layers) for block in encoder.blocks]
        self._norm = encoder.norm
        self._kept: list[tuple[Tensor, Tensor]] = []
        self.begin()

    def begin(self) -> None:
        """Begin a new clip, whose first frame is number 0."""
        self.latest = self._computed = -1

    @property
    def most_inputs(self) -> int:
        """How many frames a call takes at most."""
        return self._depth + 1

    @property
    def num_inputs(self) -> int:
        """How many frames, up to the latest one, the next call takes."""
        new, depth = self._extent()
        return min(new + self._unsettled, depth + 1)

    def _extent(self) -> tuple[int, int]:
        """How many frames are new, and how many lie before the latest one."""
        new, depth = self.latest - self._computed, self.latest
        if new > self._most_new:
            depth = min(depth, self._depth)
            return depth + 1, depth
        return new, min(depth, self._size - 1)

    @torch.inference_mode()
    def forward(self, keypoints: Tensor) -> Tensor:
        """Map the latest frames to the features of frame ``latest - look_ahead``.

        Args:
            keypoints: (B, num_inputs, in_channels).

        Returns:
            (B, 1, channels).
        """
        plan = _plan(
            self._dilations, self._look_ahead, self._unsettled, *self._extent()
        )
        self._computed = self.latest
        features = self._expand(keypoints[:, plan.inputs])
        if not self._kept or len(self._kept[0][0]) != len(features):
            shape = len(features), self._size, features.shape[-1]
            self._kept = [
                (features.new_zeros(shape), features.new_zeros(shape))
                for _ in self._blocks
            ]
        slots = (plan.frames + self.latest) % self._size
        new, *others = slots.split(plan.counts)
        for block, (rows, normed), taps, results in zip(
            self._blocks, self._kept, others[::2], others[1::2], strict=True
        ):
            rows.index_copy_(1, new, features)
            normed.index_copy_(1, new, block.norm(features))
            around = normed.index_select(1, taps).unflatten(1, (len(results), -1))
            features = rows.index_select(1, results) + block(around.flatten(-2))
            new = results
        return self._norm(features)


class _Block:
    """A residual block, without its sum, of rows that lie together with their taps."""

    def __init__(self, layers: Any) -> None:
        self.norm, convolution, self._activation, _, last = layers
        assert isinstance(convolution, TemporalConv)
        weights, biases = (
            parameter.detach().chunk(len(convolution.shifts))
            for parameter in (convolution.linear.weight, convolution.linear.bias)
        )
        bias = torch.stack(biases).sum(dim=0)
        self._convolve = _product(torch.cat(weights, dim=1), bias)
        self._combine = _product(last.weight, last.bias)

    def __call__(self, taps: Tensor) -> Tensor:
        """Map (B, M, kernel_size * C) to (B, M, C)."""
        return self._combine(self._activation(self._convolve(taps)))


def _product(weight: Tensor, bias: Tensor) -> Callable[[Tensor], Tensor]:
    """Return a linear layer."""
    weight, bias = weight.detach(), bias.detach()
    has_halves = 'fbgemm' in torch.backends.quantized.supported_engines
    if weight.device.type != 'cpu' or not has_halves:
        return partial(linear, weight=weight, bias=bias)
    products = torch.ops.quantized
    packed = products.linear_prepack_fp16(weight, bias)
    return lambda values: products.linear_dynamic_fp16(values, packed)


class _Plan(NamedTuple):
    """What to compute when new frames have come.

    Attributes:
        inputs: Rows of the network's input to take, from the last one, -1, backwards.
        frames: The frames that they are, and for each block the frames of its input
            around each result and those of its results, one after another; relative
            to the latest one.
        counts: The number of each.
    """

    inputs: Tensor
    frames: Tensor
    counts: list[int]


@lru_cache(maxsize=256)
def _plan(
    dilations: tuple[int, ...], look_ahead: int, unsettled: int, new: int, depth: int
) -> _Plan:
    """Find what each layer must compute.

    Args:
        dilations: Those of the blocks.
        look_ahead: See :class:`StreamingEncoder`.
        unsettled: Likewise.
        new: Number of new frames.
        depth: Number of frames before the latest one.
    """
    wanted = np.array([-look_ahead])
    parts = [wanted]
    reach = sum(dilations)
    for dilation in reversed(dilations):
        taps = wanted[:, None] + np.array([-dilation, 0, dilation])
        taps = taps.clip(-depth, 0)
        reach -= dilation
        # Rows that are final now, and those that are needed and are not.
        final = -unsettled - reach
        settled = np.arange(max(final - new + 1, -depth), final + 1)
        wanted = np.union1d(settled, taps[taps > final])
        parts += [taps.ravel(), wanted]
    parts.reverse()
    return _Plan(
        torch.from_numpy(wanted - 1),
        torch.from_numpy(np.concatenate(parts)),
        [len(part) for part in parts],
    )
