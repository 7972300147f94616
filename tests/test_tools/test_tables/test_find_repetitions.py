import numpy as np
import pytest


@pytest.fixture
def find_repetitions(tool):
    return tool('find_repetitions')


def test_counts_worked_out_by_hand(find_repetitions):
    true = np.array([[0, 99], [100, 199], [250, 349]])
    # Off by 10 of 100 frames; overlaps by 60 of 120; not there; overlaps by too little.
    found = np.array([[0, 89], [140, 219], [225, 240], [330, 500]])
    counts = find_repetitions.count(found, true)
    assert counts == (3, 4, 2, 1)
    row = find_repetitions.table_row('name', counts)
    assert row == '| name | 3 | 4 | 0.571 | 0.286 |'


def test_nothing_found_counts_nothing(find_repetitions):
    nothing = np.zeros((0, 2), int)
    assert find_repetitions.count(nothing, np.array([[0, 9]])) == (1, 0, 0, 0)
    assert find_repetitions.count(np.array([[0, 9]]), nothing) == (0, 1, 0, 0)


def test_joined_repetitions_are_where_their_spans_say(find_repetitions):
    # In the first repetition all keypoints are at 0 .. 1, in the second at 1 .. 2 etc.
    repetitions = [
        np.tile(np.linspace(i, i + 1, 80, dtype=np.float32)[:, None, None], (1, 17, 3))
        for i in range(4)
    ]
    for seed in range(10):
        joined = find_repetitions.join(repetitions, np.random.default_rng(seed))
        height = joined.keypoints_world[:, 0, 0]
        assert (np.diff(height) >= -1e-6).all()
        ends = height[joined.spans]
        inner = joined.spans[(ends[:, 0] > 0.999) & (ends[:, 1] < 3.001)]
        np.testing.assert_allclose(height[inner[:, 0]], [1, 2], atol=1e-5)
        np.testing.assert_allclose(height[inner[:, 1]], [2, 3], atol=1e-5)
        lengths = inner[:, 1] - inner[:, 0] + 1
        assert ((lengths >= 49) & (lengths <= 134)).all()  # 80 / 1.6 and 80 / 0.6
