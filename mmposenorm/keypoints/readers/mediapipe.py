"""MediaPipe's landmarks as people save them; MediaPipe itself writes no files."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from mmposenorm.keypoints.layouts import LAYOUTS
from mmposenorm.keypoints.readers.joint_names import canonical_names
from mmposenorm.keypoints.readers.json_files import Folder
from mmposenorm.keypoints.readers.poses import (
    Pose,
    Poses,
    are_fractions,
    poses_of_frames,
)
from mmposenorm.keypoints.readers.registry import register_reader
from mmposenorm.keypoints.readers.shapes import (
    about_clip,
    floats,
    frames_of,
    keys_of,
    pose_of,
    some_frames,
)

_NAMES = canonical_names(LAYOUTS['mediapipe'].joint_names)
_KEYS = ('pose_landmarks', 'poseLandmarks', 'landmarks', 'pose', 'keypoints')
_WORLD_KEYS: tuple[str, ...] = (
    'pose_world_landmarks',
    'poseWorldLandmarks',
    'worldLandmarks',
)
_WORLD_KEYS += ('world_landmarks',)
# More poses than this in one list are frames.
_MOST_PEOPLE = 10


def _is_mediapipe(content: Any) -> bool:
    if not isinstance(content, list | Mapping):
        return False
    return any(map(_is_frame, some_frames(_frames_in(content))))


def _frames_in(content: Any) -> Any:
    """Return what holds the frames."""
    if isinstance(content, Folder) or not isinstance(content, Mapping):
        return content
    for key in _KEYS:
        poses = content.get(key)
        if isinstance(poses, list) and len(poses) > _MOST_PEOPLE:
            return poses
    return [content] if _is_frame(content) else content


def _is_frame(frame: Any) -> bool:
    if keys_of(frame) & {*_KEYS[:2], *_WORLD_KEYS}:
        return True
    return any(_is_pose(pose) for pose in _poses(frame))


def _is_pose(value: Any) -> bool:
    """Tell whether these are 33 landmarks: columns, rows or by their names."""
    if isinstance(value, np.ndarray):
        return value.shape in ((len(_NAMES), 4), (4 * len(_NAMES),))
    if {'x', 'y'} <= keys_of(value):
        return np.size(value['x']) == len(_NAMES)
    return len(keys_of(value)) == len(_NAMES) and _by_name(value) is not None


def _poses(frame: Any) -> list[Any]:
    """Return the landmarks of each person in a frame."""
    if isinstance(frame, Mapping):
        for key in _KEYS:
            if key in frame:
                return _poses(frame[key])
        if 'landmark' in frame:  # of protobuf's JSON
            return [frame['landmark']]
        return [frame] if 'x' in frame or _by_name(frame) else []
    if frame is None or (isinstance(frame, list) and not frame):
        return []
    if isinstance(frame, list) and not _is_landmark(frame[0]):
        return [pose for one in frame for pose in _poses(one)]
    return [frame] if not isinstance(frame, int | float | str) else []


def _is_landmark(value: Any) -> bool:
    return isinstance(value, int | float | str) or np.ndim(value) == 1


@register_reader('MediaPipe JSON', 'json', _is_mediapipe)
def read_mediapipe(content: Any) -> Poses:
    """Read the 33 landmarks of MediaPipe's pose, one person or several a frame.

    ::

        [[{"x": 0.5, "y": 0.2, "z": -0.1, "visibility": 0.99}, ... 33], ...]
        [{"frame": 0, "landmarks": [...]}, {"frame": 1, "pose_landmarks": [...]}, ...]
        {"fps": 30, "width": 1920, "height": 1080, "frames": [{...}, ...]}

    also ``poseLandmarks``, a list of people as the tasks return it, rows of
    ``[x, y, z, visibility]``, and landmarks by their names. Positions are fractions of
    the image, unless they are so large that they must be pixels.
    """
    frames = _frames_in(content)
    if all(
        keys_of(one) & {*_WORLD_KEYS} and not _poses(one) for one in some_frames(frames)
    ):
        raise ValueError(
            'it holds only world landmarks of MediaPipe, in metres; expected '
            'pose_landmarks. Save the landmarks of the image as well.'
        )
    poses = poses_of_frames(
        ((n, [_pose(one) for one in _poses(frame)]) for n, frame in frames_of(frames)),
        layout='mediapipe',
        **about_clip(content),
    )
    return replace(poses, normalized=are_fractions(poses.keypoints, poses.scores))


def _pose(landmarks: Any) -> Pose:
    named = _by_name(landmarks)
    if named is not None:
        landmarks = named
    if isinstance(landmarks, np.ndarray) and landmarks.size == 4 * len(_NAMES):
        landmarks = landmarks.reshape(-1, 4)[:, [0, 1, 3]]
    elif isinstance(landmarks, np.ndarray) and landmarks.ndim == 2:
        landmarks = landmarks[:, :2]  # the third is a depth
    pose = pose_of(landmarks)
    if len(pose.keypoints) != len(_NAMES):
        raise ValueError(
            f'a person has {len(pose.keypoints)} landmarks; expected the 33 of '
            "MediaPipe's pose. Save all of them, in their order."
        )
    return pose


def _by_name(landmarks: Any) -> dict[str, np.ndarray] | None:
    """Turn ``{"NOSE": {"x": ..}, ...}`` into columns; None if it is not that."""
    if not isinstance(landmarks, Mapping):
        return None
    names = canonical_names([*landmarks])
    if sorted(names) != sorted(_NAMES):
        return None
    points = dict(zip(names, landmarks.values(), strict=True))
    keys = [key for key in ('x', 'y', 'visibility') if key in keys_of(points['nose'])]
    return {key: floats([points[name].get(key) for name in _NAMES]) for key in keys}
