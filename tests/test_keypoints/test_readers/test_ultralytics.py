import json

import numpy as np
import pytest

from mmposenorm.keypoints.layouts import LAYOUTS
from mmposenorm.keypoints.readers import read_keypoints

COCO = LAYOUTS['coco'].joint_names


def person(points):
    """One entry of ``Results.summary()``."""
    x, y = np.asarray(points).T.tolist()
    return {
        'name': 'person',
        'class': 0,
        'confidence': 0.91,
        'box': {'x1': 1.0, 'y1': 2.0, 'x2': 3.0, 'y2': 4.0},
        'track_id': 1,
        'keypoints': {'x': x, 'y': y, 'visible': [0.8] * 17},
    }


@pytest.mark.parametrize('shape', ['lists', 'texts', 'folder'])
def test_to_json(write_json, body, check, shape):
    frames = [[person(body(COCO))], [], [person(body(COCO, dx=3))]]
    if shape == 'texts':
        path = write_json([json.dumps(frame, indent=2) for frame in frames])
    elif shape == 'lists':
        path = write_json(frames)
    else:
        for number, frame in enumerate(frames):
            path = write_json(frame, f'out/clip_{number}.json').parent
    people = read_keypoints(path)
    assert people.source.startswith('Ultralytics JSON')
    assert (people.layout, people.normalized) == ('coco', False)
    assert [len(frame) for frame in people.frames] == [1, 0, 1]
    check(people, 0, body(COCO), 0.8)
    check(people, 2, body(COCO, dx=3))
    np.testing.assert_array_equal(people.frames[0].boxes, [[1, 2, 3, 4]])


def test_one_image(write_json, body, check):
    people = read_keypoints(
        write_json([person(body(COCO)), person(body(COCO, dx=100))])
    )
    assert [len(frame) for frame in people.frames] == [2]
    check(people, 0, body(COCO, dx=100), person=1)


def test_normalized_results_are_fractions(write_json, body):
    assert read_keypoints(write_json([[person(body(COCO) / [640, 480])]])).normalized


def line(points, score=0.8, more=''):
    numbers = [
        n for x, y in points for n in (x, y, *([] if score is None else [score]))
    ]
    return f'0 0.5 0.6 0.2 0.4 {" ".join(f"{n:g}" for n in numbers)}{more}\n'


# With save_conf=True and with a tracker, a confidence and a number follow.
@pytest.mark.parametrize('more', ['', ' 0.91', ' 0.91 3'])
@pytest.mark.parametrize('score', [0.8, None])
def test_a_folder_of_labels(tmp_path, body, check, more, score):
    fractions = body(COCO) / [640, 480]
    labels = tmp_path / 'predict' / 'labels'
    labels.mkdir(parents=True)
    for number in (3, 5):
        (labels / f'clip_{number}.txt').write_text(line(fractions, score, more))
    people = read_keypoints(labels.parent)
    assert (people.layout, people.normalized) == ('coco', True)
    assert (people.first_frame, [len(f) for f in people.frames]) == (3, [1, 0, 1])
    check(people, 2, fractions, 1 if score is None else score)
    np.testing.assert_allclose(people.frames[0].boxes, [[0.4, 0.4, 0.6, 0.8]])


def test_labels_of_a_detector_without_poses_are_refused(tmp_path):
    (tmp_path / 'clip_1.txt').write_text('0 0.5 0.6 0.2 0.4 0.9\n')
    with pytest.raises(
        ValueError, match=r'a line has 6 numbers.*Use a model for poses'
    ):
        read_keypoints(tmp_path)


def test_words_in_labels_are_refused(tmp_path, body):
    (tmp_path / 'a_1.txt').write_text(line(body(COCO) / 640) + 'person 1 2\n')
    with pytest.raises(ValueError, match="'person 1 2' is not made of numbers"):
        read_keypoints(tmp_path)
