import pytest

from mmposenorm.keypoints.layouts import LAYOUTS
from mmposenorm.keypoints.readers import read_keypoints

# The order of its 25 joints, by the table in its visualization.py.
NAMES = [
    *['nose', 'left_eye', 'right_eye', 'left_ear', 'right_ear', 'neck'],
    *['left_shoulder', 'right_shoulder', 'left_elbow', 'right_elbow', 'left_wrist'],
    *['right_wrist', 'left_hip', 'right_hip', 'hip', 'left_knee', 'right_knee'],
    *['left_ankle', 'right_ankle'],
]

BODY = [name for name in NAMES if name != 'hip']


def test_y_stands_before_x_and_names_give_the_order(write_json, body, check):
    frames = [{'0': [[y, x, 0.7] for x, y in body(NAMES, dx=dx)]} for dx in (0, 4)]
    skeleton = {str(i): name for i, name in enumerate(NAMES)}
    people = read_keypoints(
        write_json({'keypoints': [*frames, {}], 'skeleton': skeleton})
    )
    assert people.source.startswith('easy_ViTPose')
    assert [len(frame) for frame in people.frames] == [1, 1, 0]
    found, joints = people.frames[1], LAYOUTS[people.layout].joint_names
    places = [joints.index(name) for name in BODY]
    assert found.keypoints[0, places] == pytest.approx(body(BODY, dx=4), abs=1e-3)
    assert found.scores[0, places] == pytest.approx(0.7)
    # Its feet are not in this file.
    assert found.scores[0, joints.index('left_heel')] == 0
