"""The ways in which JSON files write frames, people and joints."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np

from mmposenorm.keypoints.readers.json_files import Folder
from mmposenorm.keypoints.readers.poses import Pose

FRAME_KEYS: tuple[str, ...] = (
    'frame_id',
    'frame',
    'frame_number',
    'frame_index',
    'frame_idx',
)
FRAME_KEYS += ('frameNumber', 'frameIndex', 'frameId', 'frame_num', 'image_id', 'index')
_LOOKED_AT = 10_000
_SCORE_KEYS: tuple[str, ...] = (
    'score',
    'scores',
    'visibility',
    'confidence',
    'conf',
    'visible',
    'c',
)
_SCORE_KEYS += ('v', 'likelihood', 'probability', 'presence')
_SIZE_KEYS: tuple[tuple[str, str], ...] = (
    ('width', 'height'),
    ('image_width', 'image_height'),
    ('w', 'h'),
)
_SIZE_KEYS += (('video_width', 'video_height'), ('frame_width', 'frame_height'))


def keys_of(value: Any) -> set[str]:
    """Return the keys of an object; none for anything else."""
    return set(value) if isinstance(value, Mapping) else set()


def first_filled(value: Any) -> Any:
    """Return the first element of a list, or value of an object, that is not empty."""
    elements = value.values() if isinstance(value, Mapping) else value
    if not isinstance(value, list | Mapping):
        return None
    return next((one for one in elements if _is_filled(one)), None)


def _is_filled(value: Any) -> bool:
    return len(value) > 0 if hasattr(value, '__len__') else value is not None


def consumed(elements: list[Any]) -> Iterator[Any]:
    """Iterate over a list and empty it, since a long file is large."""
    for index, element in enumerate(elements):
        elements[index] = None
        yield element


def frames_of(content: Any) -> Iterator[tuple[Any, Any]]:
    """Iterate over the frames of a file with their names or numbers, and empty it.

    Args:
        content: A list of frames, a :class:`Folder` or object of them by name, or an
            object that holds one of these as ``frames``.

    Yields:
        Name and content of each frame.
    """
    content = _frames_in(content)
    if isinstance(content, Mapping):
        yield from content.items()
        return
    for index, frame in enumerate(consumed(content)):
        yield number_of(frame, index), frame


def some_frames(content: Any) -> list[Any]:
    """Return the first frames of a file, which stays as it is.

    Nobody may be in view at first, so these are many.
    """
    content = _frames_in(content)
    frames = content.values() if isinstance(content, Mapping) else content
    return list(islice(frames, _LOOKED_AT))


def _frames_in(content: Any) -> Any:
    return content['frames'] if 'frames' in keys_of(content) else content


def number_of(frame: Any, index: int) -> Any:
    """Return the number that a frame says it has; else count."""
    if isinstance(frame, Mapping):
        for key in FRAME_KEYS:
            if isinstance(frame.get(key), int | float | str):
                return frame[key]
    return index


def is_frames_by_name(content: Any) -> bool:
    """Tell whether an object holds frames by their names, as a folder does."""
    return isinstance(content, Folder) or (
        bool(keys_of(content))
        and all(isinstance(one, Mapping | list) for one in content.values())
    )


def about_clip(content: Any) -> dict[str, Any]:
    """Find the frame rate and the size of the image, where a file names them."""
    found: dict[str, Any] = {}
    for part in (content, *(_part(content, key) for key in ('metadata', 'video'))):
        if not isinstance(part, Mapping):
            continue
        fps = part.get('fps', part.get('frame_rate'))
        if isinstance(fps, int | float) and 1 <= fps <= 1000:
            found.setdefault('fps', float(fps))
        for keys in _SIZE_KEYS:
            size = [part[key] for key in keys if _is_side(part.get(key))]
            if len(size) == 2:
                found.setdefault('image_size', (int(size[0]), int(size[1])))
    return found


def _is_side(value: Any) -> bool:
    return isinstance(value, int | float) and value > 1


def _part(content: Any, key: str) -> Any:
    return content.get(key) if isinstance(content, Mapping) else None


def floats(value: Any) -> np.ndarray:
    """Turn numbers, rows of numbers or the like into an array of float32.

    Args:
        value: What a file holds for the joints of a person.

    Returns:
        The numbers, NaN for null.

    Raises:
        ValueError: If there are words among them, or rows of different lengths.
    """
    try:
        return np.asarray(value, np.float32)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(
            'the joints of a person are not numbers, or not equally many for each '
            'joint; expected x, y and perhaps a score. Write the file again.'
        ) from error


def pose_of(value: Any, box: np.ndarray | None = None) -> Pose:
    """Read the keypoints of one person, in any of three forms.

    Args:
        value: A flat list ``[x, y, score, x, y, score, ...]``; rows ``[[x, y], ...]``
            or ``[[x, y, score], ...]``; or columns ``{'x': [...], 'y': [...],
            'score': [...]}``.
        box: Bounding box of the person, if known, (4,).

    Returns:
        The person. Without scores, every keypoint has score 1.

    Raises:
        ValueError: If ``value`` has none of these forms.
    """
    if isinstance(value, Mapping):
        return _of_columns(value, box)
    array = floats(value)
    if array.ndim == 1 and array.size:
        array = _rows(array)
    if array.ndim != 2 or array.shape[1] not in (2, 3):
        raise ValueError(
            f'a person has keypoints of shape {array.shape}; expected x, y and score '
            'of each joint, (K, 3). Give 2D keypoints.'
        )
    scores = array[:, 2] if array.shape[1] == 3 else np.ones(len(array), np.float32)
    return Pose(array[:, :2], scores, box)


def _rows(numbers: np.ndarray) -> np.ndarray:
    if len(numbers) % 3 == 0:
        return numbers.reshape(-1, 3)
    if len(numbers) % 2 == 0 and len(numbers) > 4:
        return numbers.reshape(-1, 2)
    raise ValueError(
        f'a person has {len(numbers)} numbers; expected x, y and score of each joint.'
    )


def _of_columns(columns: Mapping[str, Any], box: np.ndarray | None) -> Pose:
    if not {'x', 'y'} <= set(columns):
        raise ValueError(
            f'a person has joints with {", ".join(map(str, columns)) or "nothing"}; '
            'expected x and y.'
        )
    x, y = (_column(columns[key]) for key in ('x', 'y'))
    if x.shape != y.shape:
        raise ValueError(
            f'a person has {len(x)} values of x and {len(y)} of y; expected as many. '
            'Write the file again.'
        )
    points = np.stack([x, y], axis=-1)
    for key in _SCORE_KEYS:
        if key in columns:
            scores = _column(columns[key])
            if scores.shape == points.shape[:1]:
                return Pose(points, scores, box)
    return Pose(points, np.ones(len(points), np.float32), box)


def _column(value: Any) -> np.ndarray:
    return floats(value).reshape(-1)


def names_of(value: Any) -> Sequence[str] | None:
    """Return the names of joints that are written as columns, if they have them."""
    if isinstance(value, Mapping):
        for key in ('name', 'part', 'label', 'bodyPart'):
            if isinstance(value.get(key), tuple):
                return value[key]
    return None


def box_of(value: Any, has_size: bool = False) -> np.ndarray | None:
    """Read a box, which may be written inside another list; ``None`` if it is none.

    Args:
        value: Left, top, right and bottom, or left, top, width and height.
        has_size: Whether it is the latter.
    """
    try:
        box = np.array(value, np.float32).reshape(-1)[:4]
    except (TypeError, ValueError):
        return None
    if box.shape != (4,) or not np.isfinite(box).all():
        return None
    if has_size:
        box[2:] += box[:2]
    return box
