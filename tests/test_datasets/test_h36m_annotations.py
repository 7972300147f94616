import pickle

import numpy as np
import pytest
import torch

from mmposenorm.datasets.h36m_annotations import (
    Y_UP,
    convert_camera,
    find_sequences,
    load_annotations,
    load_cameras,
    to_world,
)
from mmposenorm.geometry.cameras import world_to_camera

CAMERA = {
    'R': np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]]),  # level, looking along +y
    'T': np.array([[1], [2], [3]]),
    'f': np.array([[1145], [1144]]),
    'c': np.array([[512], [515]]),
    'k': np.array([[-0.2], [0.24], [-0.002]]),
    'p': np.array([[-0.001], [-0.0015]]),
}


def image_names(video, frames):
    return np.array([f'S1/{video}/{video}_{frame:06d}.jpg' for frame in frames])


def test_the_y_up_world_is_a_turn_that_puts_z_up():
    np.testing.assert_array_equal(Y_UP @ (1, 2, 3), (1, 3, -2))
    assert np.linalg.det(Y_UP) == 1


def test_a_camera_keeps_its_place_in_the_turned_world():
    ours = convert_camera(CAMERA)
    position = -ours['rotation'].T @ ours['translation']
    torch.testing.assert_close(position, torch.tensor([1.0, 3, -2]))
    # What was along +y is along -z, with right at +x and down at -y.
    expected = torch.tensor([[1.0, 0, 0], [0, -1, 0], [0, 0, -1]])
    torch.testing.assert_close(ours['rotation'], expected)
    assert ours['radial'].tolist() == pytest.approx([-0.2, 0.24, -0.002])
    assert ours['tangential'].tolist() == pytest.approx([-0.001, -0.0015])


def test_frames_are_sorted_into_videos_and_cut_at_gaps():
    walk, sit = 'S1_Walking_1.54138969', 'S1_Sitting.55011271'
    names = np.concatenate(
        [image_names(walk, [3, 2, 1, 7, 6]), image_names(sit, [1, 2])]
    )
    sequences = find_sequences(names)
    found = [(s.action, s.camera, s.rows.tolist(), s.fps) for s in sequences]
    assert found == [
        ('Sitting', '55011271', [5, 6], 50),
        ('Walking_1', '54138969', [2, 1, 0], 50),
        ('Walking_1', '54138969', [4, 3], 50),
    ]


def test_every_fifth_frame_is_10_fps_without_gaps():
    [sequence] = find_sequences(image_names('S1_Walking.54138969', [1, 6, 11]))
    assert sequence.fps == 10
    assert sequence.frames.tolist() == [1, 6, 11]


def test_a_strange_image_name_is_refused():
    with pytest.raises(
        ValueError, match=r"imgname contains 'frame1\.jpg'; expected names"
    ):
        find_sequences(np.array(['frame1.jpg']))


def test_a_point_in_the_world_by_hand():
    # 5 m ahead of the camera and 1 m to its right: from (1, 2, 3) along +y and +x,
    # which is (2, 7, 3) with z up and (2, 3, -7) with y up.
    np.testing.assert_allclose(to_world(np.array([1.0, 0, 5]), CAMERA), (2, 3, -7))


def test_from_the_camera_to_the_world_and_back():
    points = np.random.default_rng(0).normal(size=(4, 17, 3))
    world = torch.from_numpy(to_world(points, CAMERA))
    back = world_to_camera(world, convert_camera(CAMERA))
    np.testing.assert_allclose(back, points, atol=1e-5)


def test_cameras_are_read(tmp_path):
    file = tmp_path / 'cameras.pkl'
    file.write_bytes(pickle.dumps({('S1', '54138969'): CAMERA}))
    assert list(load_cameras(file, tmp_path)) == [('S1', '54138969')]


def test_an_annotation_without_all_arrays_is_refused(tmp_path):
    np.savez(tmp_path / 'train.npz', imgname=np.array(['a']), S=np.zeros((1, 17, 4)))
    with pytest.raises(ValueError, match=r"lacks \['part'\]; expected mmpose's"):
        load_annotations(tmp_path / 'train.npz', tmp_path)


def test_an_annotation_becomes_float32(tmp_path):
    arrays = {'part': np.ones((1, 17, 3)), 'S': np.ones((1, 17, 4))}
    np.savez(tmp_path / 'train.npz', imgname=np.array(['a']), **arrays)
    data = load_annotations(tmp_path / 'train.npz', tmp_path)
    assert data['part'].dtype == data['S'].dtype == np.float32
