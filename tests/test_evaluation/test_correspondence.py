import numpy as np
import pytest
from scipy.spatial.distance import cdist

from mmposenorm.datasets.correspondence import build_pair
from mmposenorm.datasets.mocap_clips import MocapClips
from mmposenorm.evaluation.correspondence import (
    hit_ratio,
    measure_pairs,
    retrieve_nearest,
    summarize_actions,
    summarize_errors,
    summarize_pairs,
)
from mmposenorm.geometry.normalization import normalize_keypoints_3d


def test_three_of_four_frames_within_tau(pair_of, source, target):
    (measured,) = measure_pairs([pair_of()], {'01': (source, target)})
    assert measured.errors.tolist() == [0, 0, 6, 0]
    assert hit_ratio(measured.errors, 5) == 3 / 4 * 100
    assert hit_ratio(measured.errors, 6) == 100


def test_figures_by_hand():
    assert summarize_errors(np.array([0, 1, 4, 9])) == {
        'hit@1': 2 / 4 * 100,
        'hit@3': 2 / 4 * 100,
        'hit@5': 3 / 4 * 100,
        'hit@10': 4 / 4 * 100,
        'MSE': (0 + 1 + 16 + 81) / 4,
        'MAE': (0 + 1 + 4 + 9) / 4,
        'median': (1 + 4) / 2,
    }


def test_averages_over_frames_clips_and_poses_that_do_not_recur(
    pair_of, features_at, source, target
):
    short = pair_of('02', matches=(0, 2, 7, 9), single=(0, 0, 0, 0))
    features = {'01': (source, target), '02': (source, features_at(9, 9, 9, 9))}
    summary = summarize_pairs(measure_pairs([pair_of(), short], features))
    # Errors of 01: 0, 0, 6, 0, where the pose of the third frame recurs; of 02: 9, 7,
    # 2, 0, where all poses recur.
    assert summary['hit@5'] == (3 + 2) / 8 * 100
    assert summary['hit@5_clips'] == (3 / 4 + 2 / 4) / 2 * 100
    assert summary['MAE'] == (6 + 18) / 8
    assert summary['hit@1_single'] == summary['hit@1_single_clips'] == 100
    assert summary['single_share'] == 3 / 8 * 100


def test_there_is_no_figure_for_single_poses_if_all_recur(pair_of, source, target):
    pair = pair_of(single=(0, 0, 0, 0))
    summary = summarize_pairs(measure_pairs([pair], {'01': (source, target)}))
    assert summary['single_share'] == 0
    assert 'hit@5_single' not in summary


def test_actions_have_rows_of_their_own(pair_of, source, target):
    pairs = [pair_of('01'), pair_of('02', 'run'), pair_of('03', 'walk')]
    features = {pair.pair_id: (source, source[[0, 2, 7, 9]]) for pair in pairs}
    features['01'] = (source, target)
    actions = summarize_actions(measure_pairs(pairs, features))
    assert list(actions) == ['run', 'walk']
    assert actions['run']['hit@5'] == 100
    assert actions['walk']['hit@5'] == (3 + 4) / 8 * 100


def test_retrieval_agrees_with_all_distances(source, target):
    source, target = np.random.default_rng(0).normal(size=(2, 200, 64))
    np.testing.assert_array_equal(
        retrieve_nearest(source, target), cdist(source, target).argmin(axis=0)
    )


def test_retrieval_takes_the_earliest_of_equal_frames(features_at, source):
    source = features_at(5, 1, 1, 1)
    assert retrieve_nearest(source, features_at(1)).tolist() == [1]


def test_wrong_features_are_refused(pair_of, source, target):
    infinite = target.copy()
    infinite[2] = np.inf
    for features, words in (
        ((source[:9], target), r"source features of pair '01' have shape \(9, 2\)"),
        ((source, target[:, :1]), '2 columns in the source and 1 in the target'),
        ((source, infinite), "target features of pair '01' .* but row 2 is not"),
    ):
        with pytest.raises(ValueError, match=words):
            measure_pairs([pair_of()], {'01': features})


def test_a_pair_without_features_is_refused(pair_of, source, target):
    with pytest.raises(ValueError, match="no features for pair '02'"):
        measure_pairs([pair_of(), pair_of('02')], {'01': (source, target)})


@pytest.mark.slow
def test_the_ceiling_on_real_motion(shared_data, source, target):
    """The true poses, normalized in closed form, without any network."""
    file = shared_data / 'cmu_h36m17' / 'test.npz'
    clips = MocapClips(file, test_mode=True).clips
    pairs, features = [], {}
    for source, target in zip(clips[::2], clips[1::2], strict=True):
        pair = build_pair(source, target)
        poses = normalize_keypoints_3d(source.keypoints_world).reshape(-1, 51)
        frames = np.arange(pair.num_frames)
        assert (retrieve_nearest(poses, poses) == frames).all()  # hit@1 without drops
        pairs.append(pair)
        features[pair.pair_id] = (poses[pair.source_ids], poses[pair.target_ids])
    summary = summarize_pairs(measure_pairs(pairs, features))
    assert summary['hit@5'] == pytest.approx(95.5, abs=0.5)
    assert summary['hit@5_single'] >= 98
    assert summary['hit@5_single_clips'] >= 98
    assert summary['single_share'] == pytest.approx(48, abs=2)
