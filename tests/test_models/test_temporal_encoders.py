import pytest
import torch

from mmposenorm.models import ParallelConvEncoder, TemporalConvEncoder
from mmposenorm.models.temporal_encoders import TemporalConv


def encoders():
    torch.manual_seed(0)
    small = TemporalConvEncoder(channels=16, dilations=(1, 2, 4)).eval()
    paper = ParallelConvEncoder(channels=16).eval()
    return [pytest.param(small, id='default'), pytest.param(paper, id='paper')]


def clip(num_frames, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(2, num_frames, 51, generator=generator)


def test_convolution_agrees_with_pytorchs():
    conv = TemporalConv(4, 6, kernel_size=3, dilation=2)
    theirs = torch.nn.Conv1d(4, 6, 3, dilation=2, padding=2, padding_mode='replicate')
    with torch.no_grad():
        weight = conv.linear.weight.reshape(3, 6, 4)
        theirs.weight.copy_(weight.permute(1, 2, 0))
        theirs.bias.copy_(conv.linear.bias.reshape(3, 6).sum(0))
    frames = torch.randn(2, 9, 4)
    torch.testing.assert_close(conv(frames), theirs(frames.mT).mT, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize('encoder', encoders())
@pytest.mark.parametrize('num_frames', [1, 2, 5, 40])
def test_frames_in_are_frames_out(encoder, num_frames):
    assert encoder(clip(num_frames)).shape == (2, num_frames, 16)


@pytest.mark.parametrize('encoder', encoders())
def test_a_still_clip_gives_the_same_in_every_frame(encoder):
    features = encoder(clip(1).expand(2, 30, 51))
    torch.testing.assert_close(features, features[:, :1].expand_as(features))


@pytest.mark.parametrize('encoder', encoders())
def test_a_frame_depends_on_its_receptive_field_and_on_nothing_else(encoder):
    around = encoder.receptive_field // 2
    middle = 2 * around
    frames = clip(4 * around + 1)

    def change(offset):
        changed = frames.clone()
        changed[:, middle + offset] += 1
        return (encoder(changed) - encoder(frames))[:, middle].abs().max()

    assert change(around + 1) == change(-around - 1) == 0
    assert min(change(around), change(-around)) > 0


@pytest.mark.parametrize('encoder', encoders())
def test_where_a_clip_is_cut_changes_only_its_ends(encoder):
    around = encoder.receptive_field // 2
    frames = clip(100)
    cut = encoder(frames[:, 20:80])
    whole = encoder(frames)[:, 20:80]
    inner = slice(around, 60 - around)
    torch.testing.assert_close(cut[:, inner], whole[:, inner], atol=1e-5, rtol=1e-5)
    assert (cut - whole).abs().max() > 1e-3  # at the ends it does


def test_the_papers_receptive_field_is_nine_frames():
    assert ParallelConvEncoder().receptive_field == 9


def test_the_default_receptive_field_is_63_frames():
    assert TemporalConvEncoder().receptive_field == 63


@pytest.mark.parametrize(
    ('count', 'frames'),
    [
        (1, range(1)),
        (5, range(4, 5)),
        (31, range(12, 13)),
        (40, range(35, 36)),
        (40, range(0, 40, 2)),
        (41, range(0, 41, 2)),
    ],
)
def test_some_frames_are_computed_as_among_all(count, frames):
    encoder = TemporalConvEncoder(6, channels=8, dilations=(1, 2, 4)).eval()
    clips = torch.randn(2, count, 6)
    torch.testing.assert_close(
        encoder.of_frames(clips, frames), encoder(clips)[:, list(frames)]
    )
