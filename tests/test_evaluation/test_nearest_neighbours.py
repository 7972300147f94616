import numpy as np
import pytest
from scipy.spatial.distance import cdist

from mmposenorm.evaluation.nearest_neighbours import (
    between_folds,
    from_view,
    leave_one_group_out,
    leave_one_out,
    nearest,
    other_subjects,
    score,
    squared_distances,
    train_to_test,
    unit_rows,
    vote,
    whiten,
)


def test_distances_are_those_of_scipy():
    generator = np.random.default_rng(0)
    queries, gallery = generator.normal(0, 1, (4, 5)), generator.normal(0, 1, (7, 5))
    np.testing.assert_allclose(
        squared_distances(queries, gallery), cdist(queries, gallery) ** 2
    )


def test_rows_get_length_one_or_stay_zero():
    np.testing.assert_allclose(
        unit_rows(np.array([[3.0, 4], [0, 0]])), [[0.6, 0.8], [0, 0]]
    )


def test_whitening_by_hand():
    # Variances 8 and 2 along the axes: (x, y) -> (x, y) / sqrt(8 + 0.5 * 8, 2 + 4).
    gallery = np.array([[4.0, 0], [-4, 0], [0, 2], [0, -2]]) + 7
    whitened = whiten(np.array([[19.0, 7], [7, 13]]), gallery, shrinkage=0.5)
    np.testing.assert_allclose(
        np.sort(np.abs(whitened), axis=1),
        [[0, 12 / 12**0.5], [0, 6 / 6**0.5]],
        atol=1e-9,
    )


def test_whitening_evens_the_spread_out_as_far_as_it_is_told():
    generator = np.random.default_rng(0)
    gallery = generator.normal(0, 1, (500, 4)) * (10, 3, 1, 0.1)
    np.testing.assert_allclose(whiten(gallery, gallery, 1e-9).std(axis=0), 1, rtol=1e-3)
    mild = whiten(gallery, gallery, 1e6)
    between = squared_distances(mild, mild)
    np.testing.assert_allclose(
        between / between.max(),
        (d := squared_distances(gallery, gallery)) / d.max(),
        atol=1e-4,
    )


def test_whitening_is_the_same_whichever_matrix_is_smaller():
    generator = np.random.default_rng(0)
    vectors = generator.normal(0, 1, (6, 9))
    wide = whiten(vectors, vectors, 0.1)
    tall = whiten(np.linalg.qr(vectors.T)[1].T, np.linalg.qr(vectors.T)[1].T, 0.1)
    np.testing.assert_allclose(
        squared_distances(wide, wide), squared_distances(tall, tall), atol=1e-9
    )


def test_a_clip_is_not_matched_with_another_view_of_itself():
    mask = leave_one_out(['a', 'a', 'b'])
    np.testing.assert_array_equal(mask, [[0, 0, 1], [0, 0, 1], [1, 1, 0]])


def test_test_clips_are_matched_with_training_clips():
    mask = train_to_test(['train', 'test', 'train', ''])
    expected = np.zeros((4, 4))
    expected[1, [0, 2]] = 1
    np.testing.assert_array_equal(mask, expected)
    with pytest.raises(ValueError, match=r"'test' has none \(found: train\)"):
        train_to_test(['train', 'train'])


def test_folds_are_even_seeded_and_of_all_actions():
    labels = ['a'] * 10 + ['b'] * 5 + ['c']
    masks = between_folds(labels, 5, seed=0)
    assert len(masks) == 5
    together = np.sum(masks, axis=0)
    np.testing.assert_array_equal(together, together.T)
    # Each of the five folds has 2 of a's 10 clips, so 8 are in the gallery.
    assert (together[:10, :10].sum(axis=1) == 8).all()
    assert (together[10:15, 10:15].sum(axis=1) == 4).all()
    for mask in masks:  # no clip is both a query and in the gallery
        assert not (mask.any(axis=0) & mask.any(axis=1)).any()
    np.testing.assert_array_equal(masks, between_folds(labels, 5, seed=0))
    assert (np.array(masks) != between_folds(labels, 5, seed=1)).any()
    with pytest.raises(ValueError, match='at least 2'):
        between_folds(labels, 1, seed=0)


def test_folds_are_those_of_the_published_figures():
    # As the version that measured them gave these.
    masks = between_folds(['a', 'b'] * 6, 3, seed=0)
    folds = [np.flatnonzero(mask.any(axis=1)).tolist() for mask in masks]
    assert folds == [[3, 6, 7, 8], [0, 4, 5, 9], [1, 2, 10, 11]]


def test_each_group_is_matched_with_all_others():
    masks = leave_one_group_out([2, 0, 2])
    np.testing.assert_array_equal(masks[0], [[0, 0, 0], [1, 0, 1], [0, 0, 0]])
    np.testing.assert_array_equal(masks[1], [[0, 1, 0], [0, 0, 0], [0, 1, 0]])


def test_people_are_matched_with_others():
    first, second = other_subjects(['s1', 's2', 's1'])
    np.testing.assert_array_equal(first, [[0, 1, 0], [0, 0, 0], [0, 1, 0]])
    np.testing.assert_array_equal(second, [[0, 0, 0], [1, 0, 1], [0, 0, 0]])
    with pytest.raises(ValueError, match="at least two people, but all are of 's1'"):
        other_subjects(['s1', 's1'])


def test_one_view_is_matched_with_another():
    mask = from_view(['yaw+0', 'yaw+90', 'yaw+0'], query='yaw+90', gallery='yaw+0')
    np.testing.assert_array_equal(mask, [[0, 0, 0], [1, 0, 1], [0, 0, 0]])
    with pytest.raises(ValueError, match=r"view 'back'; expected one of yaw\+0"):
        from_view(['yaw+0'], query='yaw+0', gallery='back')


def test_nearest_are_in_order_and_allowed():
    distances = np.array([[0.0, 3, 1, 2, 3]])
    allowed = np.array([[False, True, True, True, True]])
    np.testing.assert_array_equal(nearest(distances, allowed, 4), [[2, 3, 1, 4]])


def test_a_gallery_smaller_than_k_is_refused():
    allowed = np.array([[True, True, False], [True, False, False]])
    with pytest.raises(ValueError, match='smallest gallery, 1, but is 2'):
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
