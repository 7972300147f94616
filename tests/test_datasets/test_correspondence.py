import numpy as np
import pytest
from dtaidistance import dtw

from mmposenorm.datasets.clip_dataset import Clip
from mmposenorm.datasets.correspondence import (
    build_pair,
    find_single_matches,
    load_pairs,
    retain_frames,
    save_pairs,
    true_correspondence,
)


class Draws:
    """A generator whose draws are written down beforehand."""

    def __init__(self, draws):
        self.draws = np.array(draws)

    def random(self, size):
        assert size == len(self.draws)
        return self.draws


def motion(num_frames, seed=0):
    walk = np.random.default_rng(seed).normal(size=(num_frames, 17, 3)).cumsum(axis=0)
    return (walk + np.random.default_rng(1).normal(size=(17, 3))).astype(np.float32)


def two_views(num_frames=60, clip_id='01_01', seed=0):
    poses = motion(num_frames, seed)
    return [Clip(clip_id, '1', 'walk', 50.0, poses, view=v) for v in ('left', 'right')]


def random_ids(seed, num_frames=60):
    return retain_frames(num_frames, np.random.default_rng(seed))


def test_frames_stay_below_the_probability():
    draws = Draws([0.2, 0.7, 0.5, 0.49, 0.9, 0.0])
    assert retain_frames(6, draws).tolist() == [0, 3, 5]
    assert retain_frames(6, draws, keep_probability=0.8).tolist() == [0, 1, 2, 3, 5]


def test_a_fifth_frame_in_a_row_is_never_dropped():
    # Dropped: 0-3, 5-8 and 10-11; frames 4 and 9 stay against their draws.
    assert retain_frames(12, Draws([0.9] * 12)).tolist() == [4, 9]
    # A frame that stays by its own draw starts the count anew.
    draws = Draws([0.9, 0.9, 0.1, 0.9, 0.9, 0.9, 0.9, 0.9])
    assert retain_frames(8, draws).tolist() == [2, 7]


def test_share_of_frames_that_stay():
    # The distance to the next retained frame is 1 + 1/2 + 1/4 + 1/8 + 1/16 on average.
    retained = retain_frames(100_000, np.random.default_rng(0))
    assert len(retained) / 100_000 == pytest.approx(1 / 1.9375, abs=0.005)
    assert np.diff(retained).max() == 5


@pytest.mark.parametrize(
    ('source_ids', 'target_ids', 'matches'),
    [
        ([0, 1, 2, 3], [0, 1, 2, 3], [0, 1, 2, 3]),
        # Frame 1 of the target is as near to 0 as to 2, both on best paths: 0.
        ([0, 2], [0, 1, 2], [0, 0, 1]),
        # 0-0, 2-2, 4-6, 9-6: of the two matches of 6 the nearer is 4.
        ([0, 2, 4, 9], [0, 2, 6], [0, 1, 2]),
        # 0-5, 1-5, 2-6 costs 5 + 4 + 4; to match 2 with 5 as well costs 3 more.
        ([0, 1, 2], [5, 6], [1, 2]),
        ([3], [0, 3, 9], [0, 0, 0]),
        # 0-0, 3-5, 6-8 costs 4. The frame nearest to 5 is 6, but matching 6 with both
        # 5 and 8 costs 1 more.
        ([0, 3, 6], [0, 5, 8], [0, 1, 2]),
        # 0-0, 3-5, 6-8, 9-9 and 0-0, 3-5, 6-5, 9-8, 9-9 both cost 4: of 5's matches
        # 3 and 6 and of 8's matches 6 and 9 the nearer counts.
        ([0, 3, 6, 9], [0, 5, 8, 9], [0, 2, 3, 3]),
    ],
)
def test_true_correspondence_by_hand(source_ids, target_ids, matches):
    found = true_correspondence(np.array(source_ids), np.array(target_ids))
    assert found.tolist() == matches


@pytest.mark.parametrize('seed', range(5))
def test_the_answers_lie_on_best_paths_of_another_implementation(seed):
    source, target = random_ids(seed), random_ids(100 + seed)
    matches = true_correspondence(source, target)
    cost = np.abs(np.subtract.outer(source, target)).astype(float)
    best = cost_of_best_path(cost)
    for frame, match in enumerate(matches):
        through = (
            cost_of_best_path(cost[: match + 1, : frame + 1])
            + cost_of_best_path(cost[match:, frame:])
            - cost[match, frame]
        )
        assert through == best


