import tracemalloc

import numpy as np
import pytest

from mmposenorm.alignment import low_memory
from mmposenorm.alignment.distances import frame_distances
from mmposenorm.alignment.dtw import PathRules, warping_path
from mmposenorm.alignment.low_memory import low_memory_path

RULES = [
    PathRules(),
    PathRules(diagonal_weight=1.5),
    PathRules(lowest=-23, highest=23),
    PathRules(begin_a=2, begin_b=2, end_a=2, end_b=2),
    PathRules(begin_b=0, end_b=0),
]


@pytest.fixture
def _many_pieces(monkeypatch):
    monkeypatch.setattr(low_memory, '_SMALL', 6)


@pytest.mark.usefixtures('_many_pieces')
@pytest.mark.parametrize('rules', RULES, ids=str)
@pytest.mark.parametrize('shape', [(1, 1), (1, 20), (20, 1), (18, 31), (40, 33)])
def test_path_and_cost_are_those_of_the_matrix(shape, rules):
    # Whole numbers on a line: distances and sums are exact, ties frequent.
    rng = np.random.default_rng(sum(shape))
    clip_a, clip_b = (rng.integers(9, size=(frames, 1, 1)) for frames in shape)
    expected = warping_path(frame_distances(clip_a, clip_b), rules)
    found = low_memory_path(clip_a, clip_b, rules)
    assert found.cost == expected.cost
    np.testing.assert_array_equal(found.cells, expected.cells)


def test_a_path_that_begins_late_is_traced_to_its_first_cell(monkeypatch):
    monkeypatch.setattr(low_memory, '_SMALL', 100)
    clip_b = np.arange(200.0)[:, None] ** 2
    found = low_memory_path(clip_b[150:160], clip_b, PathRules(begin_b=0, end_b=0))
    assert found.cost == 0
    np.testing.assert_array_equal(found.cells, np.arange(10)[:, None] + (0, 150))


@pytest.mark.usefixtures('_many_pieces')
def test_poses_too():
    clip_a, clip_b = np.random.default_rng(0).normal(size=(2, 30, 17, 3))
    expected = warping_path(frame_distances(clip_a, clip_b), PathRules())
    found = low_memory_path(clip_a, clip_b, PathRules())
    np.testing.assert_allclose(found.cost, expected.cost)
    np.testing.assert_array_equal(found.cells, expected.cells)


def peak_memory(frames):
    """Return the bytes that aligning two clips takes beside them."""
    clip = np.random.default_rng(0).normal(size=(frames, 1))
    tracemalloc.start()
    low_memory_path(clip, clip[::-1], PathRules())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def test_memory_grows_with_the_frames_and_not_with_their_product(monkeypatch):
    monkeypatch.setattr(low_memory, '_SMALL', 2**10)
    assert peak_memory(500) < 2.5 * peak_memory(250)
