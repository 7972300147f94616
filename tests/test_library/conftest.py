import numpy as np
import pytest
from tiny_weights import NORMALIZER, tiny_weights

from mmposenorm import PoseNormInferencer
from mmposenorm.library import PoseLibrary

RETRIEVAL = {
    'type': 'RetrievalEmbedder',
    'encoder': {'type': 'TemporalConvEncoder', 'channels': 24, 'dilations': [1, 2]},
    'loss': {'type': 'RetrievalLoss'},
    'normalizer': NORMALIZER,
    'feature_size': 8,
}


@pytest.fixture(scope='session')
def inferencer(tmp_path_factory):
    """Return an inferencer whose features come straight from keypoints."""
    path = tmp_path_factory.mktemp('weights') / 'tiny.pth'
    return PoseNormInferencer(checkpoint=tiny_weights(path, RETRIEVAL), device='cpu')


@pytest.fixture
def library(tmp_path, inferencer):
    """Return an empty library."""
    return PoseLibrary.open(tmp_path / 'library', inferencer, create=True)


@pytest.fixture(scope='session')
def walk():
    """Return a function that makes up the keypoints of somebody, (T, 17, 2)."""

    def make(seed, frames=60):
        rng = np.random.default_rng(seed)
        body = rng.uniform(100, 300, (17, 2))
        steps = rng.normal(0, 5, (frames, 17, 2)).cumsum(axis=0)
        return (body + steps).astype(np.float32)

    return make