def cost_of_best_path(cost):
    table = np.full((cost.shape[0] + 1, cost.shape[1] + 1), np.inf)
    table[0, 0] = 0
    for i, row in enumerate(cost):
        for j, value in enumerate(row):
            table[i + 1, j + 1] = value + min(
                table[i, j], table[i, j + 1], table[i + 1, j]
            )
    return table[-1, -1]


def test_the_least_cost_agrees_with_dtaidistance():
    source, target = random_ids(0), random_ids(1)
    cost = np.abs(np.subtract.outer(source, target)).astype(float)
    expected = dtw.distance(
        source.astype(float), target.astype(float), inner_dist='euclidean'
    )
    assert cost_of_best_path(cost) == expected


def test_answers_never_go_back_and_are_near():
    for seed in range(20):
        source, target = random_ids(seed, 300), random_ids(1000 + seed, 300)
        matches = true_correspondence(source, target)
        assert (np.diff(matches) >= 0).all()
        assert np.abs(source[matches] - target)[5:-5].max() <= 5


def test_single_matches_by_hand():
    poses = np.zeros((30, 17, 3), dtype=np.float32)
    poses[:, :, 0] = np.arange(30)[:, None] * 0.1  # 100 mm on in every frame
    assert find_single_matches(poses).all()
    poses[25] = poses[5]
    poses[25, :, 1] += 0.019  # frame 25 comes back to frame 5 within 20 mm
    poses[15] = poses[5]  # 10 frames away: near in time
    expected = np.ones(30, dtype=bool)
    expected[[5, 25]] = False
    assert find_single_matches(poses).tolist() == expected.tolist()
    poses[25, :, 1] += 0.002
    assert find_single_matches(poses).all()


def test_a_pair_is_drawn_from_seed_and_name():
    pair = build_pair(*two_views(), seed=3)
    assert (pair.pair_id, pair.action, pair.num_frames) == ('01_01', 'walk', 60)
    assert (pair.source_view, pair.target_view) == ('left', 'right')
    again = build_pair(*two_views(), seed=3)
    np.testing.assert_array_equal(pair.source_ids, again.source_ids)
    assert pair.source_ids.tolist() != pair.target_ids.tolist()
    for other in (build_pair(*two_views(), seed=4), build_pair(*two_views(60, 'x'))):
        assert pair.source_ids.tolist() != other.source_ids.tolist()


def test_nothing_is_dropped_with_probability_one():
    pair = build_pair(*two_views(), keep_probability=1.0)
    assert pair.source_ids.tolist() == pair.matches.tolist() == list(range(60))


def test_pairs_are_the_same_after_saving_and_loading(tmp_path):
    pairs = [build_pair(*two_views(clip_id=name)) for name in ('b/1', 'a')]
    save_pairs(pairs, tmp_path / 'deep' / 'pairs.npz')
    loaded = load_pairs(tmp_path / 'deep' / 'pairs.npz')
    for pair, other in zip(pairs, loaded, strict=True):
        for name, value in vars(pair).items():
            np.testing.assert_array_equal(value, getattr(other, name))
            assert type(value) is type(getattr(other, name))
    assert [path.name for path in (tmp_path / 'deep').iterdir()] == ['pairs.npz']


def test_files_without_pairs_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match='tools/tables/build_pairs'):
        load_pairs(tmp_path / 'none.npz')
    np.savez(tmp_path / 'other.npz', **{'01/keypoints': np.zeros(3)})
    with pytest.raises(ValueError, match=r"has \['keypoints'\] for '01'"):
        load_pairs(tmp_path / 'other.npz')


def test_clips_that_make_no_pair_are_refused():
    source, _ = two_views()
    with pytest.raises(ValueError, match='not two views of one motion'):
        build_pair(source, two_views(59)[1])
    with pytest.raises(ValueError, match='not two views of one motion'):
        build_pair(source, two_views(clip_id='02')[1])
    with pytest.raises(ValueError, match='has 4 frames; expected at least 5'):
        build_pair(*two_views(4))
