import numpy as np
import pytest
import scipy.spatial
from scipy.spatial.transform import Rotation

from mmposenorm.evaluation.functional import (
    consistency_error,
    delta_mpjpe,
    mpjpe,
    normalized_error,
    p_mpjpe,
)

TWO_POSES = [mpjpe, p_mpjpe, normalized_error, delta_mpjpe]
DISTANCES = [mpjpe, normalized_error, delta_mpjpe]


def random_poses(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(*shape, 17, 3))


def similarity(poses: np.ndarray, factor: float = 1.7) -> np.ndarray:
    """Turn, scale and move each pose in its own way."""
    count = int(np.prod(poses.shape[:-2]))
    turns = Rotation.random(count, rng=np.random.default_rng(5)).as_matrix()
    moves = np.random.default_rng(6).normal(size=(*poses.shape[:-2], 1, 3))
    return factor * poses @ turns.reshape(*poses.shape[:-2], 3, 3) + moves


@pytest.mark.parametrize('measure', DISTANCES)
def test_distance_worked_out_by_hand(measure):
    pred, target = np.zeros((2, 17, 3)), np.zeros((2, 17, 3))
    pred[0, 3] = [0.3, 0.0, 0.4]  # one joint is off by 0.5 m
    target[1, :, 2] = -0.02  # all joints are off by 20 mm
    np.testing.assert_allclose(measure(pred, target), [500 / 17, 20])


def test_p_mpjpe_worked_out_by_hand():
    # Four corners of a square with side 2, one of them and its opposite lifted by h:
    # by symmetry the best turn is none, the best move is down by h / 2 and the best
    # scale is <p, q> / <p, p> = 8 / (8 + h^2), h / 2 being the height of each corner.
    h = 0.4
    square = np.array([[1, 1, 0], [-1, 1, 0], [-1, -1, 0], [1, -1, 0.0]])
    bent = square + h * np.array([[0, 0, 1], [0, 0, 0], [0, 0, 1], [0, 0, 0.0]])
    scale = 8 / (8 + 4 * (h / 2) ** 2)
    expected = 1000 * np.sqrt(2 * (1 - scale) ** 2 + (scale * h / 2) ** 2)
    np.testing.assert_allclose(p_mpjpe(bent, square), expected)


@pytest.mark.parametrize('measure', TWO_POSES)
@pytest.mark.parametrize('batch_shape', [(), (1,), (2, 5)])
def test_equal_poses_give_zero_for_each_pose(measure, batch_shape):
    poses = random_poses(*batch_shape)
    error = measure(poses, poses)
    assert error.shape == batch_shape
    np.testing.assert_allclose(error, 0, atol=1e-9)


@pytest.mark.parametrize('measure', DISTANCES)
def test_distance_is_symmetric_and_moves_with_both(measure):
    one, other = random_poses(4), random_poses(4, seed=1)
    np.testing.assert_allclose(measure(one, other), measure(other, one))
    np.testing.assert_allclose(measure(one + 3, other + 3), measure(one, other))
    np.testing.assert_allclose(measure(2 * one, 2 * other), 2 * measure(one, other))


def test_p_mpjpe_ignores_any_similarity():
    pred, target = random_poses(3, 4), random_poses(3, 4, seed=1)
    expected = p_mpjpe(pred, target)
    np.testing.assert_allclose(p_mpjpe(similarity(pred), target), expected)
    np.testing.assert_allclose(p_mpjpe(similarity(target), target), 0, atol=1e-9)


def test_p_mpjpe_does_not_forgive_a_mirrored_pose():
    poses = random_poses(3)
    assert (p_mpjpe(poses * [-1, 1, 1], poses) > 100).all()


def test_p_mpjpe_agrees_with_scipy():
    target = random_poses(6)
    pred = similarity(target + 0.3 * random_poses(6, seed=1))
    errors = []
    for one_pred, one_target in zip(pred, target, strict=True):
        # scipy centres both and scales the target to norm 1, pred onto it.
        a, b, _ = scipy.spatial.procrustes(one_target, one_pred)
        norm = np.linalg.norm(one_target - one_target.mean(axis=0))
        errors.append(1000 * norm * np.linalg.norm(a - b, axis=-1).mean())
    np.testing.assert_allclose(p_mpjpe(pred, target), errors)


@pytest.mark.parametrize(
    ('measure', 'alignment'), [(mpjpe, 'none'), (p_mpjpe, 'procrustes')]
)
def test_agrees_with_mmpose(measure, alignment):
    evaluation = pytest.importorskip('mmpose.evaluation.functional')
    pred, target = random_poses(5), random_poses(5, seed=1)
    theirs = evaluation.keypoint_mpjpe(pred, target, np.ones((5, 17), bool), alignment)
    np.testing.assert_allclose(measure(pred, target).mean(), 1000 * theirs)


def test_a_collapsed_prediction_counts_as_far_as_the_joints_are_spread():
    # All joints in one point: no turn or scale helps, the best point is the middle.
    target = random_poses(2)
    spread = np.linalg.norm(target - target.mean(axis=-2, keepdims=True), axis=-1)
    error = p_mpjpe(np.ones_like(target), target)
    np.testing.assert_allclose(error, 1000 * spread.mean(axis=-1))


def test_consistency_is_the_mean_over_all_pairs():
    # Three renderings at 0, 10 and 40 mm: pairs differ by 10, 40 and 30 mm.
    poses = np.zeros((3, 5, 17, 3))
    poses[1, ..., 0], poses[2, ..., 0] = 0.01, 0.04
    np.testing.assert_allclose(consistency_error(poses), np.full(5, (10 + 40 + 30) / 3))


def test_consistency_of_two_is_their_distance():
    poses = random_poses(2, 4)
    np.testing.assert_allclose(consistency_error(poses), mpjpe(*poses))


def test_float32_is_summed_in_float64():
    pred, target = random_poses(4).astype('f4'), random_poses(4, seed=1).astype('f4')
    error = mpjpe(pred, target)
    assert error.dtype == np.float64
    np.testing.assert_array_equal(error, mpjpe(pred.astype('f8'), target.astype('f8')))


@pytest.mark.parametrize('measure', TWO_POSES)
def test_wrong_shapes_are_refused(measure):
    with pytest.raises(ValueError, match=r'must have the same shape.*\(3, 17, 3\)'):
        measure(random_poses(3), random_poses(4))
    with pytest.raises(ValueError, match=r'has shape \(2, 17, 2\); expected'):
        measure(random_poses(2)[..., :2], random_poses(2)[..., :2])
    with pytest.raises(ValueError, match='at least one pose'):
        measure(np.zeros((0, 17, 3)), np.zeros((0, 17, 3)))


@pytest.mark.parametrize('measure', TWO_POSES)
def test_nan_is_refused_and_found(measure):
    pred = random_poses(3)
    pred[1, 4, 2] = np.nan
    with pytest.raises(ValueError, match=r'finite, but is nan at index \(1, 4, 2\)'):
        measure(pred, random_poses(3))


@pytest.mark.parametrize('shape', [(1, 4), ()])
def test_one_rendering_is_not_consistent_with_anything(shape):
    with pytest.raises(ValueError, match='at least two renderings'):
        consistency_error(random_poses(*shape))
