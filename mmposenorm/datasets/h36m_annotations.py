"""Human3.6M in mmpose's files: names, checks, cameras.

``annotation_body3d/fps50/h36m_{train,test}.npz`` contains for each of N frames
``imgname`` (S1/S1_Directions_1.54138969/S1_Directions_1.54138969_000001.jpg), ``part``
(N, 17, 3), pixels and visibility, and ``S`` (N, 17, 4), metres in the camera frame and
visibility. ``annotation_body3d/cameras.pkl`` contains a camera for each (subject,
camera id).
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from mmposenorm.datasets.clip_dataset import warn_of_made_up_data
from mmposenorm.datasets.npz_file import open_npz
from mmposenorm.safe_pickle import load_plain

VIDEO_FPS = 50
# The two cameras in front of the person in most sequences.
FRONTAL_CAMERAS = ('55011271', '60457274')

# From Human3.6M's world, z up, to ours, y up: (x, y, z) -> (x, z, -y).
Y_UP = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])

_NAME = re.compile(r'(S\d+)_(\w+)\.(\d+)_(\d+)\.\w+$')
_LARGEST = 1e6  # of any number of a camera; comparisons with NaN are false
# Of each part of a camera, the numbers that it has.
_CAMERA_SIZES = {'R': 9, 'T': 3, 'f': 2, 'c': 2, 'k': 3, 'p': 2}
_NOT_FOUND = (
    '{file} not found: download the poses (D2_Positions, D3_Positions_mono) of '
    'Human3.6M and its metadata.xml from vision.imar.ro/human3.6m, convert them with '
    '"python tools/dataset_converters/h36m.py RAW_DIR METADATA_XML {root}", and keep '
    'the result, annotation_body3d/, in {root} (data_root).'
)


class Sequence(NamedTuple):
    """Consecutive frames of one video.

    Args:
        subject: E.g. ``'S9'``.
        action: With the number of the repetition, e.g. ``'Directions_1'``.
        camera: Id of the camera, e.g. ``'54138969'``.
        rows: Rows of the frames in the arrays, (T,).
        frames: Frame numbers in the video, from 1, (T,).
        fps: Frames per second.
    """

    subject: str
    action: str
    camera: str
    rows: np.ndarray
    frames: np.ndarray
    fps: float


def load_annotations(file: Path, data_root: Path) -> dict[str, np.ndarray]:
    """Read ``imgname``, ``part`` and ``S`` of one split.

    Args:
        file: The npz file.
        data_root: Folder of the data set, for the message.

    Returns:
        The arrays; ``part`` and ``S`` as float32.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If an array is missing, of a wrong shape or not finite.
    """
    if not file.is_file():
        raise FileNotFoundError(_NOT_FOUND.format(file=file, root=data_root))
    with open_npz(file) as arrays:
        if 'made_up' in arrays:
            warn_of_made_up_data(file)
        missing = {'imgname', 'part', 'S'} - set(arrays)
        if missing:
            raise ValueError(
                f"{file} lacks {sorted(missing)}; expected mmpose's Human3.6M "
                'annotation. Convert it again (tools/dataset_converters/h36m.py).'
            )
        data = {'imgname': arrays['imgname']}
        if data['imgname'].dtype.kind != 'U' or data['imgname'].ndim != 1:
            raise ValueError(
                f'imgname of {file} is no list of names. Make the file again.'
            )
        num_frames = len(data['imgname'])
        for name, width in (('part', 3), ('S', 4)):
            data[name] = check_frames(arrays[name], num_frames, width, name, file)
    return data


def check_frames(
    values: np.ndarray, num_frames: int, width: int, name: str, file: Path
) -> np.ndarray:
    """Check the shape and the values of an array and convert it to float32.

    Args:
        values: The array, expected to be (N, 17, width).
        num_frames: N, the number of image names.
        width: Number of values per joint.
        name: Name of the array, for the message.
        file: Its file, for the message.

    Returns:
        The array as float32.

    Raises:
        ValueError: If the shape is wrong or values are not finite.
    """
    expected = (num_frames, 17, width)
    if values.shape != expected:
        raise ValueError(
            f'{name} of {file} has shape {values.shape}; expected {expected}, one row '
            "for each image name. Make the file again. mmpose's own converter writes "
            'too few names if it cannot read a video (S11_Directions.54138969 of the '
            'original is damaged).'
        )
    if values.dtype.kind not in 'iuf':
        raise ValueError(
            f'{name} of {file} has values of type {values.dtype}; expected numbers. '
            'Make the file again.'
        )
    values = values.astype(np.float32)
    finite = np.isfinite(values).all(axis=(1, 2))
    if not finite.all():
        raise ValueError(
            f'{name} of {file} contains NaN or infinite values, first in row '
            f'{int(np.argmin(finite))}; expected finite numbers. Make the file again.'
        )
    return values


def find_sequences(imgnames: np.ndarray) -> list[Sequence]:
    """Sort the frames into videos and cut videos where frames are missing.

    Args:
        imgnames: Names of the images, (N,), in any order.

    Returns:
        The sequences, ordered by subject, action, camera and time. The step between
        frames (1 at 50 fps, 5 at 10 fps) is the smallest that occurs.

    Raises:
        ValueError: If a name does not have the form of Human3.6M's.
    """
    videos: dict[tuple[str, str, str], list[tuple[int, int]]] = {}
    for row, name in enumerate(imgnames.tolist()):
        match = _NAME.search(name.rpartition('/')[2])
        if match is None:
            raise ValueError(
                f"imgname contains '{name}'; expected names like "
                "'S1_Directions_1.54138969_000001.jpg'. Convert the data set again "
                '(tools/dataset_converters/h36m.py).'
            )
        subject, action, camera, frame = match.groups()
        videos.setdefault((subject, action, camera), []).append((int(frame), row))
    ordered = {key: np.array(sorted(rows)).T for key, rows in sorted(videos.items())}
    steps = [np.diff(frames).min() for frames, _ in ordered.values() if len(frames) > 1]
    step = min(steps, default=1)
    sequences: list[Sequence] = []
    for key, (frames, rows) in ordered.items():
        cuts = np.flatnonzero(np.diff(frames) != step) + 1
        pieces = zip(np.split(frames, cuts), np.split(rows, cuts), strict=True)
        sequences.extend(
            Sequence(*key, piece_rows, piece, VIDEO_FPS / step)
            for piece, piece_rows in pieces
        )
    return sequences


def load_cameras(file: Path, data_root: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """Read ``cameras.pkl``.

    Args:
        file: The file, a pickle, of which only arrays and numbers are read.
        data_root: Folder of the data set, for the message.

    Returns:
        For each (subject, camera id) a dict as in mmpose: ``R`` (3, 3) camera to
        world, ``T`` (3, 1) the camera's centre in metres, ``f``, ``c``, ``k``, ``p``.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If it does not contain cameras.
    """
    if not file.is_file():
        raise FileNotFoundError(_NOT_FOUND.format(file=file, root=data_root))
    try:
        cameras = load_plain(file.read_bytes())
        valid = all(map(_is_camera, cameras.values()))
    except (AttributeError, ValueError):
        valid = False
    if not valid:
        raise ValueError(
            f'{file} must be a pickled dict of cameras by (subject, id), each with '
            'R, T, f, c, k, p: arrays of finite numbers, R a rotation. Write it again '
            'with tools/dataset_converters/h36m.py.'
        )
    return cameras


def _is_camera(camera: Any) -> bool:
    try:
        values = {name: np.asarray(camera[name]) for name in _CAMERA_SIZES}
    except (IndexError, KeyError, TypeError, ValueError):
        return False
    rotation = values['R']
    return (
        all(value.dtype.kind in 'iuf' for value in values.values())
        and all(values[name].size == size for name, size in _CAMERA_SIZES.items())
        and all((np.abs(value) < _LARGEST).all() for value in values.values())
        and rotation.shape == (3, 3)
        and np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-3)
        and np.linalg.det(rotation) > 0  # not a mirror
        and bool((values['f'] > 0).all())
    )


def convert_camera(camera: Mapping[str, Any]) -> dict[str, Tensor]:
    """Convert a camera of ``cameras.pkl`` to our format, in the y-up world.

    Args:
        camera: See :func:`load_cameras`.

    Returns:
        A camera of :mod:`mmposenorm.geometry.cameras`, float32.
    """
    values = {k: np.asarray(camera[k], dtype=float) for k in 'RTfckp'}
    rotation = values['R'].T @ Y_UP.T
    center = Y_UP @ values['T'].reshape(3)
    ours = {
        'rotation': rotation,
        'translation': -rotation @ center,
        'focal': values['f'].reshape(2),
        'center': values['c'].reshape(2),
        'radial': values['k'].reshape(3),
        'tangential': values['p'].reshape(2),
    }
    return {key: torch.from_numpy(value).float() for key, value in ours.items()}


def to_world(keypoints_camera: np.ndarray, camera: Mapping[str, Any]) -> np.ndarray:
    """Transform points from the camera frame to the y-up world.

    Args:
        keypoints_camera: Points in metres, (..., 3).
        camera: See :func:`load_cameras`.

    Returns:
        World points in metres, (..., 3) float32.
    """
    world = keypoints_camera.astype(float) @ camera['R'].T + camera['T'].reshape(3)
    return (world @ Y_UP.T).astype(np.float32)
