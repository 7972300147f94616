import sys

import torch
from mmengine.structures import BaseDataElement
from mmpose.structures import PoseDataSample

from mmposenorm.geometry.normalization import normalize_pose
from mmposenorm.models.results import ground_truth, to_data_samples
from mmposenorm.skeletons import default_bone_lengths

BONE_LENGTHS = torch.from_numpy(default_bone_lengths()).float()


def test_each_clip_gets_its_own_rows_and_its_own_description():
    poses = torch.arange(2 * 3 * 17 * 3.0, requires_grad=True).reshape(2, 3, 17, 3)
    samples = to_data_samples(
        {'keypoints': poses}, {'lifting_target': poses + 1}, {'clip_id': ['a', 'b']}
    )
    assert [sample.clip_id for sample in samples] == ['a', 'b']
    for sample, clip in zip(samples, poses.detach(), strict=True):
        torch.testing.assert_close(sample.pred_instances.keypoints, clip)
        torch.testing.assert_close(sample.gt_instances.lifting_target, clip + 1)
        assert not sample.pred_instances.keypoints.requires_grad


def test_ground_truth_is_relative_to_the_root_and_normalized():
    target = torch.randn(2, 3, 17, 3) + 4
    truth = ground_truth({'lifting_target': target}, BONE_LENGTHS)
    relative = target - target[:, :, :1]
    torch.testing.assert_close(truth['lifting_target'], relative)
    torch.testing.assert_close(
        truth['normalized_poses'], normalize_pose(relative, BONE_LENGTHS)
    )
    assert truth['lifting_target_visible'].shape == (2, 3, 17)
    assert ground_truth({'keypoints': target}, BONE_LENGTHS) == {}


def test_mixed_precision_does_not_round_the_ground_truth():
    inputs = {'lifting_target': torch.randn(2, 3, 17, 3)}
    expected = ground_truth(inputs, BONE_LENGTHS)
    with torch.autocast('cpu', torch.bfloat16):
        truth = ground_truth(inputs, BONE_LENGTHS)
    torch.testing.assert_close(truth, expected, rtol=0, atol=0)


def test_samples_have_the_same_fields_where_mmpose_is_not_installed(monkeypatch):
    batch = ({'keypoints': torch.rand(1, 3, 17, 3)}, {}, {'clip_id': ['a']})
    assert isinstance(to_data_samples(*batch)[0], PoseDataSample)
    monkeypatch.setitem(sys.modules, 'mmpose', None)
    (sample,) = to_data_samples(*batch)
    assert type(sample) is BaseDataElement
    assert sample.clip_id == 'a'
    torch.testing.assert_close(
        sample.pred_instances.keypoints, batch[0]['keypoints'][0]
    )
