import warnings

import numpy as np
import pytest
import torch
from mmengine.registry import DATASETS

from mmposenorm.datasets import H36MClips
from mmposenorm.datasets.mmpose_clips import MMPoseToClip
from mmposenorm.datasets.synthetic import write_synthetic_h36m

FILES = {
    'ann_file': 'annotation_body3d/fps50/h36m_train.npz',
    'camera_param_file': 'annotation_body3d/cameras.pkl',
}


@pytest.fixture(scope='module')
def data_root(tmp_path_factory):
    folder = tmp_path_factory.mktemp('h36m')
    write_synthetic_h36m(folder, num_frames=40)
    return folder


def mmpose_dataset(data_root, **options):
    with warnings.catch_warnings():
        # It looks for the names of the joints in our folder first, and says so.
        warnings.simplefilter('ignore')
        return DATASETS.build(
            {
                'type': 'mmpose.Human36mDataset',
                'data_root': str(data_root),
                'seq_len': 1,
                'multiple_target': 40,
                **FILES,
                **options,
            }
        )


def test_samples_of_mmpose_become_our_clips_of_the_same_files(data_root):
    theirs = [MMPoseToClip()(sample) for sample in mmpose_dataset(data_root)]
    ours = [clip.to_sample('original') for clip in H36MClips(data_root, **FILES).clips]
    assert len(theirs) == len(ours) == 16  # 4 videos by 4 cameras
    for their, our in zip(theirs, ours, strict=True):
        assert their['clip_id'] == f'{our["clip_id"]}[1]'
        for key in ('subject', 'action', 'view', 'variant', 'fps'):
            assert their[key] == our[key]
        for key in ('keypoints_world', 'keypoints', 'keypoints_visible'):
            np.testing.assert_allclose(their[key], our[key], atol=1e-6)
        torch.testing.assert_close(their['camera'], our['camera'])


def test_a_window_around_one_frame_is_refused(data_root):
    options = {'seq_len': 27, 'multiple_target': 0, 'causal': False}
    sample = mmpose_dataset(data_root, **options)[0]
    with pytest.raises(ValueError, match='27 frames of keypoints and 1 of lifting'):
        MMPoseToClip()(sample)


def test_a_data_set_without_cameras_is_refused(data_root):
    sample = mmpose_dataset(data_root, camera_param_file=None)[0]
    with pytest.raises(ValueError, match=r'Set dataset\.camera_param_file'):
        MMPoseToClip()(sample)
