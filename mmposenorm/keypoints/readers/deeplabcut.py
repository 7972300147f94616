"""DeepLabCut's csv and h5."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mmposenorm.keypoints.readers.numbering import frame_numbers
from mmposenorm.keypoints.readers.poses import Poses
from mmposenorm.keypoints.readers.registry import register_reader
from mmposenorm.keypoints.readers.tables import Table

_ROWS = ('scorer', 'individuals', 'bodyparts', 'coords')
# The names of its human model: 1 is the right side, 2 the left.
_NUMBERED = {'1': 'right', '2': 'left'}
_LIMBS = ('ankle', 'knee', 'hip', 'wrist', 'elbow', 'shoulder')


def _is_deeplabcut(table: Table) -> bool:
    names = [row[0].strip().lower() for row in table.head if row]
    return 'bodyparts' in names and 'coords' in names


@register_reader('DeepLabCut csv', 'csv', _is_deeplabcut)
def read_deeplabcut(table: Table) -> Poses:
    """Read DeepLabCut's csv, of one individual or several.

    ::

        scorer,DLC,DLC,DLC,...
        individuals,person1,person1,person1,...     (of several only)
        bodyparts,left_shoulder,left_shoulder,left_shoulder,...
        coords,x,y,likelihood,...
        0,312.5,201.7,0.98,...

    The joints must have names of human joints; the h5 file holds the same.
    """
    header = {row[0].strip().lower(): row for row in table.head if row}
    height = 1 + max(i for i, row in enumerate(table.head) if row == header['coords'])
    columns = [i for i, cell in enumerate(header['coords']) if i and cell.strip()]
    labels = [
        tuple(header[row][i].strip() for row in _ROWS[1:] if row in header)
        for i in columns
    ]
    values = table.numbers(height, columns)
    names = [_frame_name(row, columns[0]) for row in table.rows(height)]
    return _poses(labels, values, names)


def _frame_name(row: Sequence[str], first_column: int) -> str:
    """Return a frame's number, or the name of its picture in labelled data."""
    return Path(''.join(row[:first_column][-1:]) or row[0]).stem


def _poses(
    labels: Sequence[tuple[str, ...]], values: np.ndarray, names: Sequence[Any]
) -> Poses:
    """Sort columns (individual, joint, coordinate) into poses."""
    people = list(dict.fromkeys(label[:-2] for label in labels))
    joints = list(dict.fromkeys(label[-2] for label in labels))
    out = np.full((len(values), len(people), len(joints), 3), np.nan, np.float32)
    out[..., 2] = 1  # labelled data has no likelihood
    coordinates = {'x': 0, 'y': 1, 'likelihood': 2}
    for column, (*person, joint, coordinate) in enumerate(labels):
        if coordinate.lower() in coordinates:
            place = people.index(tuple(person)), joints.index(joint)
            out[:, *place, coordinates[coordinate.lower()]] = values[:, column]
    found = np.isfinite(out[..., :2]).all(axis=-1)
    scores = np.where(found, out[..., 2], 0)
    seen = found.any(axis=-1)
    if not seen.any():
        raise ValueError(f'there is no person in any of {len(values)} frames.')
    numbers = frame_numbers(names)
    return Poses(
        out[..., :2][seen],
        scores[seen],
        numbers[np.nonzero(seen)[0]],
        first_frame=int(numbers.min()),
        last_frame=int(numbers.max()),
        joint_names=[_human_name(joint, joints) for joint in joints],
    )


def _human_name(joint: str, joints: Sequence[str]) -> str:
    part, number = joint[:-1].lower(), joint[-1:]
    if part in _LIMBS and {f'{part}1', f'{part}2'} <= {one.lower() for one in joints}:
        return f'{_NUMBERED[number]}_{part}'
    return joint


def read_h5(path: Path) -> Poses:
    """Read DeepLabCut's h5, if pandas and PyTables are installed.

    Args:
        path: The file.

    Returns:
        The poses.

    Raises:
        ValueError: If they are not installed, or it is no such file.
    """
    try:
        import pandas
        import tables  # noqa: F401
    except ImportError as error:
        raise ValueError(
            'reading the h5 of DeepLabCut takes pandas and PyTables, which are not '
            'installed. Run pip install pandas tables, or give the csv that DeepLabCut '
            'writes with save_as_csv=True.'
        ) from error
    try:
        frame = pandas.read_hdf(path)
    except Exception as error:  # PyTables' own errors are many
        raise ValueError(
            'it is damaged, or no h5 of DeepLabCut. Give the csv that DeepLabCut '
            'writes with save_as_csv=True.'
        ) from error
    labels = [tuple(map(str, label[1:])) for label in frame.columns]
    names = [Path(str(np.ravel(name)[-1])).stem for name in frame.index]
    return _poses(labels, frame.to_numpy(float), names)
