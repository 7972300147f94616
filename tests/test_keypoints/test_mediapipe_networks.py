"""MediaPipe's networks in LiteRT, against its own graphs and numbers by hand."""

import sys
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from mmposenorm.keypoints import mediapipe_networks
from mmposenorm.keypoints.mediapipe_models import PoseModels
from mmposenorm.keypoints.mediapipe_networks import (
    DetectionNetwork,
    _anchors,
    _crop,
    _merged,
    _refined,
)

DETECTOR_GRAPH = """
    input_stream: "image"
    output_stream: "detections"
    node {
      calculator: "PoseDetectionCpu"
      input_stream: "IMAGE:image"
      output_stream: "DETECTIONS:detections"
    }
"""
LANDMARK_GRAPH = """
    input_stream: "image"
    input_stream: "region"
    input_side_packet: "complexity"
    input_side_packet: "segmentation"
    output_stream: "landmarks"
    output_stream: "world_landmarks"
    output_stream: "alignment_points"
    node {
      calculator: "PoseLandmarkByRoiCpu"
      input_stream: "IMAGE:image"
      input_stream: "ROI:region"
      input_side_packet: "MODEL_COMPLEXITY:complexity"
      input_side_packet: "ENABLE_SEGMENTATION:segmentation"
      output_stream: "LANDMARKS:landmarks"
      output_stream: "WORLD_LANDMARKS:world_landmarks"
      output_stream: "AUXILIARY_LANDMARKS:alignment_points"
    }
"""


def test_they_find_what_mediapipes_own_graphs_find(shared_data):
    solution_base = pytest.importorskip('mediapipe.python.solution_base')
    from mediapipe.framework.formats.rect_pb2 import NormalizedRect

    path = shared_data / 'clips' / 'pose2sim_balance' / 'cam01.mp4'
    image = cv2.cvtColor(cv2.VideoCapture(str(path)).read()[1], cv2.COLOR_BGR2RGB)
    size = np.array([image.shape[1], image.shape[0]])
    graph = solution_base.SolutionBase(graph_config=DETECTOR_GRAPH)
    expected = [
        [[point.x, point.y] for point in one.location_data.relative_keypoints[:2]]
        for one in graph.process(image).detections
    ]
    found = [circle for _, circle in DetectionNetwork()(image)]
    np.testing.assert_allclose(found, np.array(expected) * size, atol=0.01)

    circle = found[0] + [[40, 20], [150, 60]]  # turned, and beside the person
    across = circle[1] - circle[0]
    region = NormalizedRect(
        x_center=circle[0, 0] / size[0],
        y_center=circle[0, 1] / size[1],
        width=2.5 * np.linalg.norm(across) / size[0],
        height=2.5 * np.linalg.norm(across) / size[1],
        rotation=np.arctan2(across[0], -across[1]),
    )
    graph = solution_base.SolutionBase(
        graph_config=LANDMARK_GRAPH,
        side_inputs={'complexity': 1, 'segmentation': False},
    )
    output = graph.process({'image': image, 'region': region})
    pose = PoseModels().look(image, circle)
    landmarks = output.landmarks.landmark
    expected = np.array([[one.x, one.y] for one in landmarks]) * size
    np.testing.assert_allclose(pose.keypoints, expected, atol=0.5)
    np.testing.assert_allclose(
        pose.scores, [one.visibility for one in landmarks], atol=0.005
    )
    expected = [[one.x, one.y, one.z] for one in output.world_landmarks.landmark]
    np.testing.assert_allclose(pose.world_keypoints, expected, atol=0.005)
    points = output.alignment_points.landmark[:2]
    expected = np.array([[one.x, one.y] for one in points]) * size
    np.testing.assert_allclose(pose.circle, expected, atol=0.5)


def test_anchors_lie_in_the_middle_of_cells():
    anchors = _anchors()
    # 28 x 28 cells with 2, 14 x 14 with 2, 7 x 7 with 6.
    assert anchors.shape == (1568 + 392 + 294, 2)
    np.testing.assert_allclose(anchors[[0, 1, 2]] * 28, [[0.5] * 2] * 2 + [[1.5, 0.5]])
    np.testing.assert_allclose(anchors[-1] * 7, [6.5, 6.5])


def test_a_crop_turns_with_the_person():
    image = np.zeros((100, 100, 3), np.uint8)
    image[40:60, 60:80] = 255  # right of the middle
    straight, lying = (
        _crop(image, np.array([50, 50]), 100, angle, 100, cv2.BORDER_REPLICATE)
        for angle in (0, np.pi / 2)
    )
    np.testing.assert_array_equal(straight, image)
    # Somebody whose head points to the right: what was there is now up.
    assert lying[30, 50].min() == 255
    assert lying[50, 70].max() == 0


def test_circles_of_boxes_that_overlap_are_averaged_by_score():
    boxes = np.array([[0, 0, 10, 10], [0, 1, 10, 11], [50, 0, 60, 10]], float)
    circles = np.array([[[0, 0], [0, 3]], [[4, 0], [4, 3]], [[9, 9], [9, 9]]], float)
    found = _merged(np.array([0.6, 0.9, 0.7]), boxes, circles)
    assert [score for score, _ in found] == [0.9, 0.7]
    # The mean of x = 0 and 4, which weigh 0.6 and 0.9.
    np.testing.assert_allclose(found[0][1], [[2.4, 0], [2.4, 3]])
    np.testing.assert_array_equal(found[1][1], circles[2])


def test_a_landmark_moves_to_the_mass_around_it():
    heatmaps = np.full((64, 64, 3), -100.0)  # logits: nothing anywhere
    heatmaps[10, 20, 0] = 100  # 1
    heatmaps[10, 23, 0] = 0  # 0.5
    heatmaps[10, 40, 0] = 100  # too far away
    heatmaps[5, 5, 1] = -1  # 0.27: not sure
    heatmaps[0, 0, 2] = 100
    points = np.array([[21.2, 9.9], [5.5, 5.5], [-2, 0]]) / 64
    refined = _refined(points, heatmaps) * 64
    # (1 * 20 + 0.5 * 23) / 1.5; points outside stay as they are.
    np.testing.assert_allclose(refined, [[21, 10], [5.5, 5.5], [-2, 0]], atol=1e-9)


def test_a_missing_package_or_model_is_said_with_the_way_out(monkeypatch, tmp_path):
    place = SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    monkeypatch.setattr(mediapipe_networks, 'find_spec', lambda name: place)
    with pytest.raises(FileNotFoundError, match='this version of MediaPipe holds no'):
        DetectionNetwork()
    monkeypatch.setattr(mediapipe_networks, 'find_spec', lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r'MediaPipe.*mediapipe==0\.10\.21'):
        DetectionNetwork()
    monkeypatch.setitem(sys.modules, 'ai_edge_litert.interpreter', None)
    with pytest.raises(ModuleNotFoundError, match=r'LiteRT.*pip install ai-edge-'):
        DetectionNetwork()
