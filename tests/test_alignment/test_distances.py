import numpy as np
import pytest
from scipy.spatial.distance import cdist

from mmposenorm.alignment.distances import (
    DistanceDiagonals,
    distance_rows,
    frame_distances,
    pair_distances,
)
from mmposenorm.alignment.dtw import PathRules, corridor


@pytest.fixture
def rng():
    return np.random.default_rng(0)


# More and fewer frames than one block of rows, and one frame.
@pytest.mark.parametrize(('frames_a', 'frames_b'), [(150, 40), (5, 7), (1, 1)])
def test_features_agree_with_scipy(rng, frames_a, frames_b):
    features_a, features_b = (
        rng.normal(size=(frames_a, 64)),
        rng.normal(size=(frames_b, 64)),
    )
    expected = cdist(features_a, features_b)
    np.testing.assert_allclose(frame_distances(features_a, features_b), expected)


def test_poses_are_compared_by_the_mean_distance_of_their_keypoints():
    at_origin = np.zeros((1, 2, 3))
    # One keypoint 5 away (3, 4, 5 is a right triangle), the other 1: mean 3.
    moved = np.array([[[3.0, 4.0, 0.0], [0.0, 0.0, 1.0]]])
    assert frame_distances(at_origin, moved) == (5 + 1) / 2


def test_poses_agree_with_a_plain_loop(rng):
    poses_a, poses_b = rng.normal(size=(70, 17, 3)), rng.normal(size=(4, 17, 3))
    expected = [
        [np.linalg.norm(a - b, axis=1).mean() for b in poses_b] for a in poses_a
    ]
    np.testing.assert_allclose(frame_distances(poses_a, poses_b), expected)


def test_equal_frames_are_at_exactly_zero_far_from_the_origin(rng):
    features = 1000 + rng.normal(size=(80, 64))
    assert not frame_distances(features, features).diagonal().any()


def test_nearly_equal_frames_keep_their_digits(rng):
    features = rng.normal(size=(10, 64))
    near = features + 1e-9
    expected = np.full(10, 1e-9 * 8)  # 64 coordinates, each 1e-9 away
    distances = frame_distances(features, near).diagonal()
    np.testing.assert_allclose(distances, expected, rtol=1e-5)


def test_float32_input_loses_nothing_more(rng):
    features_a, features_b = rng.normal(size=(2, 9, 64)).astype(np.float32)
    expected = frame_distances(features_a.astype(float), features_b.astype(float))
    np.testing.assert_allclose(
        frame_distances(features_a, features_b), expected, rtol=1e-12
    )


@pytest.mark.parametrize('frame', [(64,), (17, 3)])
def test_rows_and_pairs_are_parts_of_the_matrix(rng, frame):
    clip_a, clip_b = rng.normal(size=(2, 130, *frame))
    matrix = frame_distances(clip_a, clip_b)
    rows = [block for _, block in distance_rows(clip_a, clip_b)]
    np.testing.assert_array_equal(np.concatenate(rows), matrix)
    np.testing.assert_allclose(pair_distances(clip_a, clip_b), matrix.diagonal())


@pytest.mark.parametrize('frame', [(64,), (17, 3)])
@pytest.mark.parametrize(
    ('shape', 'first', 'band'),
    [((90, 70), 0, 99), ((70, 150), 40, 99), ((150, 150), 131, 20), ((3, 90), 7, 99)],
)
def test_diagonals_are_those_of_the_matrix(rng, frame, shape, first, band):
    clip_a, clip_b = (rng.normal(size=(frames, *frame)) for frames in shape)
    limits = corridor(shape, PathRules(lowest=-band, highest=band))
    expected = frame_distances(clip_a, clip_b)
    diagonals = DistanceDiagonals(clip_a, clip_b).between(limits, first)
    numbers = range(first, sum(shape) - 1)
    for number, diagonal in zip(numbers, diagonals, strict=True):
        rows = np.arange(*limits[number])
        np.testing.assert_allclose(diagonal, expected[rows, number - rows])
