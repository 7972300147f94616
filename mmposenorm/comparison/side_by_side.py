"""Two clips side by side in one video, B played in step with A."""

from collections.abc import Collection, Iterator, Sequence

import cv2
import numpy as np

from mmposenorm.comparison.clip_pictures import ShownClip
from mmposenorm.comparison.compare_clips import Comparison
from mmposenorm.comparison.differences import Difference, limb_of
from mmposenorm.comparison.sentences import MOST_SAID, short_phrase
from mmposenorm.visualization.poses import (
    LEFT_COLOR,
    RIGHT_COLOR,
    blank_image,
    draw_pose,
    draw_pose_3d,
    draw_text,
    fit_scale_3d,
)

_POSE_HEIGHT, _TEXT_HEIGHT, _LEAST_WIDTH = 320, 28, 400
_NO_MATCH_COLOR = (200, 200, 200)
# Keypoints at the ends of what an angle is of.
_LIMB_KEYPOINTS = {
    'trunk': {7, 8},
    'head': {9, 10},
    'left arm': {12, 13},
    'right arm': {15, 16},
    'left leg': {5, 6},
    'right leg': {2, 3},
}


def side_by_side(
    clip_a: ShownClip, clip_b: ShownClip, comparison: Comparison
) -> Iterator[np.ndarray]:
    """Draw the frames of clip A, each beside its match in clip B.

    Under the pictures are the normalized poses of both, seen from a little to the
    person's left and upright. A limb that differs has a bright rim meanwhile, and the
    last row says how it differs.

    Args:
        clip_a: Clip A.
        clip_b: Clip B.
        comparison: The comparison of both.

    Yields:
        RGB images of one size, one for each frame of A.
    """
    clips = clip_a, clip_b
    widths = [max(_LEAST_WIDTH, clip.pictures.size[0]) for clip in clips]
    height = max(clip.pictures.size[1] for clip in clips)
    scale = min(
        fit_scale_3d(clip.poses, width, _POSE_HEIGHT)
        for clip, width in zip(clips, widths, strict=True)
    )
    for frame, match in enumerate(comparison.alignment.matches):
        shown = differences_at(comparison, frame)
        highlighted = highlighted_keypoints(shown)
        columns = [
            _column(*given, highlighted, height, scale)
            for given in zip('AB', clips, (frame, match), widths, strict=True)
        ]
        body = np.concatenate(columns, axis=1)
        yield np.concatenate([body, _last_row(shown, comparison, body.shape[1])])


def highlighted_keypoints(differences: Sequence[Difference]) -> set[int]:
    """Keypoints at the ends of the limbs that differ."""
    return set().union(*(_LIMB_KEYPOINTS[limb_of(d.angle)] for d in differences))


def differences_at(comparison: Comparison, frame: int) -> list[Difference]:
    """The differences that are said and hold in a frame of A."""
    said = comparison.differences[:MOST_SAID]
    return [d for d in said if d.span_a[0] <= frame <= d.span_a[1]]


def draw_picture(
    clip: ShownClip, frame: int, highlighted: Collection[int] = ()
) -> np.ndarray:
    """Draw the person's pose into the picture of a frame."""
    image = clip.pictures[frame]
    draw_pose(
        image, clip.keypoints[frame], clip.visible[frame], highlighted=highlighted
    )
    return image


def _column(
    letter: str,
    clip: ShownClip,
    frame: int,
    width: int,
    highlighted: Collection[int],
    height: int,
    scale: float,
) -> np.ndarray:
    """Draw the title, the picture and the normalized pose of one clip's frame."""
    title = blank_image(width, _TEXT_HEIGHT)
    pose = blank_image(width, _POSE_HEIGHT)
    if frame < 0:
        draw_text(title, f'{letter}: {clip.name}, no match', (8, 19))
        picture = np.full((height, width, 3), _NO_MATCH_COLOR, np.uint8)
        return np.concatenate([title, picture, pose])
    draw_text(title, f'{letter}: {clip.name}, {clip.time_label(frame)}', (8, 19))
    picture = _centred(draw_picture(clip, frame, highlighted), width, height)
    if clip.visible[frame].any():
        draw_pose_3d(pose, clip.poses[frame], scale, highlighted)
    return np.concatenate([title, picture, pose])


def _centred(image: np.ndarray, width: int, height: int) -> np.ndarray:
    """Place an image in the middle of a white one."""
    top, left = (height - image.shape[0]) // 2, (width - image.shape[1]) // 2
    bottom = height - image.shape[0] - top
    right = width - image.shape[1] - left
    sides = top, bottom, left, right
    return cv2.copyMakeBorder(image, *sides, cv2.BORDER_CONSTANT, value=(255, 255, 255))


def _last_row(
    shown: Sequence[Difference], comparison: Comparison, width: int
) -> np.ndarray:
    """Write the legend of the colours and how the clips differ in this frame."""
    row = blank_image(width, _TEXT_HEIGHT)
    draw_text(row, 'left', (8, 19), LEFT_COLOR)
    draw_text(row, 'right', (44, 19), RIGHT_COLOR)
    text = '; '.join(
        f'{number}. {short_phrase(difference)}'
        for number, difference in enumerate(comparison.differences, start=1)
        if difference in shown
    )
    draw_text(row, text, (100, 19))
    return row
