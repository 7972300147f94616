"""OpenPose's JSON, and AlphaPose's in the formats of OpenPose and CMU-Pose."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from mmposenorm.keypoints.readers.poses import (
    Pose,
    Poses,
    are_fractions,
    poses_of_frames,
)
from mmposenorm.keypoints.readers.registry import register_reader
from mmposenorm.keypoints.readers.shapes import (
    about_clip,
    first_filled,
    frames_of,
    keys_of,
    pose_of,
    some_frames,
)

_LAYOUTS = {15: 'openpose_mpi15', 18: 'openpose_coco18', 25: 'openpose_body25'}
_KEYS = ('pose_keypoints_2d', 'pose_keypoints')  # the second until OpenPose 1.1
_NECK, _SHOULDERS = 1, [2, 5]  # of COCO-18


def _frames(content: Any) -> Iterable[tuple[Any, Any]]:
    return [(0, content)] if _is_frame(content) else frames_of(content)


def _is_frame(content: Any) -> bool:
    return bool(keys_of(content) & {'people', 'bodies'})


def _some_frame(content: Any) -> Mapping[str, Any] | None:
    """Return a frame with people in it, or at least a frame."""
    if not isinstance(content, list | Mapping):
        return None
    frames: list[Any] = [content] if _is_frame(content) else some_frames(content)
    frames = [frame for frame in frames if _is_frame(frame)]
    filled = [frame for frame in frames if len(_people(frame)) > 0]
    return next(iter([*filled, *frames]), None)


def _people(frame: Mapping[str, Any]) -> Any:
    people = frame.get('people', frame.get('bodies'))
    return [] if people is None else people


def _is_openpose(content: Any) -> bool:
    frame = _some_frame(content)
    if frame is None:
        return False
    person = first_filled(_people(frame))
    return person is None or any(
        key.startswith('pose_keypoints') for key in keys_of(person)
    )


def _is_alphapose(content: Any) -> bool:
    frame = _some_frame(content)
    return frame is not None and (
        'bodies' in frame or str(frame.get('version')).startswith('AlphaPose')
    )


@register_reader('AlphaPose JSON', 'json', _is_alphapose)
def read_alphapose_as_others(content: Any) -> Poses:
    """Read AlphaPose's results of ``--format cmu`` or ``open``, 18 joints each.

    ::

        {"0.jpg": {"version": "AlphaPose v0.3",
                   "bodies": [{"joints": [x, y, score, ...]}]}, ...}
        {"0.jpg": {"version": "AlphaPose v0.3",
                   "people": [{"pose_keypoints_2d": [x, y, score, ...]}]}, ...}

    or a folder of such frames, ``sep-json``. For Halpe's joints AlphaPose writes the
    head where the neck belongs; so the neck is taken as the middle of the shoulders,
    which it is for COCO's.
    """
    frames = ((name, _alphapose_people(frame)) for name, frame in _frames(content))
    poses = poses_of_frames(frames, layouts=_LAYOUTS)
    if poses.keypoints.shape[1] == 18:
        poses.keypoints[:, _NECK] = poses.keypoints[:, _SHOULDERS].mean(axis=1)
        poses.scores[:, _NECK] = poses.scores[:, _SHOULDERS].min(axis=1)
    return poses


def _alphapose_people(frame: Any) -> list[Pose]:
    if not _is_frame(frame):
        return []
    return [
        pose_of(person.get('joints', person.get(_KEYS[0]))) for person in _people(frame)
    ]


@register_reader('OpenPose keypoints', 'json', _is_openpose)
def read_openpose(content: Any) -> Poses:
    """Read OpenPose's folder of JSON files, of BODY_25, BODY_25B, COCO or MPI.

    ::

        {"version": 1.3, "people": [
            {"person_id": [-1], "pose_keypoints_2d": [x, y, score, ...], ...}]}

    in a file ``NAME_000000000012_keypoints.json`` for each frame, or a list of such
    frames; the numbers may be nested. Of ``--keypoint_scale 3`` the positions are
    fractions of the image, of 4 they reach from -1 to 1 and are made fractions.
    """
    frames = ((name, _openpose_people(frame)) for name, frame in _frames(content))
    poses = poses_of_frames(frames, layouts=_LAYOUTS, **about_clip(content))
    if not are_fractions(poses.keypoints, poses.scores):
        return poses
    keypoints = poses.keypoints
    if (keypoints[poses.scores > 0] < 0).any():
        keypoints = (keypoints + 1) / 2
    return replace(poses, keypoints=keypoints, normalized=True)


def _openpose_people(frame: Any) -> list[Pose]:
    if not _is_frame(frame):
        return []
    poses = []
    for person in _people(frame):
        found = [person[key] for key in _KEYS if np.size(person.get(key, ())) > 0]
        if found:
            poses.append(pose_of(found[0]))
        elif np.size(person.get('pose_keypoints_3d', ())) > 0:
            raise ValueError(
                'it holds only 3D keypoints (pose_keypoints_3d) of OpenPose; expected '
                'pose_keypoints_2d. Run OpenPose with --write_json on the video of one '
                'camera, without --3d.'
            )
    return poses
