"""A pair of clips with features, and the samples of an evaluator."""

import numpy as np
import pytest

from mmposenorm.datasets.correspondence import CorrespondencePair


@pytest.fixture
def pair_of():
    """Return a function that makes a pair.

    Its source retains frames 0-9 and its target four of 20.
    """

    def make(pair_id='01', action='walk', matches=(0, 2, 7, 9), single=(1, 1, 0, 1)):
        return CorrespondencePair(
            pair_id=pair_id,
            action=action,
            source_view='left',
            target_view='right',
            num_frames=20,
            source_ids=np.arange(10),
            target_ids=np.array([0, 2, 7, 9]),
            matches=np.array(matches),
            has_single_match=np.array(single, dtype=bool),
        )

    return make


@pytest.fixture
def features_at():
    """Return a function that places features on a line, (frames, 2)."""

    def place(*positions):
        line = np.array(positions, dtype=np.float32)
        return np.stack([line, np.zeros_like(line)], axis=1)

    return place


@pytest.fixture
def source(features_at):
    """Features of a source of ten frames."""
    return features_at(*range(10))


@pytest.fixture
def target(features_at):
    """Features nearest to source frames 0, 2, 1 and 9: errors 0, 0, 6 and 0."""
    return features_at(0.2, 2.0, 1.4, 12.0)
