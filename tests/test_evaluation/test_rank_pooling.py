import numpy as np
import pytest
from sklearn.svm import LinearSVR
from threadpoolctl import threadpool_info

from mmposenorm.evaluation import rank_pooling
from mmposenorm.evaluation.rank_pooling import rank_pool, support_vector_regression
from mmposenorm.registry import TRANSFORMS


def some_sequence(num_frames=30, width=6, seed=0):
    generator = np.random.default_rng(seed)
    return np.cumsum(generator.normal(0, 1, (num_frames, width)), axis=0)


def test_two_frames_by_hand():
    # Running means (1, 0), (1/2, 1/2); rows of length 1 are v1 = (1, 0) and
    # v2 = (1, 1) / sqrt(2). Ridge (epsilon 0, C 1) solves
    # (v1 v1' + v2 v2' + I / 2) w = 1 v1 + 2 v2,
    # [[2, 1/2], [1/2, 1]] w = (1 + sqrt 2, sqrt 2).
    expected = np.linalg.solve([[2, 0.5], [0.5, 1]], [1 + 2**0.5, 2**0.5])
    vector = rank_pool([[1, 0], [0, 1]], power='none', epsilon=0, reverse=False)
    np.testing.assert_allclose(vector, expected)


def test_roots_by_hand():
    # One frame (4, -9): its direction v, times 1 / (1 + 1/2) by ridge.
    frame = [[4.0, -9.0]]
    signed = rank_pool(frame, power='signed', epsilon=0, reverse=False)
    np.testing.assert_allclose(signed, np.array([2, -3]) / 13**0.5 / 1.5)
    split = rank_pool(frame, power='split', epsilon=0, reverse=False)
    np.testing.assert_allclose(split, np.array([2, 0, 0, 3]) / 13**0.5 / 1.5)


def test_one_frame_gives_the_same_vector_in_both_directions():
    forward, backward = rank_pool([[4.0, -9.0]]).reshape(2, -1)
    np.testing.assert_array_equal(forward, backward)
    # The best w = a v has a = argmin a^2 / 2 + (0.9 - a)^2 = 0.6.
    assert np.linalg.norm(forward) == pytest.approx(0.6)


def test_reversing_a_sequence_swaps_the_halves():
    sequence = some_sequence()
    forward, backward = rank_pool(sequence).reshape(2, -1)
    np.testing.assert_array_equal(
        rank_pool(sequence[::-1]), np.concatenate([backward, forward])
    )


def test_the_size_of_features_does_not_matter():
    sequence = some_sequence()
    np.testing.assert_allclose(rank_pool(1000 * sequence), rank_pool(sequence))


def test_more_axes_are_flattened():
    sequence = some_sequence(width=6)
    np.testing.assert_array_equal(
        rank_pool(sequence.reshape(-1, 2, 3)), rank_pool(sequence)
    )


@pytest.mark.parametrize(('num_frames', 'width'), [(30, 6), (6, 30), (1, 4)])
def test_the_solver_agrees_with_liblinear(num_frames, width):
    rows = some_sequence(num_frames, width)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    solver = LinearSVR(
        C=1,
        loss='squared_epsilon_insensitive',
        epsilon=0.1,
        dual=False,
        fit_intercept=False,
        tol=1e-10,
        max_iter=100_000,
    )
    expected = solver.fit(rows, np.arange(1, num_frames + 1)).coef_
    weights = support_vector_regression(rows, regularization=1, epsilon=0.1)
    np.testing.assert_allclose(weights, expected, rtol=1e-5, atol=1e-5)


def test_the_gradient_vanishes_at_the_optimum():
    rows, frames = some_sequence(50, 8), np.arange(1, 51)
    weights = support_vector_regression(rows, regularization=2, epsilon=3)
    errors = rows @ weights - frames
    beyond = np.sign(errors) * np.maximum(np.abs(errors) - 3, 0)
    np.testing.assert_allclose(weights + 4 * rows.T @ beyond, 0, atol=1e-8)


def test_pooling_uses_one_thread_and_restores_the_number_of_threads(monkeypatch):
    def threads():
        return [p['num_threads'] for p in threadpool_info() if p['user_api'] == 'blas']

    seen, before = [], threads()
    monkeypatch.setattr(
        rank_pooling,
        'support_vector_regression',
        lambda rows, *_: seen.extend(threads()) or rows[0],
    )
    rank_pool(some_sequence())
    assert set(seen) == {1}
    assert threads() == before


def test_frames_of_zeros_are_accepted():
    assert not rank_pool(np.zeros((5, 3))).any()
    sequence = some_sequence()
    sequence[:3] = 0
    assert np.isfinite(rank_pool(sequence)).all()


@pytest.mark.parametrize(
    ('sequence', 'options', 'message'),
    [
        (np.zeros((0, 3)), {}, r'\(0, 3\); expected'),
        (np.zeros(3), {}, r'\(3,\); expected'),
        ([[1.0], [np.nan]], {}, 'first in frame 1'),
        ([[1.0]], {'power': 'cube'}, "but is 'cube'"),
        ([[1.0]], {'regularization': 0}, 'must be positive'),
    ],
)
def test_bad_input_is_refused(sequence, options, message):
    with pytest.raises(ValueError, match=message):
        rank_pool(sequence, **options)


def test_the_transform_puts_the_vector_in_place():
    transform = TRANSFORMS.build(
        {'type': 'RankPool', 'key': 'pose_features', 'power': 'signed'}
    )
    sequence = some_sequence()
    results = transform({'pose_features': sequence, 'fps': 50})
    np.testing.assert_array_equal(
        results['pose_features'], rank_pool(sequence, power='signed')
    )
    assert results['fps'] == 50


def test_the_transform_names_what_is_there():
    transform = TRANSFORMS.build({'type': 'RankPool', 'key': 'features'})
    with pytest.raises(ValueError, match="did not find 'features', only"):
        transform({'fps': 50})
    with pytest.raises(ValueError, match='power must be'):
        TRANSFORMS.build({'type': 'RankPool', 'key': 'features', 'power': 'x'})
