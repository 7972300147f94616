import numpy as np
import pytest
from tiny_weights import EMBEDDER, NORMALIZER, tiny_weights

from mmposenorm import PoseNormInferencer
from mmposenorm.models import InferredFeatures, InferredPoses
from mmposenorm.registry import MODELS


@pytest.fixture(scope='module')
def weights(tmp_path_factory):
    return tiny_weights(tmp_path_factory.mktemp('weights') / 'tiny.pth', EMBEDDER)


def test_inferred_poses_are_those_that_users_get(batch, weights):
    model = MODELS.build({'type': 'InferredPoses', 'checkpoint': str(weights)})
    inputs, described = batch
    inputs['keypoints_visible'][0, :3, 5] = 0
    samples = model(inputs, described, mode='predict')
    inferencer = PoseNormInferencer(checkpoint=weights)
    for i, fps in enumerate((30, 50)):
        result = inferencer(
            inputs['keypoints'][i].numpy(), inputs['keypoints_visible'][i], fps=fps
        )
        predicted = samples[i].pred_instances
        for name, expected in (
            ('pose_features', result.pose_features),
            ('normalized_poses', result.normalized_poses),
            ('body_up', result.body_up),
        ):
            np.testing.assert_array_equal(predicted[name], expected)
        assert samples[i].metainfo['action'] == ('clap', 'wave')[i]


RETRIEVER = {
    'type': 'RetrievalEmbedder',
    'encoder': NORMALIZER['encoder'],
    'loss': {'type': 'RetrievalLoss'},
    'normalizer': NORMALIZER,
}


@pytest.mark.parametrize('config', [EMBEDDER, RETRIEVER])
def test_features_alone_are_those_of_the_whole_inference(batch, tmp_path, config):
    weights = str(tiny_weights(tmp_path / 'weights.pth', config))
    inputs, described = batch
    inputs['keypoints_visible'][0, :3, 5] = 0
    alone, whole = (
        kind(checkpoint=weights)(inputs, described, mode='predict')
        for kind in (InferredFeatures, InferredPoses)
    )
    for i in range(2):
        assert alone[i].pred_instances.keys() == ['pose_features']
        np.testing.assert_allclose(
            alone[i].pred_instances.pose_features,
            whole[i].pred_instances.pose_features,
            atol=1e-5,
        )
        assert alone[i].metainfo['action'] == ('clap', 'wave')[i]


@pytest.mark.parametrize('mode', ['loss', 'tensor'])
def test_there_is_nothing_to_train(batch, mode, weights):
    with pytest.raises(ValueError, match='InferredPoses can be tested, not trained'):
        InferredPoses(checkpoint=str(weights))(*batch, mode=mode)
    with pytest.raises(ValueError, match='InferredFeatures can be tested, not'):
        InferredFeatures(checkpoint=str(weights))(*batch, mode=mode)
