import os

import numpy as np
import pytest

from mmposenorm.keypoints.layouts import LAYOUTS
from mmposenorm.keypoints.readers import read_keypoints

COCO = LAYOUTS['coco'].joint_names
METADATA = {
    'layout_name': 'coco',
    'num_joints': 17,
    'keypoints_symmetry': [[1, 3, 5], [2, 4, 6]],
    'video_metadata': {'clip.mp4': {'w': 1000, 'h': 1002}},
}


@pytest.fixture
def write(tmp_path):
    def save(positions, metadata=METADATA):
        path = tmp_path / 'data_2d_custom_myvideos.npz'
        np.savez_compressed(path, positions_2d=positions, metadata=metadata)
        return path

    return save


def test_a_custom_data_set_of_one_video(write, body, check):
    clip = np.stack([body(COCO, dx=dx) for dx in (0, 2)]).astype('float32')
    people = read_keypoints(write({'clip.mp4': {'custom': [clip]}}))
    assert people.source.startswith('VideoPose3D npz')
    assert (people.layout, people.image_size) == ('coco', (1000, 1002))
    check(people, 1, clip[1], 1)


def test_several_videos_are_refused(write):
    clips = {name: {'custom': [np.ones((2, 17, 2))]} for name in ('a.mp4', 'b.mp4')}
    with pytest.raises(ValueError, match=r'holds 2 clips of a\.mp4, b\.mp4'):
        read_keypoints(write(clips))


def test_another_layout_is_refused(write):
    clip = {'a.mp4': {'custom': [np.ones((2, 15, 2))]}}
    with pytest.raises(ValueError, match='its layout is humaneva15'):
        read_keypoints(write(clip, METADATA | {'layout_name': 'humaneva15'}))


class Program:
    """What a pickle of an attacker holds: a call."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_a_pickle_that_runs_a_program_is_refused(write, tmp_path):
    with pytest.raises(ValueError, match='pickle of other things than numbers'):
        read_keypoints(write({'clip.mp4': Program(tmp_path / 'made')}))
    assert not (tmp_path / 'made').exists()
