import json

import numpy as np
import pytest

from mmposenorm.datasets import MocapClips
from mmposenorm.datasets.synthetic import (
    write_synthetic_mocap,
    write_synthetic_mocap_sets,
)
from mmposenorm.skeletons import H36M_MIRRORED, H36M_PARENTS


@pytest.fixture
def clips(tmp_path):
    write_synthetic_mocap(tmp_path / 'train.npz', num_clips=3, num_frames=60, seed=7)
    return MocapClips(tmp_path / 'train.npz').clips


def test_people_have_constant_symmetric_bones(clips):
    for clip in clips:
        keypoints = clip.keypoints_world
        bones = keypoints[:, 1:] - keypoints[:, list(H36M_PARENTS[1:])]
        lengths = np.linalg.norm(bones, axis=-1)
        np.testing.assert_allclose(lengths, np.broadcast_to(lengths[0], (60, 16)), 1e-4)
        mirrored = np.append(0, lengths[0])[list(H36M_MIRRORED)][1:]
        np.testing.assert_allclose(lengths[0], mirrored, rtol=1e-4)


def test_people_stand_on_the_floor_and_move(clips):
    for clip in clips:
        keypoints = clip.keypoints_world
        assert keypoints[..., 1].min() == 0
        assert (keypoints[:, 10, 1] > keypoints[:, 0, 1]).all()
        assert np.linalg.norm(keypoints[-1, 0] - keypoints[0, 0]) > 0.3
        assert len(keypoints) == 60  # nothing was cut for being too fast


def test_clips_differ_and_the_seed_repeats_them(clips, tmp_path):
    assert np.abs(clips[0].keypoints_world - clips[1].keypoints_world).max() > 0.1
    write_synthetic_mocap(tmp_path / 'again.npz', num_clips=1, num_frames=60, seed=7)
    again = np.load(tmp_path / 'again.npz')['07_01']
    np.testing.assert_array_equal(again, clips[0].keypoints_world)


def test_a_second_file_keeps_the_entries_of_the_first(tmp_path):
    write_synthetic_mocap(tmp_path / 'train.npz', num_clips=2, num_frames=30, seed=1)
    write_synthetic_mocap(tmp_path / 'test.npz', num_clips=1, num_frames=30, seed=2)
    index = json.loads((tmp_path / 'index.json').read_text())
    splits = {entry['key']: entry['split'] for entry in index}
    assert splits == {'01_01': 'train', '01_02': 'train', '02_01': 'test'}


def test_the_index_beside_the_other_mocap_lists_every_clip(tmp_path):
    write_synthetic_mocap_sets(tmp_path, num_frames=30)
    files = sorted(tmp_path.glob('*/*.npz'))
    assert len(files) == 6
    dataset = MocapClips(files, index_file=tmp_path / 'mocap' / 'index.json')
    assert len(dataset) == 30 * (16 + 5 * 4)
