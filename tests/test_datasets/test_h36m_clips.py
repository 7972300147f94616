import pickle
from itertools import pairwise

import numpy as np
import pytest
import torch

from mmposenorm.datasets import H36MClips
from mmposenorm.datasets.h36m_annotations import FRONTAL_CAMERAS
from mmposenorm.datasets.synthetic import H36M_CAMERAS, write_synthetic_h36m
from mmposenorm.geometry.cameras import project, world_to_camera
from mmposenorm.transforms.clips import collate_clips

TEST_FILE = 'annotation_body3d/fps50/h36m_test.npz'


@pytest.fixture(scope='module')
def data_root(tmp_path_factory):
    folder = tmp_path_factory.mktemp('h36m')
    write_synthetic_h36m(folder, num_frames=40)
    return folder


@pytest.fixture
def edit(tmp_path):
    """Return a function that writes a data set with one array replaced."""
    write_synthetic_h36m(tmp_path, num_frames=30)

    def replace(**changes):
        file = tmp_path / TEST_FILE
        with np.load(file) as arrays:
            np.savez(file, **{**arrays, **changes})
        return tmp_path

    return replace


def projected(sample):
    in_camera = world_to_camera(
        torch.from_numpy(sample['keypoints_world']), sample['camera']
    )
    return project(in_camera, sample['camera']).numpy()


def test_cameras_and_positions_reproduce_the_annotated_2d(data_root):
    data = H36MClips(data_root, test_mode=True)
    assert len(data) == 4 * 4
    for i in range(len(data)):
        sample = data[i]
        np.testing.assert_allclose(projected(sample), sample['keypoints'], atol=1e-2)
        assert sample['keypoints_world'].dtype == np.float32
        # Feet on the floor, head above the hips.
        assert sample['keypoints_world'][..., 1].min() == pytest.approx(0, abs=1e-4)
        assert (sample['keypoints_world'][:, 10, 1] > 1).all()


def test_views_of_a_motion_share_id_and_world(data_root):
    data = H36MClips(data_root, test_mode=True, cameras=FRONTAL_CAMERAS)
    assert len(data.clips) == 8
    for one, other in list(pairwise(data.clips))[::2]:
        assert one.clip_id == other.clip_id
        assert (one.view, other.view) == FRONTAL_CAMERAS
        np.testing.assert_allclose(
            one.keypoints_world, other.keypoints_world, atol=1e-5
        )


def test_only_the_damaged_directions_of_s11_are_left_out(data_root):
    def videos(**options):
        data = H36MClips(data_root, TEST_FILE, test_mode=True, **options)
        return sorted({clip.clip_id for clip in data.clips})

    assert videos() == ['S11_Directions_1', 'S9_Greeting', 'S9_Walking']
    assert videos(subjects=('S11',)) == ['S11_Directions_1']
    data = H36MClips(data_root, TEST_FILE, subjects=('S11',))
    assert data.clips[0].action == 'Directions'


def test_detections_replace_the_annotated_2d(data_root):
    file = 'joint_2d_det_files/synthetic_train.npy'
    sample = H36MClips(data_root, keypoint_2d_det_file=file, test_mode=True)[0]
    error = np.linalg.norm(projected(sample) - sample['keypoints'], axis=-1).mean()
    # The mean length of a 2D vector of normal deviates is sqrt(pi / 2) sigma.
    assert error == pytest.approx(3 * np.sqrt(np.pi / 2), rel=0.1)
    assert sample['keypoints_visible'].min() < 0.6


def test_a_scaled_body_comes_without_the_2d_of_the_original(data_root):
    data = H36MClips(data_root, test_mode=True, variants=('bone_scaled',))
    assert 'keypoints' not in data[0]
    assert 'camera' in data[0]


def test_windows_carry_camera_and_2d(data_root):
    pipeline = [{'type': 'RandomClip', 'length': 9}, {'type': 'PackPoseClip'}]
    item = H36MClips(data_root, pipeline=pipeline)[20]
    inputs = collate_clips([item])['inputs']
    assert inputs['keypoints'].shape == (1, 9, 17, 2)
    np.testing.assert_allclose(
        project(
            world_to_camera(inputs['keypoints_world'], inputs['camera']),
            inputs['camera'],
        ),
        inputs['keypoints'],
        atol=1e-2,
    )


