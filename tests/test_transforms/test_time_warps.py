import pytest
import torch

from mmposenorm.transforms.time_warps import WarpTime, interpolate_frames


def test_interpolated_frames_by_hand():
    clips = torch.tensor([[0.0, 10, 20], [5, 5, 8]])[..., None]
    times = torch.tensor([[0.0, 0.5, 2], [1, 1.5, 2]])
    expected = torch.tensor([[0.0, 5, 20], [5, 6.5, 8]])[..., None]
    torch.testing.assert_close(interpolate_frames(clips, times), expected)


def clock(num_clips, num_frames):
    """Clips whose every coordinate is the number of the frame."""
    frames = torch.arange(num_frames, dtype=torch.float32)
    return frames[None, :, None, None].expand(num_clips, -1, 17, 3)


def warped(**options):
    generator = torch.Generator().manual_seed(0)
    inputs = {'keypoints_world': clock(200, 120), 'fps': torch.full((200,), 50.0)}
    out = WarpTime(80, **options)(inputs, generator)
    return out['keypoints_world'][:, :, 0, 0]


def test_time_runs_forward_within_the_clip():
    times = warped()
    assert times.shape == (200, 80)
    assert (times.diff(dim=1) > 0).all()
    assert times.min() >= 0
    assert times.max() <= 119


def test_each_clip_has_its_own_speed():
    speeds = warped().diff(dim=1)
    assert (speeds.amax(dim=1) > 1.3 * speeds.amin(dim=1)).float().mean() > 0.9
    assert speeds[0].sub(speeds[1]).abs().max() > 0.1


def test_without_spread_and_trim_the_speed_is_even():
    times = warped(spread=0.0, trim=0.0)
    even = torch.linspace(0, 119, 80).expand(200, -1)
    torch.testing.assert_close(times, even, atol=1e-3, rtol=0)


def test_trim_cuts_at_most_its_share_from_either_end():
    times = warped(spread=0.0, trim=0.2)
    assert times[:, 0].max() <= 0.2 * 119
    assert times[:, -1].min() >= 0.8 * 119 - 1e-3
    assert times[:, 0].max() > 0.15 * 119


@pytest.mark.parametrize(
    'options', [{'length': 1}, {'length': 8, 'knots': 1}, {'length': 8, 'trim': 0.5}]
)
def test_impossible_options_are_refused(options):
    with pytest.raises(ValueError, match='Check WarpTime in your config'):
        WarpTime(**options)
