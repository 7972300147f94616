import numpy as np
import pytest

from mmposenorm.keypoints.people import (
    People,
    box_overlap,
    frame_people,
    no_people,
    save_people,
)
from mmposenorm.keypoints.readers import read_keypoints


def test_keypoints_that_were_not_found_are_zero_and_outside_the_box():
    keypoints = np.array([[[1, 2], [9, 9], [5, 4]]])
    people = frame_people(keypoints, np.array([[0.5, 0, 1.3]]))
    np.testing.assert_array_equal(people.keypoints, [[[1, 2], [0, 0], [5, 4]]])
    np.testing.assert_array_equal(people.scores, np.float32([[0.5, 0, 1]]))
    np.testing.assert_array_equal(people.boxes, [[1, 2, 5, 4]])


def test_nan_without_a_score_is_missing():
    people = frame_people(np.array([[[np.nan, 2], [3, 4]]]), np.array([[np.nan, 1]]))
    np.testing.assert_array_equal(people.keypoints, [[[0, 0], [3, 4]]])
    np.testing.assert_array_equal(people.scores, [[0, 1]])


def test_box_overlap_by_hand():
    others = np.array([[0, 0, 2, 2], [1, 0, 3, 2], [5, 5, 6, 6.0]])
    # The second shares 1 x 2 of 4 + 4 - 2.
    np.testing.assert_allclose(box_overlap(others[0], others), [1, 2 / 6, 0])


@pytest.mark.parametrize('known', [True, False])
def test_saved_people_come_back_the_same(tmp_path, people_at, known):
    people = People(
        [people_at((10, 20), (300, 40)), no_people(17), people_at((11, 20))],
        layout='coco',
        source='test',
        fps=25.0 if known else None,
        frame_times=np.array([0, 0.04, 0.08]) if known else None,
        image_size=(640, 480) if known else None,
        first_frame=40 if known else 0,
        normalized=known,
    )
    save_people(tmp_path / 'clip.npz', people)
    again = read_keypoints(tmp_path / 'clip.npz')
    assert [len(frame) for frame in again.frames] == [2, 0, 1]
    for before, after in zip(people.frames, again.frames, strict=True):
        np.testing.assert_array_equal(after.keypoints, before.keypoints)
        np.testing.assert_array_equal(after.scores, before.scores)
        np.testing.assert_array_equal(after.boxes, before.boxes)
    assert (again.fps, again.image_size) == (people.fps, people.image_size)
    assert again.first_frame == (40 if known else 0)
    assert again.normalized is known
    assert again.layout == 'coco'
    assert again.source.startswith('test, saved in ')
    np.testing.assert_array_equal(again.frame_times, people.frame_times)
    assert [path.name for path in tmp_path.iterdir()] == ['clip.npz']


def test_a_clip_without_frames_is_refused():
    with pytest.raises(ValueError, match='holds no frame'):
        People([], 'coco', 'test')


def test_people_say_what_they_are(people_at):
    people = People([people_at((0, 0), (99, 0))] * 3, 'coco', 'COCO JSON a.json')
    assert str(people) == (
        'COCO JSON a.json: 3 frames, up to 2 people in one, layout coco'
    )


@pytest.mark.parametrize(
    ('name', 'value', 'words'),
    [
        ('layout', 'nobody', 'nobody'),
        ('layout', 'halpe26', r'shape \(2, 17, 2\).*expected \(2, 26, 2\)'),
        ('boxes', np.zeros((2, 3)), r'boxes has shape \(2, 3\)'),
        ('scores', np.array([['a'] * 17] * 2), 'scores has .* type <U1'),
        ('people_per_frame', np.array([3, -1]), 'fewer than 0 people'),
        ('people_per_frame', np.array(['a', 'b']), 'people_per_frame are no numbers'),
        ('fps', np.array(-30), 'fps is -30, which is not positive'),
        ('fps', np.array(np.nan), 'fps is nan'),
        ('frame_times', np.array([0.1, 0.1]), 'frame_times do not increase'),
        ('image_size', np.array([640, 0]), 'image_size is'),
        ('keypoints', None, 'lacks keypoints'),
    ],
)
def test_saved_people_that_were_changed_are_refused(tmp_path, name, value, words):
    frames = [frame_people(np.ones((1, 17, 2)), np.ones((1, 17)))] * 2
    times = np.array([0, 0.1])
    save_people(tmp_path / 'a.npz', People(frames, 'coco', 'me', 10.0, times))
    with np.load(tmp_path / 'a.npz') as saved:
        arrays = dict(saved) | {name: value}
    if value is None:
        del arrays[name]
    np.savez(tmp_path / 'a.npz', **arrays)
    with pytest.raises(ValueError, match=words):
        read_keypoints(tmp_path / 'a.npz')
