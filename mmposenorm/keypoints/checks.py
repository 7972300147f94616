"""What is checked before keypoints are believed, from arrays, files and videos alike.

What cannot be right is refused, what was not seen is marked so, and what is probably
wrong is told in a sentence; docs/data.md lists it.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mmposenorm.keypoints.layout_detection import choose_layout
from mmposenorm.keypoints.layouts import check_keypoints, get_layout
from mmposenorm.keypoints.oddities import warn_if_odd
from mmposenorm.keypoints.people import (
    FramePeople,
    People,
    frame_people,
    frame_slices,
)
from mmposenorm.keypoints.unseen import hide_unseen, to_pixels
from mmposenorm.skeletons import MIN_VISIBLE


def check_clip(
    keypoints: ArrayLike,
    visible: ArrayLike | None,
    layout: str | None = None,
    size: tuple[float, float] | None = None,
) -> tuple[np.ndarray, np.ndarray, str]:
    """Check the keypoints of one person.

    Args:
        keypoints: In pixels or any other unit, (T, K, 2), the same for x and y;
            fractions of the image if ``size`` is given.
        visible: In [0, 1], (T, K); all seen if not given.
        layout: Name of the layout; found out if not given.
        size: Width and height of the image.

    Returns:
        keypoints: (T, K, 2) float32; zero where not seen.
        visible: (T, K) float32; 0 where not seen.
        layout: Name of the layout.

    Raises:
        ValueError: If shapes or values are wrong, nothing was seen, or coordinates are
            fractions of an image of unknown size.
    """
    check_size(size)
    shape = np.shape(keypoints)
    if shape and min(shape) > 0 and not np.isfinite(np.ma.getdata(keypoints)).any():
        raise ValueError(
            'All positions in keypoints are NaN or infinite; expected x and y of the '
            'joints. Check how they were made.'
        )
    is_clip = len(shape) == 3 and shape[2] == 2 and shape[0] > 0
    if is_clip and (visible is None or np.shape(visible) == shape[:2]):
        keypoints, visible = hide_unseen(keypoints, visible)
        keypoints, visible = to_pixels(keypoints, visible, size)
    layout = choose_layout(keypoints, visible, layout)
    keypoints, visible = check_keypoints(keypoints, visible, get_layout(layout))
    if keypoints.shape[2] != 2:
        raise ValueError(
            f'keypoints has shape {shape}; expected 2D keypoints, (T, K, 2). Normalize '
            '3D ones by normalize_keypoints_3d.'
        )
    check_seen(keypoints, visible)
    warn_if_odd(keypoints, visible, layout)
    return keypoints, visible, layout


def check_people(people: People, size: tuple[float, float] | None = None) -> People:
    """Check the people of a clip, before one of them is followed.

    Args:
        people: Everybody in each frame.
        size: Width and height of the image; the people's own if not given.

    Returns:
        The people in pixels, without those of whom nothing was seen.

    Raises:
        ValueError: See :func:`check_clip`.
    """
    check_size(size)
    size = size or people.image_size
    before = np.concatenate([frame.keypoints for frame in people.frames])
    if not len(before):
        return people
    scores = np.concatenate([frame.scores for frame in people.frames])
    keypoints, visible = to_pixels(
        *hide_unseen(before, scores), size, people.normalized
    )
    check_seen(keypoints, visible)
    found = (scores > 0)[..., None]
    changed = (visible != scores) | (found & (keypoints != before)).any(axis=-1)
    changed |= ~visible.any(axis=1, keepdims=True)
    counts = [len(frame) for frame in people.frames]
    slices, frames = frame_slices(counts), list(people.frames)
    numbers = np.repeat(np.arange(len(counts)), counts)
    for number in np.unique(numbers[changed.any(axis=1)]).tolist():
        here = slices[number]
        frames[number] = _changed_frame(frames[number], keypoints[here], visible[here])
    image_size = people.image_size
    if size is not None:
        image_size = round(size[0]), round(size[1])
    return replace(people, frames=frames, image_size=image_size, normalized=False)


def check_size(size: Any) -> None:
    """Refuse a size of the image that is not two positive numbers.

    Args:
        size: Width and height, or None.

    Raises:
        ValueError: If it is anything else.
    """
    if size is None:
        return
    try:
        width, height = (float(side) for side in size)
        valid = np.isfinite([width, height]).all() and min(width, height) > 0
    except (TypeError, ValueError):
        valid = False
    if not valid:
        raise ValueError(
            f'size must be the width and height of the image in pixels, such as '
            f'(1920, 1080), but is {size!r}.'
        )


def check_seen(keypoints: np.ndarray, visible: np.ndarray) -> None:
    """Refuse a clip in which nothing was seen, or all joints are one point.

    Args:
        keypoints: (T, K, 2).
        visible: (T, K).

    Raises:
        ValueError: If so.
    """
    seen = visible >= MIN_VISIBLE
    if not seen.any():
        raise ValueError(
            f'No keypoint was seen in any frame: the highest score is '
            f'{visible.max():.2g}, and {MIN_VISIBLE} is needed; joints at (0, 0) or '
            '(-1, -1), without a finite position, or on the border of the image do '
            'not count. If the scores mean nothing, leave visible out.'
        )
    low = np.where(seen[..., None], keypoints, np.inf).min(axis=1)
    high = np.where(seen[..., None], keypoints, -np.inf).max(axis=1)
    if seen.sum(axis=1).max() > 1 and not (high > low).any():
        raise ValueError(
            'All joints lie at the same point in every frame; expected the joints of a '
            'body. Check how the keypoints were made.'
        )


def _changed_frame(
    frame: FramePeople, keypoints: np.ndarray, scores: np.ndarray
) -> FramePeople:
    kept = scores.any(axis=1)
    world = frame.world_keypoints
    return frame_people(
        keypoints[kept],
        scores[kept],
        world_keypoints=None if world is None else world[kept],
    )
