import pytest
import torch

from mmposenorm.models.triplet_mining import (
    AdaptiveTripletMiner,
    TemporalWindowMiner,
    primary_distances,
)


def clips(*offsets):
    """One clip of poses a row: all 17 joints at x = offset metres."""
    poses = torch.zeros(len(offsets), len(offsets[0]), 17, 3)
    poses[..., 0] = torch.tensor(offsets)[..., None]
    return poses


def generator(seed=0, device='cpu'):
    return torch.Generator(device).manual_seed(seed)


def drawn(triplets):
    rows = torch.stack(triplets[:3], dim=1)[triplets.valid]
    return set(map(tuple, rows.tolist()))


def every_triplet_by_a_slow_loop(poses, positive_range, negative_range):
    """Every triplet the paper's rule allows: one anchor, one pair of frames a time."""
    found = set()
    num_frames = poses.shape[1]
    for clip, frames in enumerate(poses):
        for a in range(num_frames):
            others = [f for f in range(num_frames) if f != a]
            error = {
                f: (frames[a] - frames[f]).norm(dim=-1).mean().item() for f in others
            }
            low, high = min(error.values()), max(error.values())
            if high == low:
                continue
            scaled = {f: (error[f] - low) / (high - low) for f in others}
            for p in others:
                for n in others:
                    if (
                        positive_range[0] <= scaled[p] <= positive_range[1]
                        and negative_range[0] <= scaled[n] <= negative_range[1]
                    ):
                        start = clip * num_frames
                        found.add((start + a, start + p, start + n))
    return found


def test_primary_distances_by_hand():
    distances = primary_distances(clips([0.0, 1.0, 3.0, 5.0]))
    nan = torch.nan
    expected = torch.tensor(
        [
            [nan, 0, 0.5, 1],  # 1, 3, 5 m
            [0, nan, 1 / 3, 1],  # 1, 2, 4 m
            [1, 0, nan, 0],  # 3, 2, 2 m
            [1, 2 / 3, 0, nan],  # 5, 4, 2 m
        ]
    )
    torch.testing.assert_close(distances, expected[None], equal_nan=True)


def test_triplets_of_a_clip_by_hand():
    miner = AdaptiveTripletMiner((0.0, 0.2), (0.6, 1.0), triplets_per_anchor=50)
    triplets = miner(clips([0.0, 1.0, 3.0, 5.0]), generator())
    assert drawn(triplets) == {
        (0, 1, 3),
        (1, 0, 3),
        (2, 1, 0),
        (2, 3, 0),
        (3, 2, 0),
        (3, 2, 1),
    }


@pytest.mark.parametrize(
    ('positive_range', 'negative_range'),
    [((0, 0.1), (0.5, 1)), ((0.05, 0.2), (0.2, 0.4)), ((0, 0), (1, 1))],
)
def test_mining_draws_what_a_slow_loop_finds(positive_range, negative_range, device):
    poses = torch.randn(3, 9, 17, 3)
    poses[1] = poses[1, :1]  # a clip that stands still
    miner = AdaptiveTripletMiner(
        positive_range, negative_range, triplets_per_anchor=300
    )
    expected = every_triplet_by_a_slow_loop(poses, positive_range, negative_range)
    triplets = miner(poses.to(device), generator(device=device))
    assert drawn(triplets) == expected


def test_every_candidate_is_equally_likely():
    miner = AdaptiveTripletMiner((0, 0.5), (0.6, 1), triplets_per_anchor=3000)
    triplets = miner(clips([0.0, 1.0, 2.0, 3.0, 9.0]), generator())
    positives = triplets.positive[triplets.anchor == 0]  # of frames 1, 2 and 3
    counts = positives.bincount(minlength=5)
    torch.testing.assert_close(
        counts / len(positives), torch.tensor([0, 1, 1, 1, 0]) / 3, rtol=0, atol=0.03
    )


def test_the_generator_decides_the_draws():
    poses, miner = torch.randn(2, 20, 17, 3), AdaptiveTripletMiner()
    first, again = miner(poses, generator(1)), miner(poses, generator(1))
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    other = miner(poses, generator(2))
    assert not torch.equal(first.positive, other.positive)


def test_a_still_clip_gives_no_triplets():
    poses = clips([0.3] * 6)
    assert not AdaptiveTripletMiner()(poses, generator()).valid.any()
    poses = poses + 1e-5 * torch.randn_like(poses)
    assert not AdaptiveTripletMiner()(poses, generator()).valid.any()


def test_moved_thresholds_are_used():
    miner = AdaptiveTripletMiner((0, 0.1), (0.9, 1.0), triplets_per_anchor=20)
    poses = clips([0.0, 1.0, 2.0, 3.0, 4.0])
    assert set(miner(poses, generator()).negative[:20].tolist()) == {4}
    miner.set_ranges((0, 0.1), (0.3, 0.4))
    assert set(miner(poses, generator()).negative[:20].tolist()) == {2}


def test_temporal_window_by_hand():
    miner = TemporalWindowMiner(1, 2, triplets_per_anchor=50)
    triplets = miner(torch.zeros(1, 4, 17, 3), generator())
    assert drawn(triplets) == {(0, 1, 3), (3, 2, 0)}


def test_windows_longer_than_the_clip_give_no_triplets():
    triplets = TemporalWindowMiner(5, 20)(torch.zeros(2, 20, 17, 3), generator())
    assert not triplets.valid.any()


@pytest.mark.parametrize('miner', [AdaptiveTripletMiner(), TemporalWindowMiner()])
def test_clips_too_short_for_a_triplet_are_refused(miner):
    with pytest.raises(
        ValueError, match='three frames of one clip, but the clips have 2'
    ):
        miner(torch.zeros(1, 2, 17, 3), generator())


@pytest.mark.parametrize(
    ('ranges', 'words'),
    [
        (((0, 0.3), (0.2, 1)), 'must end before'),
        (((0.2, 0.1), (0.5, 1)), '`positive_range` must be'),
        (((0, 0.1), (0.5, 1.5)), '`negative_range` must be'),
    ],
)
def test_impossible_thresholds_are_refused(ranges, words):
    with pytest.raises(ValueError, match=words):
        AdaptiveTripletMiner(*ranges)


def test_impossible_windows_are_refused():
    with pytest.raises(ValueError, match='positive_window'):
        TemporalWindowMiner(10, 5)
