import numpy as np
import pytest

from mmposenorm.keypoints.layouts import LAYOUTS
from mmposenorm.keypoints.readers import read_keypoints

COCO = LAYOUTS['coco'].joint_names


def rows(points):
    return [[x, y, 0.6] for x, y in np.asarray(points).tolist()]


def shapes(points):
    flat = [number for row in rows(points) for number in row]
    named = [
        {'name': name, 'x': x, 'y': y, 'score': score}
        for name, (x, y, score) in zip(COCO, rows(points), strict=True)
    ]
    by_name = dict(zip(COCO, rows(points), strict=True))
    pairs = {'keypoints': [row[:2] for row in rows(points)], 'scores': [0.6] * 17}
    return {
        'rows': {'people': [{'id': 1, 'keypoints': rows(points)}]},
        'numbers': {'people': [{'keypoints': flat}]},
        'points': {'persons': [{'keypoints': named}]},
        'one person': {'keypoints': named},
        'names': {'people': [{'joints': by_name}]},
        'named points': {'people': [{'joints': {one['name']: one for one in named}}]},
        'rows alone': {'people': [rows(points)]},
        'by track': {'people': {'7': {'keypoints': rows(points)}}},
        'pairs and scores': {'people': [pairs]},
    }


@pytest.mark.parametrize('shape', shapes(np.zeros((17, 2))))
@pytest.mark.parametrize('outside', ['list', 'frames'])
def test_frames_with_people(write_json, body, check, shape, outside):
    frames = [{'frame': n, **shapes(body(COCO, dx=n))[shape]} for n in (40, 41, 43)]
    content = frames if outside == 'list' else {'fps': 50, 'frames': frames}
    people = read_keypoints(write_json(content))
    assert people.fps == (None if outside == 'list' else 50)
    assert (people.layout, people.first_frame) == ('coco', 40)
    assert [len(frame) for frame in people.frames] == [1, 1, 0, 1]
    check(people, 3, body(COCO, dx=43), 0.6)


def test_the_same_frame_may_come_twice(write_json, body, check):
    content = [{'frame': 2, 'keypoints': rows(body(COCO, dx=dx))} for dx in (0, 99)]
    people = read_keypoints(write_json(content))
    assert [len(frame) for frame in people.frames] == [2]
    check(people, 0, body(COCO, dx=99), person=1)


def test_plain_lists_of_rows(write_json, body, check):
    people = read_keypoints(write_json([rows(body(COCO)), rows(body(COCO, dx=2))]))
    assert len(people.frames) == 2
    check(people, 1, body(COCO, dx=2), 0.6)


def test_a_depth_in_place_of_the_score_is_refused(write_json, body):
    points = [[x, y, z] for (x, y), z in zip(body(COCO), [-0.4, 1.2] * 9, strict=False)]
    with pytest.raises(ValueError, match='look like 3D positions'):
        read_keypoints(write_json([{'people': [{'keypoints': points}]}]))


def test_a_line_for_each_frame(tmp_path, body, check):
    path = tmp_path / 'clip.jsonl'
    path.write_text(
        ''.join(
            f'{{"frame": {n}, "people": [{{"keypoints": {rows(body(COCO, dx=n))}}}]}}\n'
            for n in (5, 6)
        )
    )
    people = read_keypoints(path)
    assert (people.first_frame, len(people.frames)) == (5, 2)
    check(people, 1, body(COCO, dx=6))
