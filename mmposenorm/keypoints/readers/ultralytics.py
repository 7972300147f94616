"""Results of Ultralytics' YOLO models for poses."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from mmposenorm.keypoints.readers.poses import (
    COCO_LAYOUTS,
    Pose,
    Poses,
    are_fractions,
    poses_of_frames,
)
from mmposenorm.keypoints.readers.registry import register_reader
from mmposenorm.keypoints.readers.shapes import (
    box_of,
    first_filled,
    frames_of,
    keys_of,
    pose_of,
)

_BOX_KEYS = ('x1', 'y1', 'x2', 'y2')
_BOX_COLUMNS = 5  # class and box, before the keypoints
_USUAL_COUNTS = (17, 26, 18, 25, 33)


def _is_person(value: Any) -> bool:
    return {'keypoints', 'box'} <= keys_of(value) and {'x', 'y'} <= keys_of(
        value['keypoints']
    )


def _is_ultralytics(content: Any) -> bool:
    first = first_filled(content)
    if isinstance(first, str):
        return first.lstrip().startswith('[') and '"keypoints"' in first
    return _is_person(first) or (
        isinstance(first, list) and _is_person(first_filled(first))
    )


@register_reader('Ultralytics JSON', 'json', _is_ultralytics)
def read_ultralytics(content: Any) -> Poses:
    """Read what ``Results.to_json()`` returns, of 17 joints: an image, or a list.

    ::

        [[{"name": "person", "class": 0, "confidence": 0.9, "track_id": 1,
           "box": {"x1": 1, "y1": 2, "x2": 3, "y2": 4},
           "keypoints": {"x": [...], "y": [...], "visible": [...]}}], ...]

    also one text of such JSON for each frame, and a folder with a file for each.
    """
    if _is_person(first_filled(content)) and isinstance(content, list):
        content = [content]
    frames = ((name, _people(people)) for name, people in frames_of(content))
    poses = poses_of_frames(frames, layouts=COCO_LAYOUTS)
    return replace(poses, normalized=are_fractions(poses.keypoints, poses.scores))


def _people(people: Any) -> list[Pose]:
    if isinstance(people, str):
        try:
            people = json.loads(people)
        except json.JSONDecodeError as error:
            raise ValueError(
                'the text of a frame is no JSON; expected what to_json() returns. '
                'Write the file again.'
            ) from error
    return [_pose(one) for one in people or ()]


def _pose(person: Mapping[str, Any]) -> Pose:
    box = person.get('box') or {}
    return pose_of(person['keypoints'], box_of([box.get(key) for key in _BOX_KEYS]))


def _is_labels(files: Mapping[str, Sequence[str]]) -> bool:
    line = next((line for lines in files.values() for line in lines), '')
    numbers = line.split()
    try:
        return len([float(number) for number in numbers]) > _BOX_COLUMNS
    except ValueError:
        return False


@register_reader('Ultralytics labels', 'txt', _is_labels)
def read_labels(files: Mapping[str, Sequence[str]]) -> Poses:
    """Read the folder that ``save_txt=True`` fills: a line for each person.

    ::

        class x y width height x1 y1 score1 ... [confidence] [track number]

    in ``labels/NAME_12.txt`` for frame 12. All positions are fractions of the image.
    Frames without people have no file.
    """
    rows = {name: [_numbers(line) for line in lines] for name, lines in files.items()}
    count = max((len(row) for people in rows.values() for row in people), default=0)
    joints, columns = _joints(count)
    frames = (
        (name, [_labelled(row, joints, columns) for row in people])
        for name, people in rows.items()
    )
    return poses_of_frames(frames, layouts=COCO_LAYOUTS, normalized=True)


def _numbers(line: str) -> np.ndarray:
    try:
        return np.array(line.split(), np.float32)
    except ValueError as error:
        raise ValueError(
            f'the line {line[:40]!r} is not made of numbers; expected those that '
            'Ultralytics writes with save_txt=True. Write the folder again.'
        ) from error


def _joints(count: int) -> tuple[int, int]:
    """Find the number of joints, and of columns for each, in a line of numbers."""
    for columns in (3, 2):
        for joints in _USUAL_COUNTS:
            # A confidence and the number of a track may follow.
            if 0 <= count - _BOX_COLUMNS - joints * columns <= 2:
                return joints, columns
    raise ValueError(
        f'a line has {count} numbers; expected class, box and 17 keypoints of x, y and '
        'score, 56 to 58 numbers. Use a model for poses, such as yolo11n-pose.'
    )


def _labelled(row: np.ndarray, joints: int, columns: int) -> Pose:
    end = _BOX_COLUMNS + joints * columns
    if len(row) < end:
        raise ValueError(
            f'a line has {len(row)} numbers where others have {end} or more; expected '
            'as many for everybody. Write the folder again.'
        )
    x, y, width, height = row[1:_BOX_COLUMNS]
    box = np.array([x - width / 2, y - height / 2, x + width / 2, y + height / 2])
    return pose_of(row[_BOX_COLUMNS:end].reshape(joints, columns), box)
