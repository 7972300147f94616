"""MediaPipe's two pose models, run directly.

Its ready-made solution finds the detector's first person and follows that one. Here
the *detector* gives everybody it finds, in overlapping squares of the image, and the
*landmark model* finds the keypoints of the one person in a region of our choice.
"""

from dataclasses import dataclass, replace

import numpy as np

# Only this one of MediaPipe's three models ships inside its wheel.
_MODEL_COMPLEXITY = 1
# Shoulders, elbows, wrists, hips, knees, ankles: what a pose is judged by.
_LIMBS = [*range(11, 17), *range(23, 29)]
_LIMBS_TURNED = [12, 11, 14, 13, 16, 15, 24, 23, 26, 25, 28, 27]
# The landmark model's region is this much larger than the circle around the body.
_MARGIN = 1.25
# Sides of the squares that are searched, by the shorter side of the image.
_TILE_FRACTIONS = (1.0, 0.5)

_DETECTOR_GRAPH = """
    input_stream: "image"
    output_stream: "detections"
    node {
      calculator: "PoseDetectionCpu"
      input_stream: "IMAGE:image"
      output_stream: "DETECTIONS:detections"
    }
"""
_LANDMARK_GRAPH = """
    input_stream: "image"
    input_stream: "region"
    input_side_packet: "model_complexity"
    input_side_packet: "enable_segmentation"
    output_stream: "landmarks"
    output_stream: "world_landmarks"
    output_stream: "alignment_points"
    node {
      calculator: "PoseLandmarkByRoiCpu"
      input_stream: "IMAGE:image"
      input_stream: "ROI:region"
      input_side_packet: "MODEL_COMPLEXITY:model_complexity"
      input_side_packet: "ENABLE_SEGMENTATION:enable_segmentation"
      output_stream: "LANDMARKS:landmarks"
      output_stream: "WORLD_LANDMARKS:world_landmarks"
      output_stream: "AUXILIARY_LANDMARKS:alignment_points"
    }
"""


@dataclass(frozen=True)
class Pose:
    """One person in one frame.

    Attributes:
        keypoints: Pixels, (33, 2).
        scores: Visibility in [0, 1], (33,).
        circle: Centre of the body and a point on the circle around it, (2, 2) px:
            where to look for the same person in the next frame.
        world_keypoints: 3D estimate around the middle of the hips in metres, (33, 3);
            x right, y down, z away from the camera.
    """

    keypoints: np.ndarray
    scores: np.ndarray
    circle: np.ndarray
    world_keypoints: np.ndarray

    @property
    def radius(self) -> float:
        """Radius of the circle in pixels: a good half of the body's height."""
        return float(np.linalg.norm(self.circle[1] - self.circle[0]))

    @property
    def confidence(self) -> float:
        """Mean visibility of the limbs, in [0, 1]."""
        return float(self.scores[_LIMBS].mean())

    @property
    def box(self) -> np.ndarray:
        """Left, top, right and bottom of the limbs in pixels, (4,)."""
        limbs = self.keypoints[_LIMBS]
        return np.concatenate([limbs.min(axis=0), limbs.max(axis=0)])

    @property
    def length(self) -> float:
        """Diagonal of the box in pixels: the body's length, standing or lying."""
        return float(np.linalg.norm(self.box[2:] - self.box[:2]))

    def distance(self, other: 'Pose') -> float:
        """Mean distance of the limbs of two poses by the larger of their radii."""
        apart = np.linalg.norm(self.keypoints - other.keypoints, axis=-1)[_LIMBS]
        return float(apart.mean() / max(self.radius, other.radius))

    def motion_from(self, before: 'Pose') -> float:
        """Distance as in :meth:`distance`, whichever side of a body is called left."""
        turned = replace(self, keypoints=self.keypoints.copy())
        turned.keypoints[_LIMBS] = self.keypoints[_LIMBS_TURNED]
        return min(self.distance(before), turned.distance(before))

    def is_made_of(self, other: 'Pose') -> bool:
        """Tell whether this is a mistake, made of the limbs of another person."""
        low = np.maximum(self.box[:2], other.box[:2])
        high = np.minimum(self.box[2:], other.box[2:])
        common = np.prod((high - low).clip(min=0))
        own, others = (np.prod(one.box[2:] - one.box[:2]) for one in (self, other))
        return common > 0.6 * own or common > 0.6 * (own + others - common)


