"""rtmlib's interface with a stand-in for its models, whose weights are not here."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from mmposenorm.keypoints import to_h36m
from mmposenorm.keypoints.detectors import build_detector
from mmposenorm.keypoints.rtmlib_pose import RtmlibDetector

FRAME = np.zeros((48, 64, 3), np.uint8)


class StandIn:
    """Gives the boxes of a ``BodyWithFeet``, and 26 keypoints in each box."""

    def __init__(self, boxes=(), **options):
        self.boxes, self.options = boxes, options

    def det_model(self, image):
        return np.array(self.boxes)  # (0,) where nobody is found, as rtmlib's

    def pose_model(self, image, bboxes):
        places = np.arange(26)[:, None] / 26
        keypoints = [box[:2] + places * (box[2:] - box[:2]) for box in bboxes]
        scores = np.full((len(bboxes), 26), 0.5)
        scores[:, 3] = 1.2  # SimCC scores may reach above 1
        return np.stack(keypoints), scores


def test_everybody_is_found_with_head_and_hips():
    boxes = [[10.0, 0.0, 36.0, 26.0], [30.0, 5.0, 56.0, 31.0]]
    detector = RtmlibDetector(model=StandIn(boxes))
    people = detector(FRAME)
    np.testing.assert_array_equal(people.boxes, boxes)
    # Joint k of 26 lies k pixels from the left and upper edge of these boxes.
    np.testing.assert_allclose(people.keypoints[1, 17], [30 + 17, 5 + 17])
    np.testing.assert_allclose(people.scores[0, [2, 3]], [0.5, 1])
    joints, seen = to_h36m(people.keypoints, people.scores, detector.layout)
    np.testing.assert_allclose(joints[0, 0], [10 + 19, 19])  # Halpe's hip
    np.testing.assert_allclose(joints[0, 10], [10 + 17, 17])  # Halpe's head
    assert (seen[:, [0, 10]] > 0).all()


def test_an_empty_image_is_not_taken_for_a_person():
    people = RtmlibDetector(model=StandIn())(FRAME)
    assert people.keypoints.shape == (0, 26, 2)


@pytest.fixture
def installed(monkeypatch):
    """Pretend that rtmlib is installed; return ONNX Runtime's execution providers."""
    providers = ['CPUExecutionProvider']
    runtime = SimpleNamespace(get_available_providers=lambda: providers)
    monkeypatch.setitem(sys.modules, 'onnxruntime', runtime)
    library = SimpleNamespace(BodyWithFeet=StandIn)
    monkeypatch.setitem(sys.modules, 'rtmlib', library)
    return providers


def test_it_runs_on_a_gpu_if_there_is_one(installed):
    assert build_detector('rtmlib')._model.options['device'] == 'cpu'
    installed.append('CUDAExecutionProvider')
    assert build_detector('rtmlib')._model.options['device'] == 'cuda'
    assert build_detector('rtmlib', device='cpu')._model.options['device'] == 'cpu'
    with pytest.raises(ValueError, match="for rtmlib, but is 'tpu'"):
        build_detector('rtmlib', device='tpu')


def test_weights_that_cannot_be_downloaded_are_said_so(installed, monkeypatch):
    def fail(**options):
        raise OSError('no route to host')

    monkeypatch.setattr(sys.modules['rtmlib'], 'BodyWithFeet', fail)
    with pytest.raises(OSError, match=r'cannot be downloaded \(no route to host\)'):
        build_detector('rtmlib')


def test_rtmlib_that_is_not_installed_is_said_so(monkeypatch):
    monkeypatch.setitem(sys.modules, 'rtmlib', None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'mmposenorm\[rtmlib\]"):
        build_detector('rtmlib')
