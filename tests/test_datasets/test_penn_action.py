import numpy as np
import pytest
from scipy.io import loadmat, savemat

from mmposenorm.datasets import PennAction
from mmposenorm.datasets.penn_action import read_penn_label
from mmposenorm.datasets.synthetic import write_synthetic_penn_action
from mmposenorm.registry import DATASETS
from mmposenorm.skeletons import H36M_KEYPOINTS


@pytest.fixture
def penn_action(tmp_path):
    """A folder with six made-up clips of two actions."""
    write_synthetic_penn_action(tmp_path, 3, num_frames=12, actions=('bowl', 'squat'))
    return tmp_path


@pytest.fixture
def label(penn_action):
    """The fields of a label file, to be damaged."""
    fields = loadmat(penn_action / 'labels' / '0001.mat')
    return {key: value for key, value in fields.items() if not key.startswith('__')}


def test_the_official_split_is_kept(penn_action):
    train, test, both = (
        [clip.clip_id for clip in PennAction(penn_action, split).clips]
        for split in ('train', 'test', 'all')
    )
    assert train == ['0001', '0003', '0004', '0006']
    assert test == ['0002', '0005']
    assert sorted(train + test) == both
    splits = PennAction(penn_action, 'all').metainfo['splits']
    assert splits['0001'] == 'train'
    assert splits['0002'] == 'test'


def test_a_clip_has_all_that_the_file_says(penn_action, label):
    dataset = DATASETS.build({'type': 'PennAction', 'data_root': str(penn_action)})
    sample = dataset[0]
    assert (sample['clip_id'], sample['action']) == ('0001', 'bowl')
    assert sample['image_size'] == (480, 270)
    np.testing.assert_array_equal(sample['camera']['center'], (240, 135))
    left_wrist, right_hip = 13, 1
    seen = label['visibility'][:, [5, 8]] > 0
    for column, joint in enumerate((left_wrist, right_hip)):
        frames = seen[:, column]
        own = (5, 8)[column]
        np.testing.assert_array_equal(
            sample['keypoints_visible'][:, joint], frames.astype(np.float32)
        )
        expected = np.stack([label['x'][:, own], label['y'][:, own]], axis=1)
        np.testing.assert_allclose(
            sample['keypoints'][frames, joint], expected[frames], rtol=1e-6
        )


def test_coordinates_of_what_is_invisible_never_get_in(penn_action, label):
    clip = read_penn_label(penn_action / 'labels' / '0001.mat')
    assert 0 < (label['visibility'] == 0).mean() < 0.5
    label['x'][label['visibility'] == 0] = 1e6
    label['y'][label['visibility'] == 0] = np.nan
    savemat(penn_action / 'junk.mat', label)
    other = read_penn_label(penn_action / 'junk.mat')
    np.testing.assert_array_equal(other.keypoints, clip.keypoints)
    assert not clip.keypoints[clip.keypoints_visible == 0].any()


def test_root_and_thorax_are_seen_where_both_sides_are(penn_action, label):
    clip = read_penn_label(penn_action / 'labels' / '0001.mat')
    seen = dict(zip(H36M_KEYPOINTS, clip.keypoints_visible.T, strict=True))
    np.testing.assert_array_equal(seen['root'], label['visibility'][:, 7:9].all(1))
    np.testing.assert_array_equal(seen['thorax'], label['visibility'][:, 1:3].all(1))
    assert not seen['spine'].any()
    assert not seen['neck_base'].any()


def test_the_frames_are_those_of_the_coordinates_not_of_one_byte(tmp_path):
    write_synthetic_penn_action(tmp_path, 1, num_frames=300, actions=('bowl',))
    file = tmp_path / 'labels' / '0001.mat'
    assert loadmat(file)['nframes'] == 300 - 256
    assert len(read_penn_label(file).keypoints) == 300


def test_whole_pixels_may_come_as_bytes(penn_action, label):
    for key in ('x', 'y'):
        label[key] = label[key].clip(0, 255).astype(np.uint8)
    savemat(penn_action / 'bytes.mat', label)
    clip = read_penn_label(penn_action / 'bytes.mat')
    assert clip.keypoints.dtype == np.float32
    seen = label['visibility'][:, 0] > 0
    np.testing.assert_array_equal(clip.keypoints[seen, 10, 0], label['x'][seen, 0])


