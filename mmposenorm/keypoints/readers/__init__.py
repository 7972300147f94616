"""Reading keypoints from the files that others write.

Each module reads the files of one tool and registers its readers in ``READERS``; the
docstrings of the readers show what the files look like, docs/data.md lists them all.
"""

import csv
import os
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from mmposenorm.keypoints.layouts import get_layout
from mmposenorm.keypoints.messages import about

# Importing a module registers its readers.
from mmposenorm.keypoints.people import People
from mmposenorm.keypoints.readers import (  # noqa: F401
    arrays,
    coco,
    deeplabcut,
    easy_vitpose,
    frames_of_people,
    mediapipe,
    mmpose,
    openpose,
    plain_csv,
    trc,
    ultralytics,
    videopose3d,
)
from mmposenorm.keypoints.readers.joint_names import listed
from mmposenorm.keypoints.readers.json_files import load_folder, load_json
from mmposenorm.keypoints.readers.poses import Poses, layout_of_joints, to_people
from mmposenorm.keypoints.readers.refused import REFUSED, check_readable
from mmposenorm.keypoints.readers.registry import READERS, Reader, register_reader
from mmposenorm.keypoints.readers.tables import Table, open_table
from mmposenorm.keypoints.readers.videopose3d import PickledArray
from mmposenorm.parsing import check_text, refuse_bomb

__all__ = [
    'READERS',
    'Reader',
    'is_keypoint_path',
    'read_keypoints',
    'register_reader',
]

_JSON = ('.json', '.jsonl', '.ndjson')
_TABLES = ('.csv', '.tsv', '.trc')
_H5 = ('.h5', '.hdf5')
_SUFFIXES = {*_JSON, *_TABLES, *_H5, '.npy', '.npz', '.txt', *REFUSED}
# What reading raises where a file lacks something, or has something else there.
_WRONG_PARTS = (
    AttributeError,
    IndexError,
    KeyError,
    OverflowError,
    TypeError,
    csv.Error,
)
# What NumPy and zipfile raise for archives that are damaged, encrypted or packed anew.
_DAMAGED: tuple[type[Exception], ...] = (
    zipfile.BadZipFile,
    zlib.error,
    tokenize.TokenError,
    SyntaxError,
    EOFError,
    ValueError,
    OSError,
    RuntimeError,
    MemoryError,
)
_EXPECTED = (
    'Expected keypoints of MMPose, COCO, AlphaPose, OpenPose, MediaPipe, Ultralytics, '
    'easy_ViTPose, Sports2D, DeepLabCut or VideoPose3D, or npz, npy or csv: see '
    '"What can be read" in docs/data.md'
)


def is_keypoint_path(path: str | os.PathLike) -> bool:
    """Tell keypoint files and folders from videos, by their kind and suffix."""
    path = Path(path)
    return path.is_dir() or path.suffix.lower() in _SUFFIXES


