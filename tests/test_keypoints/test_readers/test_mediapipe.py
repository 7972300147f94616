import numpy as np
import pytest

from mmposenorm.keypoints.layouts import LAYOUTS, to_h36m
from mmposenorm.keypoints.readers import read_keypoints

NAMES = LAYOUTS['mediapipe'].joint_names
# Numbers of limbs in MediaPipe's own figure, left before right.
LIMBS = {'shoulder': 11, 'elbow': 13, 'wrist': 15, 'hip': 23, 'knee': 25, 'ankle': 27}


@pytest.fixture
def fractions(body):
    """Return a function that gives the 33 landmarks as fractions of 640 x 480."""

    def make(dx=0):
        points = np.full((33, 2), 0.5)
        points[0] = body(['nose'], dx=dx)[0] / [640, 480]
        for part, first in LIMBS.items():
            names = [f'left_{part}', f'right_{part}']
            points[[first, first + 1]] = body(names, dx=dx) / [640, 480]
        return points

    return make


def landmarks(points):
    return [{'x': x, 'y': y, 'z': -0.3, 'visibility': 0.9} for x, y in points]


def shapes(first, second):
    one, two = landmarks(first), landmarks(second)
    return {
        'list of landmarks': [one, two],
        'landmarks': [{'frame': 0, 'landmarks': one}, {'frame': 1, 'landmarks': two}],
        'pose_landmarks': [{'pose_landmarks': one}, {'pose_landmarks': two}],
        'frames': {
            'fps': 25,
            'width': 640,
            'height': 480,
            'frames': [{'pose_landmarks': one}, {'pose_landmarks': two}],
        },
        'poseLandmarks': [{'poseLandmarks': one}, {'poseLandmarks': two}],
        'tasks in a browser': [
            {'landmarks': [one], 'worldLandmarks': [one]},
            {'landmarks': [two], 'worldLandmarks': [two]},
        ],
        'tasks in Python': [
            {'pose_landmarks': [one], 'pose_world_landmarks': [one]},
            {'pose_landmarks': [two], 'pose_world_landmarks': [two]},
        ],
        'protobuf': [
            {'pose_landmarks': {'landmark': one}},
            {'pose_landmarks': {'landmark': two}},
        ],
        'rows': [[list(point.values()) for point in frame] for frame in (one, two)],
        'names': [
            {'landmarks': dict(zip(map(str.upper, NAMES), frame, strict=True))}
            for frame in (one, two)
        ],
        'frames by number': {'0': one, '1': two},
    }


@pytest.mark.parametrize('shape', shapes(*np.zeros((2, 33, 2))))
def test_the_shapes_in_which_people_save_landmarks(write_json, fractions, check, shape):
    first, second = fractions(), fractions(dx=64)
    people = read_keypoints(write_json(shapes(first, second)[shape]))
    assert (people.layout, people.normalized) == ('mediapipe', True)
    assert people.source.startswith('MediaPipe JSON')
    assert len(people.frames) == 2
    check(people, 0, first, 0.9)
    check(people, 1, second, 0.9)


def test_limbs_come_out_where_they_are(write_json, fractions, body):
    people = read_keypoints(write_json([landmarks(fractions())]))
    found = people.frames[0]
    poses, _ = to_h36m(found.keypoints * [640, 480], found.scores, people.layout)
    names = ['right_hip', 'right_knee', 'right_ankle', 'left_hip']
    np.testing.assert_allclose(poses[0, 1:5], body(names), rtol=1e-5)


def test_rate_and_size_of_the_image_are_kept(write_json, fractions):
    people = read_keypoints(write_json(shapes(fractions(), fractions())['frames']))
    assert (people.fps, people.image_size) == (25, (640, 480))


@pytest.mark.parametrize('empty', [[], None, {}, {'time': 0.1}, {'landmarks': []}])
def test_frames_without_anybody_are_kept(write_json, fractions, check, empty):
    one = landmarks(fractions())
    people = read_keypoints(write_json([empty, one, empty]))
    assert [len(frame) for frame in people.frames] == [0, 1, 0]
    check(people, 1, fractions())


def test_several_people_in_a_frame(write_json, fractions, check):
    one, two = landmarks(fractions()), landmarks(fractions(dx=100))
    people = read_keypoints(write_json([{'landmarks': [one, two]}]))
    assert len(people.frames[0]) == 2
    check(people, 0, fractions(dx=100), person=1)


def test_landmarks_in_pixels_are_no_fractions(write_json, fractions):
    pixels = landmarks(fractions() * [640, 480])
    assert not read_keypoints(write_json([pixels])).normalized


def test_a_part_of_the_landmarks_is_refused(write_json, fractions):
    frames = [{'pose_landmarks': landmarks(fractions()[:25])}]
    with pytest.raises(ValueError, match='25 landmarks; expected the 33'):
        read_keypoints(write_json(frames))


def test_world_landmarks_alone_are_refused(write_json, fractions):
    frames = [{'pose_world_landmarks': landmarks(fractions())}]
    with pytest.raises(ValueError, match='only world landmarks of MediaPipe'):
        read_keypoints(write_json(frames))