def test_the_real_sample_is_reproduced_to_a_hundredth_of_a_pixel(shared_data):
    data = H36MClips(
        shared_data / 'h36m_sample',
        ann_file='test_h36m_body3d.npz',
        camera_param_file='cameras.pkl',
        test_mode=True,
        min_frames=1,
    )
    assert [clip.clip_id for clip in data.clips] == [
        'S1_Directions_1',
        'S5_SittingDown',
        'S7_Greeting',
        'S8_WalkDog_1',
    ]
    for i in range(4):
        sample = data[i]
        np.testing.assert_allclose(projected(sample), sample['keypoints'], atol=1e-2)


def test_missing_data_is_explained_in_one_sentence(tmp_path):
    with pytest.raises(FileNotFoundError) as error:
        H36MClips(tmp_path)
    message = str(error.value)
    for word in ('download', 'vision.imar.ro', 'tools/dataset_converters/h36m.py'):
        assert word in message
    assert str(tmp_path) in message
    assert '. ' not in message


def test_a_missing_camera_is_named(edit):
    data_root = edit()
    file = data_root / 'annotation_body3d' / 'cameras.pkl'
    cameras = pickle.loads(file.read_bytes())
    del cameras['S9', H36M_CAMERAS[2]]
    file.write_bytes(pickle.dumps(cameras))
    with pytest.raises(ValueError, match='has no camera 58860488 of subject S9'):
        H36MClips(data_root, TEST_FILE)
    assert len(H36MClips(data_root, TEST_FILE, cameras=FRONTAL_CAMERAS).clips) == 6


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        (
            {'S': np.zeros((480, 16, 4))},
            r'S of .* has shape \(480, 16, 4\); expected \(',
        ),
        ({'part': np.full((480, 17, 3), np.nan)}, 'part of .* contains NaN'),
        ({'imgname': np.array(['a'] * 479)}, r'expected \(479, 17, 3\), one row for'),
    ],
)
def test_arrays_that_do_not_fit_are_refused(edit, changes, message):
    with pytest.raises(ValueError, match=message):
        H36MClips(edit(**changes), TEST_FILE)


def cameras(**changes):
    """Pickle a camera with other values."""
    good = {'R': np.eye(3), 'T': [0, 0, 1], 'f': [1, 1], 'c': [1, 1], 'p': [0, 0]}
    return pickle.dumps({('S9', '54138969'): good | {'k': [0, 0, 0]} | changes})


@pytest.mark.parametrize(
    'content',
    [
        b'no pickle',
        b'',
        pickle.dumps([1]),
        pickle.dumps({('S9', '54138969'): {'R': 1}}),
        pickle.dumps({('S9', '54138969'): dict.fromkeys('RTfckp', 'text')}),
        cameras(R=np.zeros((3, 3))),
        cameras(f=[0, 1]),
        cameras(T=[np.nan, 0, 0]),
    ],
)
def test_other_cameras_are_refused(edit, content):
    data_root = edit()
    (data_root / 'annotation_body3d' / 'cameras.pkl').write_bytes(content)
    with pytest.raises(ValueError, match=r'cameras\.pkl must be a pickled dict'):
        H36MClips(data_root, TEST_FILE)


def test_a_damaged_file_of_detections_is_refused(data_root, tmp_path):
    (tmp_path / 'detections.npy').write_bytes(b'no npy')
    with pytest.raises(
        ValueError, match=r'detections\.npy is not an npy file of numbers'
    ):
        H36MClips(data_root, keypoint_2d_det_file=str(tmp_path / 'detections.npy'))


def test_missing_detections_are_named(data_root):
    with pytest.raises(FileNotFoundError, match=r'none\.npy not found \(keypoint_2d'):
        H36MClips(data_root, keypoint_2d_det_file='none.npy')
