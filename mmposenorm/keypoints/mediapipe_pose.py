"""Several people's 2D poses by the models inside MediaPipe's wheel.

MediaPipe's ready-made pose solution follows one person. Its two parts, run by hand,
follow many: a *detector* that finds people large in a square image, and a *landmark
model* that finds the 33 keypoints of the one person in a turned square region, with
two more points that say where that region is in the next frame. The detector looks
at overlapping squares of the image in two sizes, which takes long and is done now
and then (a *sweep*); in between, each person is followed from frame to frame.

No smoothing in time happens here; MediaPipe's own lags behind.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from .people import FramePeople, frame_people

# Only this one of MediaPipe's three models ships inside its wheel.
_MODEL_COMPLEXITY = 1
_JOINT_COUNT = 33
# Shoulders, elbows, wrists, hips, knees, ankles: what a pose is judged by.
_LIMBS = [*range(11, 17), *range(23, 29)]
# The landmark model's region is this much larger than the circle around the body.
_MARGIN = 1.25
# Sides of the squares that are searched, by the shorter side of the image.
_TILE_FRACTIONS = (1.0, 0.5)
# Mean visibility of the limbs above which a person is followed, and is believed at
# first; and the least length of one who is believed, by the image's height.
_LEAST_CONFIDENCE, _LEAST_NEW_CONFIDENCE, _LEAST_LENGTH = 0.35, 0.5, 0.1
# Mean distances of the limbs, by the radius, below which two regions hold the same
# person, and above which two looks at one do not agree.
_SAME_DISTANCE, _SETTLED_DISTANCE = 0.15, 0.1
# After a loss: this many sweeps, one in this many frames.
_SEARCHES, _SEARCH_INTERVAL = 6, 3

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
    output_stream: "alignment_points"
    node {
      calculator: "PoseLandmarkByRoiCpu"
      input_stream: "IMAGE:image"
      input_stream: "ROI:region"
      input_side_packet: "MODEL_COMPLEXITY:model_complexity"
      input_side_packet: "ENABLE_SEGMENTATION:enable_segmentation"
      output_stream: "LANDMARKS:landmarks"
      output_stream: "AUXILIARY_LANDMARKS:alignment_points"
    }
"""


@dataclass(frozen=True)
class _Pose:
    """One person in one frame.

    Attributes:
        keypoints: Pixels, (33, 2).
        scores: Visibility in [0, 1], (33,).
        circle: Centre of the body and a point on the circle around it, (2, 2) px:
            where to look for the same person in the next frame.
    """

    keypoints: np.ndarray
    scores: np.ndarray
    circle: np.ndarray

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

    def distance(self, other: '_Pose') -> float:
        """Mean distance of the limbs of two poses by the larger of their radii."""
        apart = np.linalg.norm(self.keypoints - other.keypoints, axis=-1)[_LIMBS]
        return float(apart.mean() / max(self.radius, other.radius))

    def is_made_of(self, other: '_Pose') -> bool:
        """Tell whether this is a mistake, made of the limbs of another person."""
        low = np.maximum(self.box[:2], other.box[:2])
        high = np.minimum(self.box[2:], other.box[2:])
        common = np.prod((high - low).clip(min=0))
        own, others = (np.prod(one.box[2:] - one.box[:2]) for one in (self, other))
        return common > 0.6 * own or common > 0.6 * (own + others - common)


