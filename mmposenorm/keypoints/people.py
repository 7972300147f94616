"""The people in each frame of a clip, as a detector or a file gives them."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mmposenorm.atomic_files import atomic_path
from mmposenorm.keypoints.layouts import get_layout

_FORMAT = 'mmposenorm people 1'


@dataclass(frozen=True, slots=True)
class FramePeople:
    """The people found in one frame, in no particular order.

    Args:
        keypoints: Pixels, (P, K, 2) float32.
        scores: How sure each keypoint is, in [0, 1], (P, K) float32; 0 where it was
            not found.
        boxes: Left, top, right and bottom of each person in pixels, (P, 4) float32.
        world_keypoints: The detector's own 3D estimate around the hips in metres,
            (P, K, 3) float32, axes as the camera's; ``None`` if it gives none.
    """

    keypoints: np.ndarray
    scores: np.ndarray
    boxes: np.ndarray
    world_keypoints: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.keypoints)


def frame_people(
    keypoints: np.ndarray,
    scores: np.ndarray,
    boxes: np.ndarray | None = None,
    world_keypoints: np.ndarray | None = None,
) -> FramePeople:
    """Put the people of one frame together.

    Args:
        keypoints: Pixels, (P, K, 2); anything where the score is 0.
        scores: (P, K); cut to [0, 1], since SimCC scores may reach above 1.
        boxes: (P, 4) in pixels; ``None`` for the smallest around the keypoints found.
        world_keypoints: (P, K, 3) in metres, or ``None``.

    Returns:
        The people; keypoints with score 0 are zero.
    """
    scores = np.clip(np.nan_to_num(np.asarray(scores, np.float32)), 0, 1)
    keypoints = np.where(scores[..., None] > 0, keypoints, 0).astype(np.float32)
    if boxes is None:
        boxes = keypoint_boxes(keypoints, scores)
    if world_keypoints is not None:
        world_keypoints = np.asarray(world_keypoints, np.float32)
    return FramePeople(
        keypoints, scores, np.asarray(boxes, np.float32), world_keypoints
    )


def no_people(joint_count: int) -> FramePeople:
    """Return a frame without people, for a layout of ``joint_count`` joints."""
    return frame_people(np.zeros((0, joint_count, 2)), np.zeros((0, joint_count)))


def joined_people(people: FramePeople, others: FramePeople) -> FramePeople:
    """Join people of the same frame and layout."""
    if not len(people) or not len(others):
        return people if len(people) else others
    world = None
    if people.world_keypoints is not None and others.world_keypoints is not None:
        world = np.concatenate([people.world_keypoints, others.world_keypoints])
    return FramePeople(
        np.concatenate([people.keypoints, others.keypoints]),
        np.concatenate([people.scores, others.scores]),
        np.concatenate([people.boxes, others.boxes]),
        world,
    )


def frame_slices(people_per_frame: ArrayLike) -> list[slice]:
    """Say where the people of each frame are if those of all frames follow each other.

    Args:
        people_per_frame: How many there are, (T,).

    Returns:
        T slices; arrays are cut by them in a tenth of the time that ``np.split`` takes.
    """
    ends = np.cumsum(people_per_frame, dtype=int).tolist()
    return [slice(start, end) for start, end in pairwise([0, *ends])]


def keypoint_boxes(keypoints: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Find the smallest box around the keypoints that were found.

    Args:
        keypoints: (..., K, 2).
        scores: (..., K); keypoints with 0 are left out.

    Returns:
        Left, top, right and bottom, (..., 4) float32; zero where nothing was found.
    """
    found = scores[..., None] > 0
    low = np.where(found, keypoints, np.inf).min(axis=-2)
    high = np.where(found, keypoints, -np.inf).max(axis=-2)
    boxes = np.concatenate([low, high], axis=-1)
    return np.where(np.isfinite(boxes), boxes, 0).astype(np.float32)


