"""Tests of computing a temporal convolution while the frames arrive."""

import numpy as np
import pytest
import torch
from torch import nn

from mmposenorm.models.streaming_encoder import StreamingEncoder, _plan
from mmposenorm.models.temporal_encoders import TemporalConvEncoder

DILATIONS = (1, 2, 4)


@pytest.fixture(scope='module')
def encoder():
    """An encoder whose products have weights that half precision holds exactly."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        encoder = TemporalConvEncoder(6, channels=16, dilations=DILATIONS)
        for layer in encoder.modules():
            if isinstance(layer, nn.Linear):
                layer.weight.data = layer.weight.data.half().float()
    return encoder.eval()


def grow(encoder, look_ahead, unsettled, steps):
    """Yield what is streamed and what the whole clip so far gives, as it grows."""
    generator = torch.Generator().manual_seed(1)
    clip = torch.randn(2, 1 + sum(steps), 6, generator=generator)
    streaming = StreamingEncoder(encoder, look_ahead, unsettled)
    for latest in np.cumsum([0, *steps]).tolist():
        so_far = clip[:, : latest + 1].clone()
        if unsettled:
            still = so_far[:, -unsettled:]
            still += torch.randn(still.shape, generator=generator)
        streaming.latest = latest
        found = streaming(so_far[:, len(so_far[0]) - streaming.num_inputs :])
        if latest >= look_ahead:
            with torch.no_grad():
                whole = encoder(so_far)
            yield found, whole[:, latest - look_ahead, None]


@pytest.mark.parametrize('unsettled', [0, 4])
@pytest.mark.parametrize('look_ahead', [0, 3])
@pytest.mark.parametrize(
    'steps', [[1] * 30, [2, 1, 3] * 8, [5] * 6, [1] * 10 + [30] + [1] * 20]
)
def test_the_result_is_that_of_the_clip_so_far(encoder, look_ahead, unsettled, steps):
    pairs = list(grow(encoder, look_ahead, unsettled, steps))
    for found, whole in pairs:
        torch.testing.assert_close(found, whole, atol=1e-4, rtol=0)
    assert len(pairs) > 1


def test_the_same_frame_may_be_asked_for_twice(encoder):
    clip = torch.randn(1, 9, 6, generator=torch.Generator().manual_seed(0))
    streaming = StreamingEncoder(encoder, 2, 3)
    streaming.latest = 8
    first = streaming(clip[:, -streaming.num_inputs :])
    torch.testing.assert_close(streaming(clip[:, -streaming.num_inputs :]), first)


def test_a_new_clip_does_not_see_the_one_before(encoder):
    generator = torch.Generator().manual_seed(0)
    other, clip = torch.randn(2, 1, 30, 6, generator=generator)
    streaming, fresh = (StreamingEncoder(encoder, 2, 3) for _ in range(2))
    streaming.latest = 29
    streaming(other[:, -streaming.num_inputs :])
    streaming.begin()
    for latest in range(12):
        results = []
        for each in (streaming, fresh):
            each.latest = latest
            results.append(each(clip[:, : latest + 1][:, -each.num_inputs :]))
    torch.testing.assert_close(*results)


def test_each_new_frame_costs_a_few_rows_in_each_layer():
    dilations = (1, 2, 4, 8, 16)
    # The new row of each layer, and of the 5 to 31 that still change, those that matter
    # to one result: for example, of the last layer, 5 frames back alone.
    plan = _plan(dilations, look_ahead=5, unsettled=0, new=1, depth=90)
    assert plan.counts[::2] == [1, 2, 3, 3, 3, 1]


def test_kept_rows_take_the_same_memory_however_long_it_goes_on(encoder):
    streaming = StreamingEncoder(encoder, 2, 3)
    clip = torch.randn(1, 60, 6, generator=torch.Generator().manual_seed(0))
    sizes = set()
    for latest in range(200):
        streaming.latest = latest
        streaming(clip[:, : streaming.num_inputs])
        sizes.add(sum(part.numel() for kept in streaming._kept for part in kept))
    assert len(sizes) == 1
