"""MediaPipe's two pose networks in LiteRT: what goes in and what comes out.

Both are files inside MediaPipe's wheel. Crops, anchors, suppression and refinement are
those of its graphs ``pose_detection_cpu`` and ``pose_landmark_by_roi_cpu``; the
keypoints are the same but for rare jumps of a few pixels (docs/data.md).
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import torch

# Of MediaPipe's three landmark models, only this one ships inside its wheel.
_DETECTION_FILE = 'modules/pose_detection/pose_detection.tflite'
_LANDMARK_FILE = 'modules/pose_landmark/pose_landmark_full.tflite'
_DETECTION_SIDE, _LANDMARK_SIDE = 224, 256
# Stride of each grid of anchors in pixels, and how many anchors a cell has.
_GRIDS = ((8, 2), (16, 2), (32, 6))
_LEAST_SCORE, _LEAST_PRESENCE, _LARGEST_OVERLAP = 0.5, 0.5, 0.3
# Landmarks of the body, and of the circle around it.
_BODY, _CIRCLE, _LANDMARKS = slice(33), slice(33, 35), 39
# Cells of the heatmap around a landmark by which it is refined, and the least peak.
_WINDOW, _LEAST_PEAK = np.arange(-4, 5), 0.5
_ADVICE = (
    'Run `make install`, or: pip install ai-edge-litert && pip install --no-deps '
    'mediapipe==0.10.21; or use --pose2d rtmlib'
)


class Landmarks(NamedTuple):
    """What the landmark network finds.

    Attributes:
        keypoints: Pixels, (33, 2).
        scores: Visibility in [0, 1], (33,).
        circle: Centre of the body and a point on the circle around it, (2, 2) px.
        world_keypoints: Metres around the middle of the hips, (33, 3).
    """

    keypoints: np.ndarray
    scores: np.ndarray
    circle: np.ndarray
    world_keypoints: np.ndarray


class DetectionNetwork:
    """Finds people in an image, and a circle around each.

    Raises:
        ModuleNotFoundError: If MediaPipe or LiteRT is not installed.
        FileNotFoundError: If MediaPipe is of a version without the network.
    """

    def __init__(self) -> None:
        self._network = _Network(_DETECTION_FILE)
        self._anchors = _anchors()

    def __call__(self, image: np.ndarray) -> list[tuple[float, np.ndarray]]:
        """Find people.

        Args:
            image: (H, W, 3) uint8, RGB.

        Returns:
            Score and circle of each, see :class:`Landmarks`.
        """
        height, width = image.shape[:2]
        side = max(height, width)
        middle = np.array([width, height]) / 2
        crop = _crop(image, middle, side, 0.0, _DETECTION_SIDE, cv2.BORDER_CONSTANT)
        numbers, logits = self._network(crop / 127.5 - 1)
        scores = _sigmoid(logits[:, 0])
        sure = scores >= _LEAST_SCORE
        scores, anchors = scores[sure], self._anchors[sure]
        numbers = numbers[sure] / _DETECTION_SIDE
        centres, sizes = numbers[:, :2] + anchors, numbers[:, 2:4]
        boxes = np.concatenate([centres - sizes / 2, centres + sizes / 2], axis=1)
        circles = numbers[:, 4:8].reshape(-1, 2, 2) + anchors[:, None]
        return [
            (score, (circle - 0.5) * side + middle)
            for score, circle in _merged(scores, boxes, circles)
        ]


class LandmarkNetwork:
    """Finds the landmarks of the one person in a turned square.

    Raises:
        ModuleNotFoundError: If MediaPipe or LiteRT is not installed.
        FileNotFoundError: If MediaPipe is of a version without the network.
    """

    def __init__(self) -> None:
        self._network = _Network(_LANDMARK_FILE)

    def __call__(
        self, image: np.ndarray, centre: np.ndarray, side: float, angle: float
    ) -> Landmarks | None:
        """Find the landmarks.

        Args:
            image: (H, W, 3) uint8, RGB.
            centre: Middle of the square in pixels, (2,).
            side: Its side in pixels.
            angle: By how much the person in it is turned clockwise, in radians.

        Returns:
            The landmarks; ``None`` if nobody is there.
        """
        crop = _crop(image, centre, side, angle, _LANDMARK_SIDE, cv2.BORDER_REPLICATE)
        numbers, presence, _, heatmaps, world = self._network(crop / 255)
        if presence[0] < _LEAST_PRESENCE:
            return None
        rows = numbers.reshape(_LANDMARKS, 5)  # x, y, z, visibility, presence
        points = _refined(rows[:, :2] / _LANDMARK_SIDE, heatmaps)
        cos, sin = np.cos(angle), np.sin(angle)
        turn = np.array([[cos, sin], [-sin, cos]])  # of row vectors
        points = (points - 0.5) * side @ turn + centre
        world = world.reshape(_LANDMARKS, 3)[_BODY]
        return Landmarks(
            points[_BODY],
            _sigmoid(rows[_BODY, 3]),
            points[_CIRCLE],
            np.concatenate([world[:, :2] @ turn, world[:, 2:]], axis=1),
        )


class _Network:
    """A network in LiteRT, on as many threads as PyTorch uses."""

    def __init__(self, file: str) -> None:
        interpreter = _import_interpreter()
        self._interpreter: Any = interpreter(
            str(_model_path(file)), num_threads=torch.get_num_threads()
        )
        self._interpreter.allocate_tensors()
        (self._input,) = self._interpreter.get_input_details()
        self._outputs = sorted(
            self._interpreter.get_output_details(), key=lambda output: output['name']
        )

    def __call__(self, image: np.ndarray) -> list[np.ndarray]:
        """Run on an image, (H, W, 3); return the outputs in the order of names."""
        image = image[None].astype(np.float32)
        self._interpreter.set_tensor(self._input['index'], image)
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(one['index'])[0] for one in self._outputs]


def _import_interpreter() -> Any:
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            'LiteRT is needed to run the pose models of MediaPipe and is not '
            f'installed. {_ADVICE}.'
        ) from error
    return Interpreter


def _model_path(file: str) -> Path:
    """Find a file of MediaPipe, without importing it."""
    package = find_spec('mediapipe')
    if package is None or not package.submodule_search_locations:
        raise ModuleNotFoundError(
            'MediaPipe, which holds the pose models, is not installed. ' + _ADVICE + '.'
        )
    path = Path(package.submodule_search_locations[0]) / file
    if not path.is_file():
        raise FileNotFoundError(
            f'{path} not found: this version of MediaPipe holds no pose models. '
            f'{_ADVICE}.'
        )
    return path


def _anchors() -> np.ndarray:
    """Centres of the anchors as fractions of the image, (N, 2)."""
    parts = []
    for stride, count in _GRIDS:
        cells = _DETECTION_SIDE // stride
        rows, columns = np.mgrid[:cells, :cells]
        centres = (np.stack([columns, rows], axis=-1).reshape(-1, 2) + 0.5) / cells
        parts.append(np.repeat(centres, count, axis=0))
    return np.concatenate(parts)


def _crop(
    image: np.ndarray,
    centre: np.ndarray,
    side: float,
    angle: float,
    size: int,
    border: int,
) -> np.ndarray:
    """Cut out a square, turned clockwise by an angle, as an image of a given size."""
    corners = cv2.boxPoints(
        ((float(centre[0]), float(centre[1])), (side, side), float(np.degrees(angle)))
    )
    straight = np.array([[0, size], [0, 0], [size, 0], [size, size]], np.float32)
    warp = cv2.getPerspectiveTransform(corners, straight)
    return cv2.warpPerspective(image, warp, (size, size), borderMode=border)


def _merged(
    scores: np.ndarray, boxes: np.ndarray, circles: np.ndarray
) -> list[tuple[float, np.ndarray]]:
    """Average the circles of boxes that overlap, weighted by their scores."""
    order = np.argsort(-scores, kind='stable')
    found = []
    while len(order):
        first = order[0]
        near = _overlaps(boxes[first], boxes[order]) > _LARGEST_OVERLAP
        near[0] = True
        group = order[near]
        circle = np.average(circles[group], axis=0, weights=scores[group])
        found.append((float(scores[first]), circle))
        order = order[~near]
    return found


def _overlaps(box: np.ndarray, others: np.ndarray) -> np.ndarray:
    sides = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    common = np.prod(sides.clip(min=0), axis=1)
    areas = np.prod(others[:, 2:] - others[:, :2], axis=1)
    return common / (np.prod(box[2:] - box[:2]) + areas - common)


def _refined(points: np.ndarray, heatmaps: np.ndarray) -> np.ndarray:
    """Move points to the centre of mass of the heatmap around them, if it is sure.

    Args:
        points: Fractions of the crop, (K, 2).
        heatmaps: Logits, (H, W, K).

    Returns:
        The points, (K, 2).
    """
    height, width, count = heatmaps.shape
    cells = (points * (width, height)).astype(int)
    columns, rows = (cells[:, axis, None] + _WINDOW for axis in (0, 1))
    inside = ((rows >= 0) & (rows < height))[:, :, None]
    inside = inside & ((columns >= 0) & (columns < width))[:, None, :]
    mass = inside * _sigmoid(
        heatmaps[
            rows.clip(0, height - 1)[:, :, None],
            columns.clip(0, width - 1)[:, None, :],
            np.arange(count)[:, None, None],
        ]
    )
    total = mass.sum(axis=(1, 2))
    x = (mass.sum(axis=1) * columns).sum(axis=1) / width
    y = (mass.sum(axis=2) * rows).sum(axis=1) / height
    sure = mass.max(axis=(1, 2)) >= _LEAST_PEAK
    sure &= ((cells >= 0) & (cells < (width, height))).all(axis=1)
    centres = np.stack([x, y], axis=1) / np.where(sure, total, 1)[:, None]
    return np.where(sure[:, None], centres, points)


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-logits.astype(np.float64).clip(-100, 100)))