def test_a_clip_of_one_frame_is_a_clip(penn_action, label):
    for key in ('x', 'y', 'visibility'):
        label[key] = label[key][:1]
    savemat(penn_action / 'one.mat', label)
    assert read_penn_label(penn_action / 'one.mat').keypoints.shape == (1, 17, 2)


def test_a_clip_in_which_nobody_is_seen_stays(penn_action, label):
    label['visibility'][:] = 0
    savemat(penn_action / 'nobody.mat', label)
    clip = read_penn_label(penn_action / 'nobody.mat')
    assert len(clip.keypoints) == 12
    assert not clip.keypoints_visible.any()


@pytest.mark.parametrize('field', ['action', 'x', 'visibility', 'train', 'dimensions'])
def test_a_missing_field_is_named(penn_action, label, field):
    del label[field]
    savemat(penn_action / 'bad.mat', label)
    with pytest.raises(ValueError, match=f'bad.mat lacks {field}; expected'):
        read_penn_label(penn_action / 'bad.mat')


def test_fields_of_other_lengths_are_refused(penn_action, label):
    label['y'] = label['y'][:-1]
    savemat(penn_action / 'bad.mat', label)
    with pytest.raises(ValueError, match=r'\(12, 13\), \(11, 13\) and \(12, 13\)'):
        read_penn_label(penn_action / 'bad.mat')


def test_coordinates_that_are_no_numbers_are_refused_where_visible(penn_action, label):
    label['visibility'][3, 0] = 1
    label['x'][3, 0] = np.nan
    savemat(penn_action / 'bad.mat', label)
    with pytest.raises(ValueError, match=r'bad\.mat: keypoints of frame 3, joint head'):
        read_penn_label(penn_action / 'bad.mat')


def test_another_split_mark_is_refused(penn_action, label):
    label['train'] = 0
    savemat(penn_action / 'bad.mat', label)
    with pytest.raises(ValueError, match='train = 0; expected 1 or -1'):
        read_penn_label(penn_action / 'bad.mat')


@pytest.mark.parametrize('size', [0, 1e-40, np.nan])
def test_images_of_no_pixel_are_refused(penn_action, label, size):
    fields = {**label, 'dimensions': np.array([[size, 480, 12]])}
    savemat(penn_action / 'labels' / 'bad.mat', fields)
    with pytest.raises(ValueError, match=r'bad\.mat has images of .* at least one'):
        read_penn_label(penn_action / 'labels' / 'bad.mat')


def test_a_part_of_a_file_is_refused(penn_action):
    file = penn_action / 'labels' / '0001.mat'
    for size in (0, 60, 500):
        broken = penn_action / 'broken.mat'
        broken.write_bytes(file.read_bytes()[:size])
        with pytest.raises(ValueError, match=r'broken.mat is not a .mat file'):
            read_penn_label(broken)


def test_a_folder_without_labels_is_told(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'Penn_Action\.tar'):
        PennAction(tmp_path)
    with pytest.raises(ValueError, match="but is 'val'"):
        PennAction(tmp_path, split='val')


def test_a_split_without_clips_is_told(tmp_path):
    write_synthetic_penn_action(tmp_path, 1, num_frames=4)
    with pytest.raises(ValueError, match='PennAction has no clip'):
        PennAction(tmp_path, split='test')


@pytest.mark.data
def test_the_real_labels_are_as_we_know_them(shared_data):
    dataset = PennAction(shared_data / 'penn_action')
    assert len(dataset) == 1258
    assert len({clip.action for clip in dataset.clips}) == 15
    assert max(len(clip.keypoints) for clip in dataset.clips) == 657
    # 22 % of the 13 joints are invisible: the limbs' 12 of 17 here.
    limbs = [1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16]
    seen = np.mean([c.keypoints_visible[:, limbs].mean() for c in dataset.clips])
    assert 0.75 < seen < 0.8
    sizes = {clip.image_size for clip in dataset.clips}
    assert max(sizes) <= (640, 480)
