"""Places of a library as one picture: a contact sheet."""

import cv2
import numpy as np

from mmposenorm.geometry.descriptors import upright_keypoints
from mmposenorm.inference import PoseNormInferencer
from mmposenorm.library.pose_library import PoseLibrary
from mmposenorm.library.searching import Place
from mmposenorm.library.shards import Entry
from mmposenorm.library.sources import video_of
from mmposenorm.visualization.poses import (
    blank_image,
    draw_pose,
    draw_pose_3d,
    draw_text,
    fit_scale_3d,
)

_WIDTH, _HEIGHT, _TEXT_HEIGHT = 190, 240, 42
_COLUMNS = 5
# Moments around one whose pose is shown without a video, which the network looks at.
_CONTEXT = 32
# Size of a crop relative to the extent of the keypoints.
_MARGIN = 1.5


def draw_sheet(library: PoseLibrary, places: list[Place]) -> np.ndarray:
    """Draw where a pose or a movement was found.

    Each place is a row of five pictures from its beginning to its end, or one picture
    if it is a single pose. They are frames of the video, if that can be read, with the
    person's keypoints; else normalized poses.

    Args:
        library: The library.
        places: Places in it, at least one.

    Returns:
        RGB image.
    """
    cells = [_cell(library, number, one) for number, one in enumerate(places, start=1)]
    per_row = 1 if any(len(set(one.moments)) > 1 for one in places) else _COLUMNS
    blank = np.full_like(cells[0], 255)
    cells += [blank] * (-len(cells) % per_row)
    rows = [cells[at : at + per_row] for at in range(0, len(cells), per_row)]
    return np.concatenate([np.concatenate(row, axis=1) for row in rows])


def _cell(library: PoseLibrary, number: int, place: Place) -> np.ndarray:
    """Draw a place: the caption above its pictures."""
    pictures = np.concatenate(draw_place(library, place), axis=1)
    caption = blank_image(pictures.shape[1], _TEXT_HEIGHT)
    name = place.source.replace('\\', '/').rsplit('/', 1)[-1]
    draw_text(caption, f'{number}. {name}'[: pictures.shape[1] // 8], (6, 16))
    draw_text(caption, place.when(), (6, 34))
    return np.concatenate([caption, pictures])


def draw_place(library: PoseLibrary, place: Place) -> list[np.ndarray]:
    """Draw a person from the beginning of a place to its end, or once for a pose.

    Args:
        library: The library.
        place: A place in it.

    Returns:
        Five RGB images, or one: frames of the video with the person's keypoints, if
        that can be read, else normalized poses.
    """
    entry = library.store.entry(place.entry)
    first, last = place.moments
    count = _COLUMNS if last > first else 1
    moments = np.linspace(first, last, count).round().astype(int)
    panels = frames_of_video(entry, moments)
    return panels or _from_poses(entry, moments, library.inferencer)


def frames_of_video(entry: Entry, moments: np.ndarray) -> list[np.ndarray] | None:
    """Cut a person out of the video.

    Args:
        entry: The person.
        moments: Moments of whose frames a picture is wanted, (N,).

    Returns:
        N RGB images of one size, with the keypoints; None if they cannot be read.
    """
    path = video_of(entry.source)
    if path is None:
        return None
    video = cv2.VideoCapture(str(path))
    try:
        panels = []
        for moment in moments:
            video.set(cv2.CAP_PROP_POS_FRAMES, int(entry.frames[moment]))
            could_read, picture = video.read()
            if not could_read:
                return None
            panels.append(_crop(picture[..., ::-1], entry.keypoints[moment]))
        return panels
    finally:
        video.release()


def _crop(picture: np.ndarray, keypoints: np.ndarray) -> np.ndarray:
    """Draw keypoints into a picture and cut out the person, (H, W, 3)."""
    drawn = np.ascontiguousarray(picture)
    points = keypoints.astype(np.float64)
    draw_pose(drawn, points)
    seen = points[np.isfinite(points).all(axis=1)]
    height, width = drawn.shape[:2]
    low, high = np.zeros(2), np.array([width, height], float)
    if len(seen):
        low, high = seen.min(axis=0), seen.max(axis=0)
    size = _MARGIN * max(high[1] - low[1], (high[0] - low[0]) * _HEIGHT / _WIDTH, 8)
    scale = _HEIGHT / size
    moved = np.array([_WIDTH, _HEIGHT]) / 2 - scale * (low + high) / 2
    matrix = np.array([[scale, 0, moved[0]], [0, scale, moved[1]]])
    panel = (_WIDTH, _HEIGHT)
    return cv2.warpAffine(drawn, matrix, panel, borderValue=(255, 255, 255))


def _from_poses(
    entry: Entry, moments: np.ndarray, inferencer: PoseNormInferencer
) -> list[np.ndarray]:
    """Draw the normalized poses, upright."""
    first = max(0, moments[0] - _CONTEXT)
    keypoints = entry.keypoints[first : moments[-1] + _CONTEXT].astype(np.float32)
    visible = np.isfinite(keypoints).all(axis=-1).astype(np.float32)
    if not visible.any():
        return [blank_image(_WIDTH, _HEIGHT) for _ in moments]
    fps = entry.rate or 25.0
    found = inferencer.infer_checked(np.nan_to_num(keypoints), visible, fps)
    poses = upright_keypoints(found.normalized_poses, found.body_up).reshape(-1, 17, 3)
    poses = poses[moments - first]
    scale = fit_scale_3d(poses, _WIDTH, _HEIGHT)
    panels = [blank_image(_WIDTH, _HEIGHT) for _ in moments]
    for panel, pose in zip(panels, poses, strict=True):
        draw_pose_3d(panel, pose, scale)
    return panels
