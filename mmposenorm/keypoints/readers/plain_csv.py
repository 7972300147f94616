"""Plain csv files, with a row for each joint or for each frame."""

import re
from collections.abc import Sequence

import numpy as np

from mmposenorm.keypoints.readers.numbering import frame_numbers
from mmposenorm.keypoints.readers.poses import COCO_LAYOUTS, Poses
from mmposenorm.keypoints.readers.registry import register_reader
from mmposenorm.keypoints.readers.tables import Table

_FRAME = ('frame', 'frame_id', 'frame_idx', 'frame_index', 'frame_number', 'image')
_JOINT: tuple[str, ...] = (
    'joint',
    'keypoint',
    'landmark',
    'bodypart',
    'body_part',
    'part',
    'name',
)
_JOINT += ('joint_name', 'keypoint_name', 'keypoint_id', 'joint_id', 'landmark_id')
_JOINT += ('keypoint_idx', 'joint_idx', 'landmark_index')
_PERSON = ('person', 'person_id', 'id', 'track', 'track_id', 'individual', 'subject')
_SCORE: tuple[str, ...] = (
    'score',
    'confidence',
    'conf',
    'likelihood',
    'visibility',
    'visible',
    'c',
)
_SCORE += ('v', 'probability', 'p')
_MOST_JOINTS = 200
_COLUMN = re.compile(rf'(.+?)[\W_]+(x|y|z|{"|".join(_SCORE)})$')


def _header(table: Table) -> list[str]:
    cells = (cell.strip().lower() for cell in table.head[0])
    return [re.sub(r'[\s#-]+', '_', cell).strip('_') for cell in cells]


def _is_kinovea(table: Table) -> bool:
    cells = [cell.strip() for cell in table.head[0]]
    if any('Kinovea' in cell for row in table.head[:2] for cell in row):
        return True
    is_timed = bool(cells) and re.match(r'(time|t)\b', cells[0].lower()) is not None
    return is_timed and not any(re.search('_[xy]$', cell) for cell in cells)


@register_reader('Kinovea csv', 'csv', _is_kinovea)
def refuse_kinovea(table: Table) -> Poses:
    """Refuse Kinovea's csv, whose points need be neither a body nor in pixels."""
    raise ValueError(
        "it looks like Kinovea's csv (its first column is the time). Kinovea follows "
        'single points in units and with axes of its own, not a whole body: give the '
        'video instead, or write a csv with the columns frame, joint, x, y in pixels.'
    )


def _find(header: Sequence[str], names: Sequence[str]) -> int | None:
    return next((header.index(name) for name in names if name in header), None)


def _is_long(table: Table) -> bool:
    header = _header(table)
    has_names = all(_find(header, names) is not None for names in (_FRAME, _JOINT))
    return has_names and {'x', 'y'} <= {*header}


@register_reader('keypoints csv', 'csv', _is_long, is_general=True)
def read_rows_of_joints(table: Table) -> Poses:
    """Read a row for each joint.

    ::

        frame,joint,x,y,score
        0,left_shoulder,312.5,201.7,0.98

    Joints have names or numbers; ``score`` may be left out, ``person`` added.
    """
    header = _header(table)
    columns = [_find(header, names) for names in (('x',), ('y',), _SCORE)]
    used = [column for column in columns if column is not None]
    values = table.numbers(1, used)
    texts = [
        _texts(table, _find(header, names), len(values))
        for names in (_FRAME, _PERSON, _JOINT)
    ]
    frames, persons = (list(dict.fromkeys(names)) for names in texts[:2])
    joints = _joints(texts[2])
    out = np.full((len(frames), len(persons), len(joints), 3), np.nan, np.float32)
    out[..., 2] = 1
    places = tuple(
        _places(names, among)
        for names, among in zip(texts, (frames, persons, joints), strict=True)
    )
    out[(*places, slice(len(used)))] = values
    names = None if all(name.isdecimal() for name in joints) else joints
    return _poses(out, frames, names)


def _places(names: Sequence[str], among: Sequence[str]) -> list[int]:
    index = {name: place for place, name in enumerate(among)}
    return [index[name] for name in names]


def _texts(table: Table, column: int | None, count: int) -> list[str]:
    if column is None:
        return [''] * count
    return [row[column].strip() for row in table.rows(1)]


def _joints(names: Sequence[str]) -> list[str]:
    """List the joints; all numbers up to the largest, since their place is meant."""
    found = list(dict.fromkeys(names))
    if not all(name.isdecimal() for name in found):
        return found
    numbers = [*map(int, found)]
    if max(numbers) > _MOST_JOINTS:
        raise ValueError(
            f'its joints have numbers up to {max(numbers)}; expected at most '
            f'{_MOST_JOINTS}. Number them from 0, or give their names.'
        )
    first = 1 if min(numbers) == 1 and max(numbers) in COCO_LAYOUTS else 0
    return [str(number) for number in range(first, max(numbers) + 1)]


def _is_wide(table: Table) -> bool:
    return len(_wide_columns(table)) > 0


def _wide_columns(table: Table) -> dict[str, dict[str, int]]:
    """Find the columns of each joint that has at least x and y."""
    columns: dict[str, dict[str, int]] = {}
    for index, cell in enumerate(table.head[0]):
        match = _COLUMN.match(cell.strip().lower())
        if match:
            name = cell.strip()[: match.end(1)]
            key = match[2] if match[2] in 'xyz' else 'score'
            columns.setdefault(name, {})[key] = index
    return {name: c for name, c in columns.items() if {'x', 'y'} <= {*c}}


@register_reader('keypoints csv', 'csv', _is_wide, is_general=True)
def read_rows_of_frames(table: Table) -> Poses:
    """Read a row for each frame, with columns for each joint.

    ::

        frame,nose_x,nose_y,nose_score,left_eye_x,...
        0,312.5,201.7,0.98,...

    ``frame`` and the scores may be left out.
    """
    joints = _wide_columns(table)
    header = _header(table)
    frame = _find(header, _FRAME)
    used = [c for one in joints.values() for c in (one['x'], one['y'])]
    values = table.numbers(1, used)
    out = np.ones((len(values), 1, len(joints), 3), np.float32)
    out[:, 0, :, :2] = values.reshape(len(values), len(joints), 2)
    for place, one in enumerate(joints.values()):
        if 'score' in one:
            out[:, 0, place, 2] = table.numbers(1, [one['score']])[:, 0]
    names = [*range(len(values))]
    frames = names if frame is None else _texts(table, frame, len(values))
    return _poses(out, frames, list(joints))


def _poses(
    triples: np.ndarray, frames: Sequence[object], names: Sequence[str] | None
) -> Poses:
    """Leave out people of whom nothing was found, (T, P, K, 3)."""
    keypoints, scores = triples[..., :2], triples[..., 2]
    scores = np.where(np.isfinite(keypoints).all(axis=-1), scores, 0)
    seen = scores.any(axis=-1)
    if not seen.any():
        raise ValueError(f'there is no person in any of {len(frames)} frames.')
    numbers = frame_numbers(frames)
    return Poses(
        keypoints[seen],
        scores[seen],
        numbers[np.nonzero(seen)[0]],
        first_frame=int(numbers.min()),
        last_frame=int(numbers.max()),
        joint_names=names,
    )
