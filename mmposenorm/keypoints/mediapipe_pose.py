"""Several people's 2D poses by the models inside MediaPipe's wheel.

Searching the image for people takes long and is done in every frame only as long as
nobody is known. Each person is followed from frame to frame: the landmark model also
tells in which region to look next. Who is found late is followed back in time too.

No smoothing in time happens here; MediaPipe's own lags behind.
"""

from collections import deque
from collections.abc import Iterator
from itertools import product

import cv2
import numpy as np

from mmposenorm.keypoints.mediapipe_models import Pose, PoseModels
from mmposenorm.keypoints.people import FramePeople, frame_people, no_people

_JOINT_COUNT = 33
# Mean visibility of the limbs above which a person is followed, and is believed at
# first; and the least length of one who is believed, by the image's height.
_LEAST_CONFIDENCE, _LEAST_NEW_CONFIDENCE, _LEAST_LENGTH = 0.35, 0.5, 0.1
# Mean distances of the limbs, by the radius, below which two regions hold the same
# person, and above which two looks at one do not agree.
_SAME_DISTANCE, _SETTLED_DISTANCE = 0.15, 0.1
# The same from one frame to the next, above which a pose is doubted, and where else is
# looked then: by how much larger the region is, and how far aside by its radius. At 25
# frames a second or more, few movements are as fast.
_DOUBTED_MOTION, _GROWTHS, _ASIDE = 0.1, (1.0, 1.2, 1.35), (0.0, -0.2, 0.2)
# The same above which it is somebody or something else, wherever was looked.
_MOST_MOTION = 0.25
# Frames from one search to the next; after a loss, so many searches come sooner.
_SEARCH_INTERVAL, _SEARCHES_AFTER_LOSS, _INTERVAL_AFTER_LOSS = 15, 6, 3


class MediaPipeDetector:
    """Finds people and their 33 keypoints in the frames of one video, in order.

    Attributes:
        earlier: People of the frames before the last one, of the latest first, who
            were noticed only in the last.

    Raises:
        ModuleNotFoundError: If MediaPipe is not installed.
    """

    layout = 'mediapipe'
    name = 'MediaPipe pose (full)'

    def __init__(self) -> None:
        self._models = PoseModels()
        self.reset()

    def reset(self) -> None:
        """Start a new video: forget who was in the last one."""
        self._poses: list[Pose] = []
        self._frames_since_search = 0
        self._searches_left = 0
        # The latest images and who is in them, the newest last.
        self._recent: deque[tuple[np.ndarray, list[Pose]]] = deque(
            maxlen=_SEARCH_INTERVAL
        )
        self.earlier: list[FramePeople] = []

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
            self._searches_left = _SEARCHES_AFTER_LOSS
        self._frames_since_search += 1
        newcomers = []
        if not poses or self._frames_since_search >= self._interval():
            newcomers = self._newcomers(image, poses)
        self.earlier = self._look_back(newcomers)
        self._poses = poses + newcomers
        self._recent.append((image, self._poses))
        return _people_of(self._poses, image)

    def _interval(self) -> int:
        return _INTERVAL_AFTER_LOSS if self._searches_left else _SEARCH_INTERVAL

    def _look_back(self, newcomers: list[Pose]) -> list[FramePeople]:
        """Follow people back in time through the latest frames.

        Returns:
            Those found there, the frame before this one first.
        """
        found: list[list[Pose]] = [[] for _ in self._recent]
        for newcomer in newcomers:
            pose = newcomer
            for (image, known), earlier in zip(
                reversed(self._recent), found, strict=True
            ):
                before = self._follow(image, pose)
                if before is None or any(_is_same(before, one) for one in known):
                    break
                known.append(before)
                earlier.append(before)
                pose = before
        images = [image for image, _ in reversed(self._recent)]
        return [
            _people_of(poses, image) for poses, image in zip(found, images, strict=True)
        ]

    def _follow(self, image: np.ndarray, pose: Pose) -> Pose | None:
        """Find a person of the last frame again.

        Where two people overlap, the landmark model may give the limbs of the other.
        A pose that has jumped is therefore doubted: larger regions and regions beside
        the first are looked at too, and the pose that moved least is taken. If that
        moved farther than people do, they are lost: in a somersault, say, which the
        landmark model does not know, it would drift off to things around.
        """
        looks = []
        for region in _regions_around(pose.circle):
            found = self._models.look(image, region)
            if found is None or found.confidence <= _LEAST_CONFIDENCE:
                continue
            looks.append(found)
            if len(looks) == 1 and found.motion_from(pose) < _DOUBTED_MOTION:
                break
        nearest = min(looks, key=lambda look: look.motion_from(pose), default=None)
        if nearest is None or nearest.motion_from(pose) > _MOST_MOTION:
            return None
        return nearest

    def _newcomers(self, image: np.ndarray, known: list[Pose]) -> list[Pose]:
        """Search the whole image for people that are not known yet."""
        new: list[Pose] = []
        for circle in self._models.search(image):
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
        self._frames_since_search = 0
        self._searches_left = 0 if new else max(0, self._searches_left - 1)
        return new

    def _settled_pose(self, image: np.ndarray, circle: np.ndarray) -> Pose | None:
        """Look three times, each at the region that the last look found.

        The last looks at a person agree; those at a false detection do not.
        """
        looks: list[Pose] = []
        for _ in range(3):
            look = self._models.look(image, looks[-1].circle if looks else circle)
            if look is None:
                return None
            looks.append(look)
        return looks[-1] if looks[-1].distance(looks[-2]) <= _SETTLED_DISTANCE else None


