"""Frames with lists of people, as many programs of their own write them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mmposenorm.keypoints.readers.poses import Pose, Poses, poses_of_frames
from mmposenorm.keypoints.readers.registry import register_reader
from mmposenorm.keypoints.readers.shapes import (
    about_clip,
    frames_of,
    is_frames_by_name,
    names_of,
    pose_of,
)

_PEOPLE_KEYS: tuple[str, ...] = (
    'people',
    'persons',
    'poses',
    'instances',
    'predictions',
    'detections',
)
_PEOPLE_KEYS += ('bodies', 'skeletons', 'humans')
_JOINT_KEYS: tuple[str, ...] = (
    'keypoints',
    'pose_keypoints_2d',
    'keypoints_2d',
    'joints',
    'landmarks',
)
_JOINT_KEYS += ('points', 'pose', 'skeleton')
_SCORE_KEYS = ('keypoint_scores', 'scores', 'visible', 'confidence', 'confidences')
_LOOKED_AT = 10_000


def _is_frames(content: Any) -> bool:
    if not isinstance(content, list | Mapping):
        return False
    frames = _frames(content)
    return any(_joints(one) for _, f in frames[:_LOOKED_AT] for one in _people(f))


def _frames(content: Any) -> list[tuple[Any, Any]]:
    is_one = isinstance(content, Mapping) and 'frames' not in content
    if is_one and (_people_key(content) or not is_frames_by_name(content)):
        return [(0, content)]
    return frames_of(content)


def _people_key(frame: Any) -> str | None:
    if not isinstance(frame, Mapping):
        return None
    return next((key for key in _PEOPLE_KEYS if key in frame), None)


def _people(frame: Any) -> Sequence[Any]:
    key = _people_key(frame)
    if key is not None:
        people = frame[key]
        people = list(people.values()) if isinstance(people, Mapping) else people
        return [] if people is None else people
    if isinstance(frame, list):
        return frame
    return [] if frame is None else [frame]


def _joints(person: Any) -> Any:
    """Find the joints of a person: columns, rows or numbers; None if there are none."""
    if isinstance(person, np.ndarray):
        return [person] if person.ndim == 2 else None
    if not isinstance(person, Mapping):
        return None
    for key in _JOINT_KEYS:
        value = person.get(key)
        if isinstance(value, np.ndarray | Mapping):
            return [value]
    return None


@register_reader('frames of people', 'json', _is_frames, is_general=True)
def read_frames_of_people(content: Any) -> Poses:
    """Read a list of frames, each with the people in it or with the joints of one.

    ::

        [{"frame": 0, "people": [{"keypoints": [[x, y, score], ...]}]}, ...]
        {"fps": 30, "frames": [{"keypoints": [{"name": "nose", "x": 1, "y": 2,
                                               "score": 0.9}, ...]}, ...]}

    ``persons``, ``poses`` and the like stand for ``people``, ``joints`` for
    ``keypoints``; joints may also be ``{"nose": [x, y, score], ...}``.
    """
    names: Sequence[str] | None = None
    frames: dict[Any, list[Pose]] = {}
    for number, frame in _frames(content):
        poses = frames.setdefault(number, [])
        for person in _people(frame):
            joints = _joints(person)
            if joints is None:
                continue
            pose, found = _pose(joints[0], person)
            names = found if names is None else names
            poses.append(pose)
    about = about_clip(content) if isinstance(content, Mapping) else {}
    return poses_of_frames(frames.items(), joint_names=names, **about)


def _pose(joints: Any, person: Any) -> tuple[Pose, Sequence[str] | None]:
    names = names_of(joints)
    if isinstance(joints, Mapping) and 'x' not in joints:
        names = tuple(joints)
        joints = _rows_by_name(joints)
    pose = pose_of(joints)
    if isinstance(person, Mapping) and np.shape(joints)[-1:] == (2,):
        for key in _SCORE_KEYS:
            if np.shape(person.get(key, ())) == pose.scores.shape:
                return Pose(pose.keypoints, np.asarray(person[key], float)), names
    return pose, names


def _rows_by_name(joints: Mapping[str, Any]) -> Any:
    """Turn ``{"nose": [x, y, score]}`` or ``{"nose": {"x": x, ...}}`` into rows."""
    if all(isinstance(one, Mapping) for one in joints.values()):
        keys = {key: None for one in joints.values() for key in one}
        return {key: [one.get(key) for one in joints.values()] for key in keys}
    return np.array([*joints.values()], np.float32)
