import numpy as np
import pytest
from tiny_weights import EMBEDDER, tiny_weights

from mmposenorm import PoseNormInferencer
from mmposenorm.models import InferredPoses
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


@pytest.mark.parametrize('mode', ['loss', 'tensor'])
def test_there_is_nothing_to_train(batch, mode, weights):
    with pytest.raises(ValueError, match='InferredPoses can be tested, not trained'):
        InferredPoses(checkpoint=str(weights))(*batch, mode=mode)
