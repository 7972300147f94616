import numpy as np
import pytest

from mmposenorm.evaluation.action_recognition import (
    PooledClip,
    QueryResult,
    class_accuracy,
    match_queries,
    pool_parts,
    summarize_results,
)
from mmposenorm.evaluation.rank_pooling import rank_pool


def direction(degrees):
    angle = np.radians(degrees)
    return np.array([np.cos(angle), np.sin(angle)])


def test_parts_are_weighted_by_their_distances():
    # Squared distances from the query are 0 and 2 to a, 2 (1 - cos 60) = 1 and 0 to b.
    # With weights 1 and w, a is nearer while 2 w < 1.
    places = {'query': (0, 0), 'a': (0, 90), 'b': (60, 0)}
    clips = [
        PooledClip(name, '', '', name, [direction(d) for d in degrees])
        for name, degrees in places.items()
    ]
    asked = np.array([[False, True, True], [False] * 3, [False] * 3])
    for weights, nearest in (((1, 0.4), 'a'), ((1, 0.6), 'b')):
        [result] = match_queries(clips, asked, 1, weights)
        assert result.labels == [nearest]


def test_whitening_strengthens_directions_of_small_variance():
    # Clips differ much along x and little along y, but only y tells the actions apart.
    generator = np.random.default_rng(0)
    clips = [
        PooledClip(str(i), '', '', 'ab'[i % 2], [np.array([spread, i % 2])])
        for i, spread in enumerate(generator.normal(0, 10, 40))
    ]
    others = ~np.eye(40, dtype=bool)

    def top1(**options):
        results = match_queries(clips, others, 1, [1], 'euclidean', **options)
        return np.mean([result.correct['top1'] for result in results])

    assert top1() < 0.9
    assert top1(whitening=1e-6) == 1


def test_parts_are_pooled_apart_through_their_descriptors():
    generator = np.random.default_rng(0)
    fields = {
        'keypoints': generator.normal(size=(9, 17, 2)),
        'normalized_poses': generator.normal(size=(9, 17, 3)),
        'body_up': np.repeat([[0, 1, 0]], 9, axis=0),
    }
    parts = [
        {'features': 'keypoints', 'descriptor': 'bone_angles'},
        {
            'features': ['normalized_poses', 'body_up'],
            'descriptor': 'upright_keypoints',
        },
        {'features': 'normalized_poses'},
    ]
    angles, upright, poses = pool_parts(fields, parts, {'power': 'signed'})
    assert angles.shape == (2 * 32,)
    np.testing.assert_allclose(upright, poses)  # these stand upright already
    expected = rank_pool(fields['normalized_poses'], power='signed')
    np.testing.assert_array_equal(poses, expected)


def test_missing_fields_are_named():
    with pytest.raises(ValueError, match=r"does not predict 'body_up', only \['poses'"):
        pool_parts({'poses': np.zeros((3, 2))}, [{'features': ['poses', 'body_up']}])


def test_figures_by_hand():
    results = [
        QueryResult(PooledClip('', '', '', action, []), [], {'top1': right})
        for action, right in (('b', True), ('a', True), ('b', False), ('b', False))
    ]
    assert class_accuracy(results) == {'a': 100, 'b': pytest.approx(100 / 3)}
    summary = summarize_results(results)
    assert summary == {'top1': 50, 'mean_class': pytest.approx((100 + 100 / 3) / 2)}