def read_keypoints(path: str | os.PathLike, layout: str | None = None) -> People:
    """Read the people of each frame from a file or folder of keypoints.

    Args:
        path: A file of one of the tools that docs/data.md lists; recognised by its
            content.
        layout: Name of its layout, where the file does not say it or is wrong.

    Returns:
        The people; ``str()`` of it says what was found. Frames that the file leaves
        out are empty.

    Raises:
        FileNotFoundError: If there is no such file or folder.
        ValueError: If it is empty, damaged, of another kind, or holds no person.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f'{path} not found. Check the path.')
    if layout is not None:
        get_layout(layout)
    try:
        # What float32 cannot hold is not finite.
        with about(str(path)), np.errstate(over='ignore'):
            people = _read(path, layout)
        if not any(map(len, people.frames)):
            raise ValueError(
                f'there is no person in any of {len(people.frames)} frames.'
            )
    except (ValueError, OSError) as error:
        raise ValueError(f'No keypoints can be read from {path}: {error}') from error
    return replace(people, source=f'{people.source} {path}')


def _read(path: Path, layout: str | None) -> People:
    if path.is_dir():
        return _read_folder(path, layout)
    check_readable(path)
    if path.stat().st_size == 0:
        raise ValueError(f'{path.name} is empty (0 bytes). Write or copy it again.')
    suffix = path.suffix.lower()
    if suffix in _H5:
        return to_people(deeplabcut.read_h5(path), 'DeepLabCut h5', layout)
    if suffix in _TABLES:
        return _recognised('csv', open_table(path), layout)
    if suffix == '.txt':
        return _recognised('txt', {path.stem: _lines(path)}, layout)
    with path.open('rb') as file:
        start = file.read(6)
    if start.startswith(b'PK'):  # npz files are zip files
        return _recognised('npz', _load_npz(path), layout)
    if start == b'\x93NUMPY':
        return _recognised('npz', {'keypoints': _load_npy(path)}, layout)
    return _recognised('json', load_json(path), layout)


def _read_folder(path: Path, layout: str | None) -> People:
    """Read a folder in which each frame has its own file."""
    files = sorted(path.glob('*.json'))
    if files:
        return _recognised('json', load_folder(files), layout)
    files = sorted(path.glob('*.txt')) or sorted(path.glob('labels/*.txt'))
    if not files:
        raise ValueError(
            'there is no .json or .txt file in it; expected a folder of OpenPose, '
            'mmpose or Ultralytics with one for each frame. Of other tools, give the '
            'file.'
        )
    return _recognised('txt', {file.stem: _lines(file) for file in files}, layout)


def _recognised(content: str, value: Any, layout: str | None) -> People:
    for reader in READERS[content]:
        if _recognises(reader, value):
            return _read_with(reader, value, layout)
    raise ValueError(f'it matches no supported format{_described(value)}. {_EXPECTED}.')


def _recognises(reader: Reader, value: Any) -> bool:
    try:
        return reader.recognises(value)
    except (*_WRONG_PARTS, ValueError):  # damaged, or of another tool
        return False


def _read_with(reader: Reader, value: Any, layout: str | None) -> People:
    try:
        found = reader.read(value)
        if isinstance(found, Poses):
            return to_people(found, reader.tool, layout)
    except _WRONG_PARTS as error:
        raise ValueError(
            f'it looks like {reader.tool}, but a part of it is missing or of a wrong '
            f'kind. Write it again, or compare it with the format that docs/data.md '
            'shows.'
        ) from error
    except ValueError as error:
        raise ValueError(f'it looks like {reader.tool}, but {error}') from error
    if layout is not None:
        joints = found.frames[0].keypoints.shape[1]
        found = replace(found, layout=layout_of_joints(layout, joints).name)
    return replace(found, source=f'{found.source}, saved in')


def _described(value: Any) -> str:
    """Say what a file holds instead."""
    if isinstance(value, Table):
        return f' (its columns are {listed(value.head[0])})'
    if isinstance(value, Mapping) and value:
        return f' (it holds {listed(list(value))})'
    if isinstance(value, list) and not value:
        return ' (it is an empty list)'
    return ''


def _lines(path: Path) -> list[str]:
    text = path.read_text(encoding='utf-8', errors='replace')
    return [line for line in text.splitlines() if line.strip()]


def _load_npy(path: Path) -> np.ndarray:
    try:
        return check_text(np.load(path, allow_pickle=False))
    except _DAMAGED as error:
        raise ValueError(
            f'{path.name} is damaged, or holds other things than numbers. Save the '
            'keypoints (T, K, 2) again with np.save.'
        ) from error


def _load_npz(path: Path) -> dict[str, Any]:
    """Read the arrays of an npz file; pickled ones are not opened."""
    try:
        with zipfile.ZipFile(path) as archive:
            refuse_bomb(archive, path)
            names = [name for name in archive.namelist() if name.endswith('.npy')]
            return {name[:-4]: _member(archive, name) for name in names}
    except _DAMAGED as error:
        if str(path) in str(error):
            raise
        raise ValueError(f'{path.name} is damaged. Write or copy it again.') from error


def _member(archive: zipfile.ZipFile, name: str) -> Any:
    with archive.open(name) as file:
        version = np.lib.format.read_magic(file)
        read_header = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }.get(version)
        if read_header is not None and read_header(file)[2].hasobject:
            return PickledArray(file.read())
    with archive.open(name) as file:
        return check_text(np.lib.format.read_array(file, allow_pickle=False))
