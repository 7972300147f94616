import pytest
import torch
from mmengine.dataset import default_collate
from mmengine.registry import DefaultScope

from mmposenorm.datasets.mocap_clips import MocapClips
from mmposenorm.datasets.synthetic import write_synthetic_mocap
from mmposenorm.geometry.normalization import normalize_keypoints_3d
from mmposenorm.registry import MODELS

PREPROCESSOR = {
    'type': 'PoseClipPreprocessor',
    'test_transforms': [{'type': 'ViewClip'}, {'type': 'NormalizeKeypoints'}],
}


@pytest.fixture
def dataset(tmp_path):
    write_synthetic_mocap(tmp_path / 'mocap.npz', num_clips=1, num_frames=40)
    pipeline = [{'type': 'PackPoseClip'}]
    return MocapClips(tmp_path / 'mocap.npz', test_mode=True, pipeline=pipeline)


def build(config):
    with DefaultScope.overwrite_default_scope('mmposenorm'):
        return MODELS.build(config | {'data_preprocessor': PREPROCESSOR}).eval()


def test_the_truth_is_the_same_from_every_view(dataset):
    model = build({'type': 'TruePoses'})
    poses = []
    for index in range(2):
        batch = model.data_preprocessor(default_collate([dataset[index]]))
        (sample,) = model(**batch, mode='predict')
        assert sample.pred_instances.keypoint_labels.shape == (40, 17, 2)
        poses.append(sample.pred_instances.normalized_poses)
    truth = normalize_keypoints_3d(dataset.clips[0].keypoints_world)
    for pose in poses:
        torch.testing.assert_close(pose, torch.from_numpy(truth), rtol=0, atol=1e-5)
    with pytest.raises(ValueError, match="not trained, but mode is 'loss'"):
        model(**batch, mode='loss')
