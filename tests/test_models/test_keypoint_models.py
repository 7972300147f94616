import numpy as np
import pytest
import torch
from tiny_weights import EMBEDDER, tiny_weights

from mmposenorm import PoseNormInferencer
from mmposenorm.models import InferredPoses, InputPoses
from mmposenorm.registry import MODELS


@pytest.fixture
def batch():
    """Two clips of 2D keypoints, and what describes them."""
    generator = torch.Generator().manual_seed(0)
    keypoints = 200 + 50 * torch.randn(2, 9, 17, 2, generator=generator)
    inputs = {'keypoints': keypoints, 'keypoints_visible': torch.ones(2, 9, 17)}
    described = {'clip_id': ['a', 'b'], 'action': ['clap', 'wave']}
    return inputs, described | {'fps': torch.tensor([30.0, 50.0], dtype=torch.float64)}


def test_inferred_poses_are_those_that_users_get(batch, tmp_path):
    weights = tiny_weights(tmp_path / 'tiny.pth', EMBEDDER)
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


def test_the_input_is_handed_on(batch):
    inputs, described = batch
    labels = {'keypoint_labels': inputs['keypoints']}
    samples = InputPoses()(labels, described, mode='predict')
    torch.testing.assert_close(
        samples[1].pred_instances.keypoint_labels, inputs['keypoints'][1]
    )
    assert samples[1].metainfo['clip_id'] == 'b'


def test_lifters_predict_without_ground_truth(batch):
    model = MODELS.build(
        {
            'type': 'LiftedPoseNormalizer',
            'lifter': {'type': 'SemGCN', 'channels': 8, 'num_blocks': 1},
        }
    ).eval()
    inputs, described = batch
    inputs['keypoint_labels'] = inputs['keypoints'] / 200 - 1
    samples = model(inputs, described, mode='predict')
    assert samples[0].pred_instances.normalized_poses.shape == (9, 17, 3)
    assert not samples[0].gt_instances.keys()


@pytest.mark.parametrize('mode', ['loss', 'tensor'])
def test_there_is_nothing_to_train(batch, mode, tmp_path):
    weights = tiny_weights(tmp_path / 'tiny.pth', EMBEDDER)
    for model in (InputPoses(), InferredPoses(checkpoint=str(weights))):
        with pytest.raises(ValueError, match='can be tested, not trained'):
            model(*batch, mode=mode)
