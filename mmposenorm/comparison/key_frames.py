"""Key poses of one clip above their partners in another, as in the paper's Figure 7."""

from collections.abc import Sequence

import cv2
import numpy as np

from mmposenorm.comparison.clip_pictures import ShownClip
from mmposenorm.comparison.compare import Comparison
from mmposenorm.comparison.side_by_side import draw_picture, highlighted_keypoints
from mmposenorm.visualization.poses import (
    blank_image,
    draw_pose_3d,
    draw_text,
    fit_scale_3d,
)

NUM_KEY_FRAMES = 8
_WIDTH, _PICTURE_HEIGHT, _POSE_HEIGHT, _TEXT_HEIGHT = 190, 260, 200, 24
# Of a picture around the person; and its largest size by what is usual in the clip.
_MARGIN, _LARGEST = 1.2, 2.0
_ROOT, _THORAX = 0, 8
_HEAD = 0.6  # from the thorax to the top of the head, by the length of the trunk


def choose_key_frames(
    poses: np.ndarray, matches: np.ndarray, count: int = NUM_KEY_FRAMES
) -> np.ndarray:
    """Choose frames of clip A that have an answer, equally much movement apart.

    Args:
        poses: Normalized poses of A, (T, 17, 3).
        matches: For each frame of A its answer in B, -1 where there is none, (T,).
        count: How many to choose.

    Returns:
        Frames of A in order of time; fewer if there are not so many.
    """
    answered = np.flatnonzero(matches >= 0)
    steps = np.linalg.norm(np.diff(poses[answered], axis=0), axis=-1).mean(axis=-1)
    # Where nothing moves, time has to part the frames.
    moved = np.append(0, np.cumsum(steps + 1e-9))
    wanted = np.linspace(0, moved[-1], count)
    return answered[np.unique(np.abs(moved - wanted[:, None]).argmin(axis=1))]


def draw_key_frames(
    clip_a: ShownClip, clip_b: ShownClip, comparison: Comparison
) -> np.ndarray:
    """Draw key poses of clip A above their partners in B, pictures and poses.

    Limbs that are among the greatest differences in that frame have a bright rim.

    Args:
        clip_a: Clip A.
        clip_b: Clip B.
        comparison: Which frames of B answer those of A.

    Returns:
        RGB image.
    """
    matches = comparison.alignment.matches
    frames = choose_key_frames(clip_a.poses, matches)
    poses = clip_a.poses[frames], clip_b.poses[matches[frames]]
    scale = fit_scale_3d(np.concatenate(poses), _WIDTH, _POSE_HEIGHT)
    highlighted = [
        highlighted_keypoints(
            [d for d in comparison.differences if d.first_frame <= f <= d.last_frame]
        )
        for f in frames
    ]
    rows = [
        *_rows('A', clip_a, frames, highlighted, scale),
        *_rows('B', clip_b, matches[frames], highlighted, scale),
    ]
    # Pictures above pictures, poses above poses.
    return np.concatenate([rows[i] for i in (0, 1, 3, 4, 2, 5)])


def _rows(
    letter: str,
    clip: ShownClip,
    frames: np.ndarray,
    highlighted: Sequence[set[int]],
    scale: float,
) -> list[np.ndarray]:
    """Draw the rows of one clip: captions, pictures, poses."""
    captions, pictures, poses = [], [], []
    size = _person_size(clip, frames)
    for frame, limbs in zip(frames, highlighted, strict=True):
        caption, pose = (
            blank_image(_WIDTH, height) for height in (_TEXT_HEIGHT, _POSE_HEIGHT)
        )
        draw_text(caption, f'{letter}: {clip.time_label(frame)}', (6, 17))
        draw_pose_3d(pose, clip.poses[frame], scale, limbs)
        captions.append(caption)
        pictures.append(_crop(draw_picture(clip, frame, limbs), clip, frame, size))
        poses.append(pose)
    return [np.concatenate(row, axis=1) for row in (captions, pictures, poses)]


def _person_size(clip: ShownClip, frames: np.ndarray) -> float:
    """Find the height of a crop, in pixels, that holds the person in all frames.

    But for those in which a keypoint is far off, or the others would be tiny.
    """
    boxes = np.array([_box(clip, frame) for frame in frames])
    width, height = (boxes[:, 1] - boxes[:, 0]).T
    sizes = np.maximum(height, width * _PICTURE_HEIGHT / _WIDTH)
    return _MARGIN * max(min(sizes.max(), _LARGEST * np.median(sizes)), 1)


def _box(clip: ShownClip, frame: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the corners of the box around what is seen, and the head as it may be."""
    keypoints, seen = clip.keypoints[frame], clip.visible[frame] > 0
    points = keypoints[seen]
    if seen[[_ROOT, _THORAX]].all():
        up = keypoints[_THORAX] - keypoints[_ROOT]
        points = np.append(points, [keypoints[_THORAX] + _HEAD * up], axis=0)
    return points.min(axis=0), points.max(axis=0)


def _crop(image: np.ndarray, clip: ShownClip, frame: int, height: float) -> np.ndarray:
    """Cut the person out and scale them to a panel; beyond the image it is white."""
    scale = _PICTURE_HEIGHT / height
    low, high = _box(clip, frame)
    middle = (low + high) / 2
    moved = np.array([_WIDTH, _PICTURE_HEIGHT]) / 2 - scale * middle
    matrix = np.array([[scale, 0, moved[0]], [0, scale, moved[1]]])
    panel = (_WIDTH, _PICTURE_HEIGHT)
    return cv2.warpAffine(image, matrix, panel, borderValue=(255, 255, 255))