class MediaPipeDetector:
    """Finds people and their 33 keypoints in the frames of one video, in order.

    Args:
        sweep_interval: Frames from one search of the whole image to the next. Whoever
            comes in is found at most this many frames later; whoever is lost is
            searched for sooner.

    Raises:
        ModuleNotFoundError: If MediaPipe is not installed.
    """

    layout = 'mediapipe'
    name = 'MediaPipe pose (full)'

    def __init__(self, sweep_interval: int = 15) -> None:
        graph = _import_graph_runner()
        self._detector = graph(graph_config=_DETECTOR_GRAPH)
        self._landmark_model = graph(
            graph_config=_LANDMARK_GRAPH,
            side_inputs={
                'model_complexity': _MODEL_COMPLEXITY,
                'enable_segmentation': False,
            },
        )
        self._sweep_interval = sweep_interval
        self.reset()

    def reset(self) -> None:
        """Begin another video: forget who was in the last one."""
        self._poses: list[_Pose] = []
        self._frames_since_sweep = self._sweep_interval
        self._searches_left = 0

    def __call__(self, frame: np.ndarray) -> FramePeople:
        """Find the people in the next frame.

        Args:
            frame: (H, W, 3) uint8, BGR.

        Returns:
            The people in it.
        """
        image = cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
        poses = _without_doubles(
            [(pose, self._follow(image, pose)) for pose in self._poses]
        )
        if len(poses) < len(self._poses):
            self._searches_left = _SEARCHES
        self._frames_since_sweep += 1
        wait = _SEARCH_INTERVAL if self._searches_left else self._sweep_interval
        if self._frames_since_sweep >= wait:
            poses += self._newcomers(image, poses)
        self._poses = poses
        keypoints = np.array([pose.keypoints for pose in poses])
        scores = np.array([pose.scores for pose in poses])
        return _people_inside(keypoints, scores, image)

    def _follow(self, image: np.ndarray, pose: _Pose) -> _Pose | None:
        """Find a person of the last frame again."""
        centre, up = pose.circle[0], pose.circle[1] - pose.circle[0]
        for growth in (1, 1.2):  # a larger region often holds what was just missed
            found = self._pose(image, np.array([centre, centre + growth * up]))
            if found is not None and found.confidence > _LEAST_CONFIDENCE:
                return found
        return None

    def _newcomers(self, image: np.ndarray, known: list[_Pose]) -> list[_Pose]:
        """Search the whole image for people that are not known yet."""
        new: list[_Pose] = []
        for circle in self._detect(image):
            if any(_holds(pose.circle, circle[0]) for pose in known + new):
                continue
            pose = self._settled_pose(image, circle)
            if (
                pose is not None
                and pose.confidence > _LEAST_NEW_CONFIDENCE
                and pose.length > _LEAST_LENGTH * image.shape[0]
                and not any(pose.is_made_of(one) for one in known + new)
            ):
                new.append(pose)
        self._frames_since_sweep = 0
        self._searches_left = 0 if new else max(0, self._searches_left - 1)
        return new

    def _settled_pose(self, image: np.ndarray, circle: np.ndarray) -> _Pose | None:
        """Look three times, each at the region that the last look found.

        The last looks at a person agree; those at an accident do not.
        """
        looks = [self._pose(image, circle)]
        while looks[-1] is not None and len(looks) < 3:
            looks.append(self._pose(image, looks[-1].circle))
        if looks[-1] is None or looks[-1].distance(looks[-2]) > _SETTLED_DISTANCE:
            return None
        return looks[-1]

    def _detect(self, image: np.ndarray) -> list[np.ndarray]:
        """Find circles around people, (2, 2) each as in `_Pose`, the surest first."""
        found = []
        for left, top, width, height in _tiles(image.shape[1], image.shape[0]):
            tile = np.ascontiguousarray(image[top : top + height, left : left + width])
            for detection in self._detector.process(tile).detections or []:
                points = detection.location_data.relative_keypoints[:2]
                circle = np.array([[point.x, point.y] for point in points])
                found.append((detection.score[0], circle * [width, height]))
                found[-1][1][:] += [left, top]
        return [circle for _, circle in sorted(found, key=lambda one: -one[0])]

    def _pose(self, image: np.ndarray, circle: np.ndarray) -> _Pose | None:
        """Find the keypoints of the person in a circle, if there is one."""
        size = np.array([image.shape[1], image.shape[0]])
        output = self._landmark_model.process(
            {'image': image, 'region': _region(circle, size)}
        )
        if output.landmarks is None:
            return None
        landmarks, points = output.landmarks.landmark, output.alignment_points.landmark
        return _Pose(
            keypoints=np.array([[one.x, one.y] for one in landmarks]) * size,
            scores=np.array([one.visibility for one in landmarks]),
            circle=np.array([[one.x, one.y] for one in points[:2]]) * size,
        )


def _people_inside(
    keypoints: np.ndarray, scores: np.ndarray, image: np.ndarray
) -> FramePeople:
    """Put people together, without the keypoints that are guessed beyond the image."""
    keypoints = keypoints.reshape(-1, _JOINT_COUNT, 2)
    size = image.shape[1], image.shape[0]
    inside = ((keypoints >= 0) & (keypoints < size)).all(axis=-1)
    return frame_people(keypoints, scores.reshape(-1, _JOINT_COUNT) * inside)


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


def _holds(circle: np.ndarray, centre: np.ndarray) -> bool:
    """Tell whether a person centred there would be the one in this circle."""
    radius = np.linalg.norm(circle[1] - circle[0])
    return np.linalg.norm(centre - circle[0]) < radius / 3


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


def _without_doubles(pairs: list[tuple[_Pose, _Pose | None]]) -> list[_Pose]:
    """Keep one where two people's regions have come to hold the same person.

    The one that moved less: the other has jumped there from elsewhere.

    Args:
        pairs: Each person's pose in the last frame and in this; ``None`` if lost.

    Returns:
        Poses in this frame, in the order of the pairs.
    """
    moved = [(new.distance(old), new) for old, new in pairs if new is not None]
    kept: list[_Pose] = []
    for _, pose in sorted(moved, key=lambda one: one[0]):
        if all(pose.distance(other) > _SAME_DISTANCE for other in kept):
            kept.append(pose)
    return [pose for _, pose in moved if any(pose is one for one in kept)]


def _import_graph_runner() -> type:
    try:
        from mediapipe.python.solution_base import SolutionBase
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            'MediaPipe is needed to find poses in a video and is not installed. Run '
            '`make install`, or: pip install absl-py attrs flatbuffers '
            '"protobuf>=4.25.3,<5" matplotlib && pip install --no-deps '
            'mediapipe==0.10.21'
        ) from error
    return SolutionBase
