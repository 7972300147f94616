"""Key poses of clip A above their matches in B, as in Figure 7 of the paper."""

from collections.abc import Sequence

import cv2
import numpy as np

from mmposenorm.comparison.clip_pictures import ShownClip
from mmposenorm.comparison.compare_clips import Comparison
from mmposenorm.comparison.side_by_side import (
    differences_at,
    draw_picture,
    highlighted_keypoints,
)
from mmposenorm.visualization.poses import (
    blank_image,
    draw_pose_3d,
    draw_text,
    fit_scale_3d,
)

NUM_KEY_FRAMES = 8
_WIDTH, _PICTURE_HEIGHT, _POSE_HEIGHT, _TEXT_HEIGHT = 190, 260, 200, 24
# Size of a crop relative to the person, and its limit relative to the median.
_MARGIN, _LARGEST = 1.2, 2.0
_ROOT, _THORAX = 0, 8
_HEAD = 0.6  # from the thorax to the top of the head, in lengths of the trunk


def choose_key_frames(
    poses: np.ndarray, matches: np.ndarray, count: int = NUM_KEY_FRAMES
) -> np.ndarray:
    """Choose matched frames of clip A, with an equal amount of movement in between.

    Args:
        poses: Normalized poses of A, (T, 17, 3).
        matches: For each frame of A its match in B, -1 where there is none, (T,).
        count: How many to choose.

    Returns:
        Frames of A in order of time; fewer if A does not have as many.
    """
    matched = np.flatnonzero(matches >= 0)
    steps = np.linalg.norm(np.diff(poses[matched], axis=0), axis=-1).mean(axis=-1)
    # Where nothing moves, the frames are spread evenly in time.
    moved = np.append(0, np.cumsum(steps + 1e-9))
    wanted = np.linspace(0, moved[-1], count)
    return matched[np.unique(np.abs(moved - wanted[:, None]).argmin(axis=1))]


def draw_key_frames(
    clip_a: ShownClip, clip_b: ShownClip, comparison: Comparison
) -> np.ndarray:
    """Draw key poses of clip A above their matches in B, as pictures and as poses.

    Limbs that are among the largest differences in that frame have a bright rim.

    Args:
        clip_a: Clip A.
        clip_b: Clip B.
        comparison: The comparison of both.

    Returns:
        RGB image.
    """
    matches = comparison.alignment.matches
    frames = choose_key_frames(clip_a.poses, matches)
    poses = clip_a.poses[frames], clip_b.poses[matches[frames]]
    scale = fit_scale_3d(np.concatenate(poses), _WIDTH, _POSE_HEIGHT)
    highlighted = [highlighted_keypoints(differences_at(comparison, f)) for f in frames]
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
    """Height of a crop that holds the person in all frames, in pixels.

    Limited, because one keypoint far off would make the person tiny in all crops.
    """
    boxes = np.array([_box(clip, frame) for frame in frames])
    width, height = (boxes[:, 1] - boxes[:, 0]).T
    sizes = np.maximum(height, width * _PICTURE_HEIGHT / _WIDTH)
    return _MARGIN * max(min(sizes.max(), _LARGEST * np.median(sizes)), 1)


def _box(clip: ShownClip, frame: int) -> tuple[np.ndarray, np.ndarray]:
    """Corners of the box around the seen keypoints and the estimated head."""
    keypoints, seen = clip.keypoints[frame], clip.visible[frame] > 0
    points = keypoints[seen]
    if seen[[_ROOT, _THORAX]].all():
        up = keypoints[_THORAX] - keypoints[_ROOT]
        points = np.append(points, [keypoints[_THORAX] + _HEAD * up], axis=0)
    return points.min(axis=0), points.max(axis=0)


def _crop(image: np.ndarray, clip: ShownClip, frame: int, height: float) -> np.ndarray:
    """Crop the person, scaled to a panel that is white beyond the image."""
    scale = _PICTURE_HEIGHT / height
    low, high = _box(clip, frame)
    middle = (low + high) / 2
    moved = np.array([_WIDTH, _PICTURE_HEIGHT]) / 2 - scale * middle
    matrix = np.array([[scale, 0, moved[0]], [0, scale, moved[1]]])
    panel = (_WIDTH, _PICTURE_HEIGHT)
    return cv2.warpAffine(image, matrix, panel, borderValue=(255, 255, 255))