def _people_of(poses: list[Pose], image: np.ndarray) -> FramePeople:
    """Put people together, without the keypoints that are guessed beyond the image."""
    if not poses:
        return no_people(_JOINT_COUNT)
    keypoints = np.stack([pose.keypoints for pose in poses])
    size = image.shape[1], image.shape[0]
    inside = ((keypoints >= 0) & (keypoints < size)).all(axis=-1)
    return frame_people(
        keypoints,
        np.stack([pose.scores for pose in poses]) * inside,
        world_keypoints=np.stack([pose.world_keypoints for pose in poses]),
    )


def _is_same(pose: Pose, other: Pose) -> bool:
    """Tell whether a pose is that of a person who is known already, or part of it."""
    return pose.distance(other) < _SAME_DISTANCE or pose.is_made_of(other)


def _regions_around(circle: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the circle itself, (2, 2) px, and then larger ones and some beside it."""
    centre, up = circle[0], circle[1] - circle[0]
    across = np.array([-up[1], up[0]])
    for growth, aside in product(_GROWTHS, _ASIDE):
        middle = centre + aside * across
        yield np.array([middle, middle + growth * up])


def _holds(circle: np.ndarray, centre: np.ndarray) -> bool:
    """Tell whether a person centred there would be the one in this circle."""
    radius = np.linalg.norm(circle[1] - circle[0])
    return np.linalg.norm(centre - circle[0]) < radius / 3


def _without_doubles(pairs: list[tuple[Pose, Pose | None]]) -> list[Pose]:
    """Keep one where two people's regions have come to hold the same person.

    The one that moved less: the other has jumped there from elsewhere.

    Args:
        pairs: Each person's pose in the last frame and in this; ``None`` if lost.

    Returns:
        Poses in this frame, in the order of the pairs.
    """
    moved = [(new.distance(old), new) for old, new in pairs if new is not None]
    kept: list[Pose] = []
    for _, pose in sorted(moved, key=lambda one: one[0]):
        if all(pose.distance(other) > _SAME_DISTANCE for other in kept):
            kept.append(pose)
    return [pose for _, pose in moved if any(pose is one for one in kept)]
