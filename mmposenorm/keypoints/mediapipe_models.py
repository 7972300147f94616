"""MediaPipe's two pose models, run directly.

Its ready-made solution finds the detector's first person and follows that one. Here
the *detector* gives everybody it finds, in overlapping squares of the image, and the
*landmark model* finds the keypoints of the one person in a region of our choice.
"""

from dataclasses import dataclass, replace

import numpy as np

from mmposenorm.keypoints.mediapipe_networks import DetectionNetwork, LandmarkNetwork

# Shoulders, elbows, wrists, hips, knees, ankles: what a pose is judged by.
_LIMBS = [*range(11, 17), *range(23, 29)]
_LIMBS_TURNED = [12, 11, 14, 13, 16, 15, 24, 23, 26, 25, 28, 27]
# The landmark model's region is this much larger than the circle around the body.
_MARGIN = 1.25
# Sides of the squares that are searched, by the shorter side of the image.
_TILE_FRACTIONS = (1.0, 0.5)


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
        ModuleNotFoundError: If MediaPipe or LiteRT is not installed.
        FileNotFoundError: If MediaPipe is of a version without the models.
    """

    def __init__(self) -> None:
        self._detector = DetectionNetwork()
        self._landmark_model = LandmarkNetwork()

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
            tile = image[top : top + height, left : left + width]
            corner = np.array([left, top])
            found += [
                (score, circle + corner) for score, circle in self._detector(tile)
            ]
        return [circle for _, circle in sorted(found, key=lambda one: -one[0])]

    def look(self, image: np.ndarray, circle: np.ndarray) -> Pose | None:
        """Find the keypoints of one person.

        Args:
            image: (H, W, 3) uint8, RGB.
            circle: Where to look, as in :class:`Pose`, (2, 2) px.

        Returns:
            The pose; ``None`` if nobody is there.
        """
        found = self._landmark_model(image, *_region(circle))
        return None if found is None else Pose(**found._asdict())


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


def _region(circle: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Turn a circle into the square that the landmark model looks at.

    Args:
        circle: Centre and a point on it, (2, 2) px; the point lies above the centre
            of an upright person.

    Returns:
        The middle of the square, its side, and the angle by which the person is turned
        clockwise.
    """
    centre, up = circle[0], circle[1] - circle[0]
    side = 2 * _MARGIN * float(np.linalg.norm(up))
    return centre, side, float(np.arctan2(up[0], -up[1]))
