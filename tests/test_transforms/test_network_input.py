import pytest
import torch

from mmposenorm.transforms.network_input import (
    _median,
    clip_scale,
    prepare_keypoints,
)


@pytest.fixture
def keypoints():
    return torch.randn(2, 9, 17, 2, generator=torch.Generator().manual_seed(0))


def test_by_hand():
    # Two keypoints seen, the root and one 3 right and 4 down: distances 0 and 5, root
    # mean square 5 / sqrt(2); so it comes out at (3, 4) * sqrt(2) / 5.
    keypoints = torch.zeros(1, 1, 17, 2) + 100
    keypoints[0, 0, 5] += torch.tensor([3.0, 4])
    visible = torch.zeros(1, 1, 17)
    visible[..., [0, 5]] = 1
    labels, seen = prepare_keypoints(keypoints, visible)
    expected = torch.tensor([3.0, 4]) * 2**0.5 / 5
    torch.testing.assert_close(labels[0, 0, 5], expected)
    assert seen.sum() == 2


def test_place_and_size_do_not_matter(keypoints):
    visible = torch.ones(2, 9, 17)
    moved = 7 * keypoints + torch.tensor([640.0, 360])
    torch.testing.assert_close(
        prepare_keypoints(moved, visible),
        prepare_keypoints(keypoints, visible),
        atol=1e-4,
        rtol=1e-4,
    )


def test_one_scale_a_clip_keeps_growth_within_it(keypoints):
    keypoints = keypoints[:, :1] * torch.linspace(1, 2, 9)[None, :, None, None]
    labels, _ = prepare_keypoints(keypoints, torch.ones(2, 9, 17))
    torch.testing.assert_close(labels[:, -1], 2 * labels[:, 0])


def test_junk_at_unseen_keypoints_changes_nothing(keypoints):
    visible = torch.ones(2, 9, 17)
    visible[:, 3:5, [4, 10, 13]] = 0
    visible[:, 7] = 0.1  # below the confidence that counts
    junk = torch.where(visible[..., None] < 0.3, 1e6, keypoints)
    junk[0, 3, 4] = torch.nan
    torch.testing.assert_close(
        prepare_keypoints(junk, visible), prepare_keypoints(keypoints, visible)
    )


def test_a_frame_without_root_is_centred_at_what_was_seen(keypoints):
    visible = torch.ones(2, 9, 17)
    visible[:, :, 0] = 0
    labels, _ = prepare_keypoints(keypoints, visible)
    torch.testing.assert_close(
        labels[:, :, 1:].mean(dim=2), torch.zeros(2, 9, 2), atol=1e-6, rtol=0
    )


def test_nothing_seen_gives_zeros(keypoints):
    labels, seen = prepare_keypoints(keypoints, torch.zeros(2, 9, 17))
    assert labels.abs().max() == 0
    assert seen.max() == 0


def test_scale_is_the_median_over_frames():
    # Sizes 1, 2 and 50 (an outlier): the median is 2.
    keypoints = torch.zeros(1, 3, 17, 2)
    keypoints[0, :, 1:, 0] = torch.tensor([1.0, 2, 50])[:, None]
    scale = clip_scale(keypoints, torch.ones(1, 3, 17))
    torch.testing.assert_close(scale, torch.tensor([2 * (16 / 17) ** 0.5]))


@pytest.mark.parametrize('num_frames', [1, 2, 5, 8])
def test_the_median_is_that_of_torch(num_frames):
    values = torch.randn(200, num_frames)
    values[torch.rand(values.shape) < 0.4] = torch.nan
    values[0], values[1] = torch.nan, torch.inf
    expected = values.nanmedian(dim=1).values
    torch.testing.assert_close(
        _median(values), expected, rtol=0, atol=0, equal_nan=True
    )
