import dataclasses

import numpy as np
import pytest

from mmposenorm.alignment import align


@pytest.fixture
def alignment():
    """Frames at 0 and 9 of a line, matched with frames at 0.25, 0.5 and 9."""
    return align(np.array([[0.0], [9.0]]), np.array([[0.25], [0.5], [9.0]]))


def test_the_mean_distance_is_that_of_the_pairs(alignment):
    assert alignment.mean_distance == pytest.approx((0.25 + 0.5 + 0) / 3)
    assert isinstance(alignment.mean_distance, float)


def test_a_result_is_printed_without_its_arrays(alignment):
    assert repr(alignment) == "Alignment(mode='dtw', distance=0.75, mirrored=False)"


def test_a_result_cannot_be_changed(alignment):
    with pytest.raises(dataclasses.FrozenInstanceError):
        alignment.distance = 0.0
