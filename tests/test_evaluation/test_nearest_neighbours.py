import numpy as np
import pytest
from scipy.spatial.distance import cdist

from mmposenorm.evaluation.nearest_neighbours import (
    between_folds,
    confusion_matrix,
    from_view,
    leave_one_out,
    nearest,
    other_subjects,
    pairwise_distances,
    score,
    train_to_test,
    vote,
)


def test_distances_are_those_of_scipy():
    vectors = np.random.default_rng(0).normal(0, 1, (20, 5))
    np.testing.assert_allclose(
        pairwise_distances(vectors), cdist(vectors, vectors), atol=1e-7
    )


def test_a_clip_is_not_answered_by_itself_in_any_view():
    mask = leave_one_out(['a', 'a', 'b'])
    np.testing.assert_array_equal(mask, [[0, 0, 1], [0, 0, 1], [1, 1, 0]])


def test_only_training_clips_answer_only_test_clips():
    mask = train_to_test(['train', 'test', 'train', ''])
    expected = np.zeros((4, 4))
    expected[1, [0, 2]] = 1
    np.testing.assert_array_equal(mask, expected)
    with pytest.raises(ValueError, match="split 'test', only of: train"):
        train_to_test(['train', 'train'])


def test_folds_are_even_seeded_and_of_all_actions():
    labels = ['a'] * 10 + ['b'] * 5 + ['c']
    mask = between_folds(labels, 5, seed=0)
    np.testing.assert_array_equal(mask, mask.T)
    # In a fold of five there are 2 of a's 10, so 8 others answer.
    assert (mask[:10, :10].sum(axis=1) == 8).all()
    assert (mask[10:15, 10:15].sum(axis=1) == 4).all()
    np.testing.assert_array_equal(mask, between_folds(labels, 5, seed=0))
    assert (mask != between_folds(labels, 5, seed=1)).any()
    with pytest.raises(ValueError, match='at least 2'):
        between_folds(labels, 1, seed=0)


def test_people_are_answered_by_others():
    np.testing.assert_array_equal(
        other_subjects(['s1', 's2', 's1']), [[0, 1, 0], [1, 0, 1], [0, 1, 0]]
    )
    with pytest.raises(ValueError, match="All clips are of subject 's1'"):
        other_subjects(['s1', 's1'])


def test_one_side_is_answered_from_another():
    mask = from_view(['yaw+0', 'yaw+90', 'yaw+0'], query='yaw+90', gallery='yaw+0')
    np.testing.assert_array_equal(mask, [[0, 0, 0], [1, 0, 1], [0, 0, 0]])
    with pytest.raises(ValueError, match=r"view 'back', only of yaw\+0"):
        from_view(['yaw+0'], query='yaw+0', gallery='back')


def test_nearest_are_in_order_and_allowed():
    distances = np.array([[0.0, 3, 1, 2, 3]])
    allowed = np.array([[False, True, True, True, True]])
    np.testing.assert_array_equal(nearest(distances, allowed, 4), [[2, 3, 1, 4]])


def test_a_gallery_smaller_than_k_is_refused():
    allowed = np.array([[True, True, False], [True, False, False]])
    with pytest.raises(ValueError, match='k is 2, but the smallest gallery has 1'):
        nearest(np.zeros((2, 3)), allowed, 2)


def test_the_majority_wins_and_ties_go_to_the_nearest():
    labels = np.array([list('abbcc'), list('abbbc'), list('abcde')])
    np.testing.assert_array_equal(vote(labels), ['b', 'b', 'a'])


def test_scores_by_hand():
    found = np.array([list('aab'), list('baa'), list('bcb')])
    scores = score(found, ['a', 'a', 'a'])
    assert scores['top1'].mean() == 1 / 3
    assert scores['any3'].mean() == 2 / 3
    assert scores['vote3'].mean() == 2 / 3


def test_confusions_are_counted_by_true_rows():
    counts = confusion_matrix(['a', 'b', 'b'], ['a', 'a', 'b'], ['a', 'b'])
    np.testing.assert_array_equal(counts, [[1, 1], [0, 1]])
