"""Which frame of the clip a name or number in a file means."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

_USUAL_FPS = 30.0
_LONGEST_GAP = 3600.0  # seconds
# Numbers count frames if at least half of them follow another this closely.
_LARGEST_STEP = 10


def frame_numbers(names: Sequence[Any], fps: float | None = None) -> np.ndarray:
    """Find the number of each frame, or count where the names are no frame numbers.

    The number is the last in the name, as in ``walk_000000000012_keypoints``. Numbers
    that repeat or mostly lie far apart are ids of images.

    Args:
        names: The name or number of each frame, in the order of the file.
        fps: Frames a second, if known.

    Returns:
        The numbers, (T,) int64.

    Raises:
        ValueError: If frames are missing for more than an hour.
    """
    found = [_last_number(name) for name in names]
    numbers = [number for number in found if number is not None]
    if len(set(numbers)) < len(names) or not _count_frames(numbers):
        return np.arange(len(names))
    _check_gaps(numbers, fps or _USUAL_FPS)
    return np.array(numbers)


def _last_number(name: Any) -> int | None:
    if isinstance(name, float) and name.is_integer():
        name = int(name)
    digits = re.findall(r'\d+', str(name))
    # More digits than an int64 holds are no frame number.
    return int(digits[-1]) if digits and len(digits[-1]) <= 18 else None


def _count_frames(numbers: Sequence[int]) -> bool:
    steps = np.diff(np.sort(numbers))
    return len(steps) == 0 or bool((steps <= _LARGEST_STEP).mean() >= 0.5)


def _check_gaps(numbers: Sequence[int], fps: float) -> None:
    ordered = np.sort(numbers)
    gaps = np.diff(ordered)
    if len(gaps) == 0:
        return
    longest = int(gaps.argmax())
    missing = ordered[-1] - ordered[0] + 1 - len(ordered)
    if missing > max(_LONGEST_GAP * fps, _LARGEST_STEP * len(ordered)):
        raise ValueError(
            f'frame {ordered[longest + 1]} follows frame {ordered[longest]}, and '
            f'{missing} frames are missing in all, {missing / fps / 3600:.1f} hours at '
            f'{fps:g} frames a second; expected at most an hour. If it holds several '
            'recordings, cut out one; else check the frame numbers.'
        )