class PoseModels:
    """The detector and the landmark model.

    Raises:
        ModuleNotFoundError: If MediaPipe is not installed.
    """

    def __init__(self) -> None:
        graph = _import_graph_runner()
        self._detector = graph(graph_config=_DETECTOR_GRAPH)
        self._landmark_model = graph(
            graph_config=_LANDMARK_GRAPH,
            side_inputs={
                'model_complexity': _MODEL_COMPLEXITY,
                'enable_segmentation': False,
            },
        )

    def search(self, image: np.ndarray) -> list[np.ndarray]:
        """Find people.

        Args:
            image: (H, W, 3) uint8, RGB.

        Returns:
            Circles around them as in :class:`Pose`, (2, 2) px, the surest first; more
            than one around most.
        """
        found = []
        for left, top, width, height in _tiles(image.shape[1], image.shape[0]):
            tile = np.ascontiguousarray(image[top : top + height, left : left + width])
            for detection in self._detector.process(tile).detections or []:
                points = detection.location_data.relative_keypoints[:2]
                circle = np.array([[point.x, point.y] for point in points])
                circle = circle * [width, height] + [left, top]
                found.append((detection.score[0], circle))
        return [circle for _, circle in sorted(found, key=lambda one: -one[0])]

    def look(self, image: np.ndarray, circle: np.ndarray) -> Pose | None:
        """Find the keypoints of one person.

        Args:
            image: (H, W, 3) uint8, RGB.
            circle: Where to look, as in :class:`Pose`, (2, 2) px.

        Returns:
            The pose; ``None`` if nobody is there.
        """
        size = np.array([image.shape[1], image.shape[0]])
        output = self._landmark_model.process(
            {'image': image, 'region': _region(circle, size)}
        )
        if output.landmarks is None:
            return None
        landmarks, points = output.landmarks.landmark, output.alignment_points.landmark
        return Pose(
            keypoints=np.array([[one.x, one.y] for one in landmarks]) * size,
            scores=np.array([one.visibility for one in landmarks]),
            circle=np.array([[one.x, one.y] for one in points[:2]]) * size,
            world_keypoints=np.array(
                [[one.x, one.y, one.z] for one in output.world_landmarks.landmark]
            ),
        )


def _tiles(width: int, height: int) -> list[tuple[int, int, int, int]]:
    """Lay the whole image and squares of two sizes, half overlapping, over it.

    Returns:
        Left, top, width and height of each in pixels.
    """
    tiles = [(0, 0, width, height)]
    for fraction in _TILE_FRACTIONS:
        side = round(min(width, height) * fraction)
        tiles += [
            (left, top, side, side)
            for top in _starts(height, side)
            for left in _starts(width, side)
            if (side, side) != (width, height)
        ]
    return tiles


def _starts(length: int, side: int) -> list[int]:
    count = int(np.ceil((length - side) / (side / 2))) + 1
    return np.linspace(0, length - side, count).round().astype(int).tolist()


def _region(circle: np.ndarray, size: np.ndarray) -> object:
    """Turn a circle into the square that the landmark model looks at.

    Args:
        circle: Centre and a point on it, (2, 2) px; the point lies above the centre
            of an upright person.
        size: Width and height of the image in pixels.

    Returns:
        A ``NormalizedRect`` of MediaPipe.
    """
    from mediapipe.framework.formats.rect_pb2 import NormalizedRect

    centre, up = circle[0], circle[1] - circle[0]
    width, height = 2 * _MARGIN * np.linalg.norm(up) / size
    return NormalizedRect(
        x_center=centre[0] / size[0],
        y_center=centre[1] / size[1],
        width=width,
        height=height,
        # The angle by which `up` is turned clockwise from the image's own up.
        rotation=np.arctan2(up[0], -up[1]),
    )


def _import_graph_runner() -> type:
    try:
        from mediapipe.python.solution_base import SolutionBase
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            'MediaPipe is needed to find poses in a video and is not installed. Run '
            '`make install`, or: pip install absl-py attrs flatbuffers '
            '"protobuf>=4.25.3,<5" matplotlib && pip install --no-deps '
            'mediapipe==0.10.21; or use --pose2d rtmlib'
        ) from error
    return SolutionBase
