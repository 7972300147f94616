"""What cannot be a person, a time or a camera is refused in a sentence.

Each case says which function refuses it, and in which words.
"""

import pickle

import numpy as np
import pytest

from mmposenorm import align, normalize_keypoints_3d
from mmposenorm.datasets import MocapClips
from mmposenorm.datasets.h36m_annotations import load_cameras
from mmposenorm.datasets.synthetic import write_synthetic_mocap
from mmposenorm.inference import _read_clip
from mmposenorm.keypoints import People, save_people
from mmposenorm.keypoints.people import frame_people

FRAMES = 12
RNG = np.random.default_rng(0)
BODY = RNG.uniform(100, 400, (17, 2)) + RNG.normal(size=(FRAMES, 17, 2))
POSES = RNG.normal(size=(FRAMES, 17, 3))
SEEN = np.ones((FRAMES, 17))
CAMERA = {
    'R': np.eye(3),
    'T': np.zeros((3, 1)),
    'f': np.full((2, 1), 1000.0),
    'c': np.full((2, 1), 500.0),
    'k': np.zeros((3, 1)),
    'p': np.zeros((2, 1)),
}
NO_NUMBERS = {
    'complex': lambda values: values.astype(complex),
    'boolean': lambda values: np.ones(values.shape, bool),
    'dates': lambda values: np.zeros(values.shape, 'M8[s]'),
    'objects': lambda values: values.astype(object),
    'text': lambda values: values.astype(str),
}
CHANGES = {
    'zero': lambda values: values * 0,
    'equal': lambda values: values * 0 + 7,
    'nan': lambda values: values * np.nan,
    'inf': lambda values: values + np.inf,
    **NO_NUMBERS,
}


def refused(words, call, *arguments, **named):
    with pytest.raises(ValueError, match=words):
        call(*arguments, **named)


@pytest.mark.parametrize(
    ('name', 'words'),
    [
        ('zero', 'No keypoint was seen in any frame'),
        ('equal', 'All joints lie at the same point'),
        ('nan', 'All positions in keypoints are NaN or infinite'),
        ('inf', 'All positions in keypoints are NaN or infinite'),
        ('complex', 'must be an array of numbers'),
        ('boolean', 'All joints lie at the same point'),
        ('dates', 'must be an array of numbers'),
        ('objects', 'must be an array of numbers'),
        ('text', 'must be an array of numbers'),
    ],
)
def test_keypoints(name, words):
    refused(words, _read_clip, CHANGES[name](BODY), SEEN, 'coco', 30)


@pytest.mark.parametrize(
    ('name', 'words'),
    [
        ('zero', 'No keypoint was seen in any frame'),
        ('equal', 'must lie between 0 and 1'),
        ('nan', 'visible holds NaN'),
        ('inf', 'must lie between 0 and 1'),
        ('complex', 'must be an array of numbers'),
        ('dates', 'must be an array of numbers'),
        ('objects', 'must be an array of numbers'),
        ('text', 'must be an array of numbers'),
    ],
)
def test_scores(name, words):
    refused(words, _read_clip, BODY, CHANGES[name](SEEN), 'coco', 30)


@pytest.mark.parametrize(
    'fps', [0, -1, float('nan'), float('inf'), 1e300, True, 'fast', 5j]
)
def test_rates(fps):
    refused('fps must be between 1 and 1000', _read_clip, BODY, SEEN, 'coco', fps)


@pytest.fixture
def saved(tmp_path):
    """Return a function that saves people, of whom one array is changed."""

    def save(name, change):
        people = [frame_people(body[None], np.ones((1, 17))) for body in BODY]
        times = np.arange(FRAMES) / 30
        save_people(
            tmp_path / 'people.npz',
            People(people, 'coco', 'made up', 30.0, times, (640, 480)),
        )
        with np.load(tmp_path / 'people.npz') as file:
            arrays = dict(file)
        arrays[name] = change(arrays[name])
        np.savez(tmp_path / 'people.npz', **arrays)
        return tmp_path / 'people.npz', None, None, None

    return save


@pytest.mark.parametrize('fps', [0.0, -30.0, np.nan, np.inf, 30j, True, 'fast'])
def test_rates_of_saved_people(saved, fps):
    refused('its fps', _read_clip, *saved('fps', lambda _: np.array(fps)))


@pytest.mark.parametrize('name', CHANGES)
@pytest.mark.parametrize('array', ['keypoints', 'scores', 'frame_times'])
def test_arrays_of_saved_people(saved, array, name):
    words = 'saved in .*people.npz: |No keypoints can be read from .*people.npz: '
    refused(words, _read_clip, *saved(array, CHANGES[name]))


@pytest.mark.parametrize(
    ('name', 'words'),
    [
        ('zero', 'no facing direction'),
        ('equal', 'no facing direction'),
        ('nan', 'NaN or infinite'),
        ('inf', 'NaN or infinite'),
        *((name, 'expected real numbers') for name in NO_NUMBERS),
    ],
)
def test_poses(name, words):
    refused(words, normalize_keypoints_3d, CHANGES[name](POSES))


@pytest.mark.parametrize('kind', ['f2', 'i4', 'u2', 'u8', '>f8', 'g'])
def test_poses_may_be_numbers_of_any_kind(kind):
    poses = (100 * (POSES + 5)).round()
    np.testing.assert_allclose(
        normalize_keypoints_3d(poses.astype(kind)),
        normalize_keypoints_3d(poses),
        atol=1e-6,
    )


@pytest.mark.parametrize('name', ['nan', 'inf', *NO_NUMBERS])
def test_features(name):
    words = 'features_a (has NaN or infinite|is of type)'
    refused(words, align, CHANGES[name](POSES), POSES)


@pytest.mark.parametrize('name', ['zero', 'equal', 'nan', 'inf', *NO_NUMBERS])
def test_motion(tmp_path, name):
    file = tmp_path / 'mocap.npz'
    write_synthetic_mocap(file, num_clips=1, num_frames=30)
    with np.load(file) as arrays:
        wrong = {
            key: CHANGES[name](values) if values.ndim == 3 else values
            for key, values in arrays.items()
        }
    np.savez(file, **wrong)
    refused('mocap.npz', MocapClips, file)


@pytest.mark.parametrize(
    ('part', 'name'),
    [
        *(('R', name) for name in ('zero', 'equal', 'mirror')),
        *(('f', name) for name in ('zero', 'mirror')),
        *((part, name) for part in CAMERA for name in ('nan', 'inf', *NO_NUMBERS)),
    ],
)
def test_cameras(tmp_path, part, name):
    change = CHANGES.get(name, np.negative)  # a mirror
    camera = {**CAMERA, part: change(CAMERA[part])}
    (tmp_path / 'cameras.pkl').write_bytes(pickle.dumps({('S1', '1'): camera}))
    words = 'arrays of finite numbers, R a rotation|cannot be read'
    refused(words, load_cameras, tmp_path / 'cameras.pkl', tmp_path)
