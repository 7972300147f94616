"""Frames with lists of people, as many programs of their own write them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mmposenorm.keypoints.readers.poses import Pose, Poses, poses_of_frames
from mmposenorm.keypoints.readers.registry import register_reader
from mmposenorm.keypoints.readers.shapes import (
    about_clip,
    floats,
    frames_of,
    is_frames_by_name,
    names_of,
    pose_of,
    some_frames,
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


def _is_frames(content: Any) -> bool:
    if not isinstance(content, list | Mapping):
        return False
    frames = some_frames(_frames_in(content))
    return any(_joints(person) for frame in frames for person in _people(frame))


def _frames_in(content: Any) -> Any:
    """Return what holds the frames."""
    is_one = isinstance(content, Mapping) and 'frames' not in content
    if is_one and (_people_key(content) or not is_frames_by_name(content)):
        return [content]
    return content


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
    """Find the joints of a person, in a list; None if there are none."""
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
    frames = _frames_in(content)
    people = (one for frame in some_frames(frames) for one in _people(frame))
    names = next((_names(one) for one in people if _joints(one)), None)
    about = about_clip(content)
    return poses_of_frames(
        (
            (number, [_pose(one) for one in _people(frame) if _joints(one)])
            for number, frame in frames_of(frames)
        ),
        joint_names=names,
        **about,
    )


def _names(person: Any) -> Sequence[str] | None:
    (joints,) = _joints(person)
    if isinstance(joints, Mapping) and 'x' not in joints:
        return tuple(joints)
    return names_of(joints)


def _pose(person: Any) -> Pose:
    (joints,) = _joints(person)
    if isinstance(joints, Mapping) and 'x' not in joints:
        joints = _rows_by_name(joints)
    pose = pose_of(joints)
    if isinstance(person, Mapping) and np.shape(joints)[-1:] == (2,):
        for key in _SCORE_KEYS:
            scores = person.get(key)
            if isinstance(scores, np.ndarray) and scores.shape == pose.scores.shape:
                return Pose(pose.keypoints, scores)
    return pose


def _rows_by_name(joints: Mapping[str, Any]) -> Any:
    """Turn ``{"nose": [x, y, score]}`` or ``{"nose": {"x": x, ...}}`` into rows."""
    if all(isinstance(one, Mapping) for one in joints.values()):
        keys = {key: None for one in joints.values() for key in one}
        return {key: [one.get(key) for one in joints.values()] for key in keys}
    return floats([*joints.values()])
