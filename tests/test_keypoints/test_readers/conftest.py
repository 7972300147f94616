import json

import numpy as np
import pytest

# A standing person seen from the front, in pixels, worked out by hand: a trunk 100 px
# long, thighs and shanks of 90, upper arms of 55 and forearms of 50.
BODY = {
    'nose': (320, 90),
    'left_eye': (326, 84),
    'right_eye': (314, 84),
    'left_ear': (334, 88),
    'right_ear': (306, 88),
    'left_shoulder': (350, 140),
    'right_shoulder': (290, 140),
    'left_elbow': (360, 194),
    'right_elbow': (280, 194),
    'left_wrist': (362, 244),
    'right_wrist': (278, 244),
    'left_hip': (338, 240),
    'right_hip': (302, 240),
    'left_knee': (340, 330),
    'right_knee': (300, 330),
    'left_ankle': (342, 420),
    'right_ankle': (298, 420),
    'head': (320, 60),
    'neck': (320, 140),
    'hip': (320, 240),
    'mid_hip': (320, 240),
}


@pytest.fixture
def body():
    """Return a function that gives joints by their names, dx pixels further right."""

    def make(names, dx=0):
        points = np.array([BODY[name] for name in names], float)
        return points + np.array([dx, 0])

    return make


@pytest.fixture
def write_json(tmp_path):
    """Return a function that writes JSON and returns the file's path."""

    def write(content, name='clip.json'):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
        return path

    return write


@pytest.fixture
def check():
    """Return a function that compares a person with joints worked out by hand."""

    def compare(people, frame, expected, scores=None, person=0):
        found = people.frames[frame]
        np.testing.assert_allclose(found.keypoints[person], expected, atol=1e-3)
        if scores is not None:
            np.testing.assert_allclose(found.scores[person], scores, atol=1e-6)

    return compare