def box_overlap(box: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Divide the intersection of boxes with others by their union.

    Args:
        box: Left, top, right, bottom; one for all others, (4,), or for each, (P, 4).
        others: (P, 4).

    Returns:
        In [0, 1], (P,).
    """
    low, high = box[..., :2], box[..., 2:]
    sides = np.minimum(high, others[:, 2:]) - np.maximum(low, others[:, :2])
    common = np.prod(sides.clip(min=0), axis=1)
    areas = np.prod(others[:, 2:] - others[:, :2], axis=1)
    return common / (np.prod(high - low, axis=-1) + areas - common).clip(min=1e-9)


@dataclass(frozen=True)
class People:
    """The people in all frames of a clip.

    Args:
        frames: One entry for each of the T frames.
        layout: Name of the keypoints' layout, see :mod:`mmposenorm.keypoints.layouts`.
        source: Where they come from, in words.
        fps: Frames a second, ``None`` when not known.
        frame_times: Time of each frame in seconds from the first, (T,), or ``None``.
        image_size: Width and height in pixels, ``None`` when not known.
        first_frame: Number that the first of the T frames has in the file.
        shifts: How far the picture moved since the frame before, in pixels, (T, 2);
            ``None`` if not known.
        normalized: Whether the keypoints are fractions of the image's width and
            height, by definition of their format, and not pixels.

    Raises:
        ValueError: If there is no frame.
    """

    frames: list[FramePeople]
    layout: str
    source: str
    fps: float | None = None
    frame_times: np.ndarray | None = None
    image_size: tuple[int, int] | None = None
    first_frame: int = 0
    normalized: bool = False
    shifts: np.ndarray | None = None

    def __post_init__(self) -> None:
        if not self.frames:
            raise ValueError(f'{self.source} holds no frame; expected at least one.')

    def __str__(self) -> str:
        most = max(map(len, self.frames))
        return (
            f'{self.source}: {len(self.frames)} frames, up to {most} '
            f'{"person" if most == 1 else "people"} in one, layout {self.layout}'
        )


_SAVED_OF_PEOPLE = ('keypoints', 'scores', 'boxes')
_SAVED_POSITIVE = {'fps', 'image_size'}


def save_people(path: str | os.PathLike, people: People) -> None:
    """Write people to an npz file, whole or not at all.

    Args:
        path: File to write, ``*.npz``; ``read_keypoints`` reads it.
        people: What to write.
    """
    optional = {
        'fps': people.fps,
        'frame_times': people.frame_times,
        'image_size': people.image_size,
        'first_frame': people.first_frame or None,
        'normalized': people.normalized or None,
        'shifts': people.shifts,
        'world_keypoints': _all_world_keypoints(people.frames),
    }
    with atomic_path(Path(path)) as partial, partial.open('wb') as file:
        np.savez_compressed(
            file,
            format=_FORMAT,
            layout=people.layout,
            source=people.source,
            people_per_frame=[len(frame) for frame in people.frames],
            keypoints=np.concatenate([f.keypoints for f in people.frames]),
            scores=np.concatenate([f.scores for f in people.frames]),
            boxes=np.concatenate([f.boxes for f in people.frames]),
            **{key: value for key, value in optional.items() if value is not None},
        )


def is_saved_people(arrays: Mapping[str, np.ndarray]) -> bool:
    """Tell whether an open npz file was written by :func:`save_people`."""
    return 'format' in arrays and str(arrays['format']) == _FORMAT


def load_people(arrays: Mapping[str, np.ndarray]) -> People:
    """Read what :func:`save_people` wrote.

    Args:
        arrays: The open npz file.

    Returns:
        The people.

    Raises:
        ValueError: If an array is missing, of another shape or of another type.
    """
    _check_saved(arrays)
    keys = ['keypoints', 'scores', 'boxes', 'world_keypoints']
    parts = [arrays[key] for key in keys if key in arrays]
    return People(
        frames=[
            FramePeople(*(part[frame] for part in parts))
            for frame in frame_slices(arrays['people_per_frame'])
        ],
        layout=str(arrays['layout']),
        source=str(arrays['source']),
        fps=float(arrays['fps']) if 'fps' in arrays else None,
        frame_times=arrays.get('frame_times'),
        image_size=(
            (int(arrays['image_size'][0]), int(arrays['image_size'][1]))
            if 'image_size' in arrays
            else None
        ),
        first_frame=int(arrays.get('first_frame', 0)),
        normalized=bool(arrays.get('normalized', False)),
        shifts=arrays.get('shifts'),
    )


def _check_saved(arrays: Mapping[str, np.ndarray]) -> None:
    """Check what a file holds, which somebody may have changed."""
    missing = {'people_per_frame', *_SAVED_OF_PEOPLE, 'layout', 'source'} - {*arrays}
    if missing:
        raise ValueError(f'it lacks {", ".join(sorted(missing))}. Write it again.')
    counts, layout = arrays['people_per_frame'], get_layout(str(arrays['layout']))
    if getattr(counts, 'dtype', np.dtype(object)).kind not in 'iu' or counts.ndim != 1:
        raise ValueError('its people_per_frame are no numbers. Write it again.')
    joints, frames, people = len(layout.joint_names), len(counts), int(counts.sum())
    shapes: dict[str, tuple[int, ...]] = {
        'keypoints': (people, joints, 2),
        'scores': (people, joints),
        'boxes': (people, 4),
        'world_keypoints': (people, joints, 3),
        'fps': (),
        'frame_times': (frames,),
        'image_size': (2,),
        'first_frame': (),
        'normalized': (),
        'shifts': (frames, 2),
    }
    for name, shape in shapes.items():
        if name in arrays:
            _check_saved_array(name, arrays[name], shape)
    if counts.min(initial=0) < 0:
        raise ValueError('it counts fewer than 0 people. Write it again.')
    for name in _SAVED_POSITIVE & arrays.keys():
        if not (np.isfinite(arrays[name]) & (arrays[name] > 0)).all():
            raise ValueError(f'its {name} is {arrays[name]}, which is not positive.')
    times = arrays.get('frame_times', np.zeros(0))
    if not (np.isfinite(times).all() and (np.diff(times) > 0).all()):
        raise ValueError('its frame_times do not increase. Correct or remove them.')


def _check_saved_array(name: str, array: Any, shape: tuple[int, ...]) -> None:
    kinds = 'biuf' if name == 'normalized' else 'iuf'
    found = getattr(array, 'dtype', np.dtype(object))
    if found.kind not in kinds or array.shape != shape:
        raise ValueError(
            f'its {name} has shape {np.shape(array)} and type {found}; expected '
            f'{shape} and numbers. Write it again.'
        )


def _all_world_keypoints(frames: list[FramePeople]) -> np.ndarray | None:
    parts = [
        frame.world_keypoints for frame in frames if frame.world_keypoints is not None
    ]
    people = sum(len(frame) for frame in frames)
    if not parts or sum(map(len, parts)) < people:
        return None
    return np.concatenate(parts)
