"""Frames that arrive one after another: from a camera, a video or a keypoint file."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from mmposenorm.keypoints import Detector, FramePeople, People, Video
from mmposenorm.visualization import blank_image

# Taken where neither a camera nor a file tells.
_USUAL_FPS = 30.0
# White margin around keypoints without a picture, in pixels, and the longer side.
_MARGIN, _LONGEST_SIDE = 40, 720


class LiveFrame(NamedTuple):
    """A frame that has arrived.

    Attributes:
        time: When it was taken, in seconds from the first.
        picture: (H, W, 3) uint8, RGB.
        people: Everybody in it, in pixels of the picture.
    """

    time: float
    picture: np.ndarray
    people: FramePeople


@dataclass(frozen=True)
class LiveSource:
    """Where frames come from; iterate over ``frames`` once.

    Args:
        frames: The frames, in order of time.
        layout: Layout of the keypoints.
        fps: Frames a second, or what comes close to it.
    """

    frames: Iterator[LiveFrame]
    layout: str
    fps: float


def camera_source(number: int, detector: Detector) -> LiveSource:
    """Open a camera.

    Args:
        number: Its number, from 0.
        detector: What finds the people.

    Returns:
        The source, which goes on until it is closed or the camera ends.

    Raises:
        OSError: If there is no such camera, or no picture comes from it.
    """
    capture = cv2.VideoCapture(number)
    ok, picture = capture.read() if capture.isOpened() else (False, None)
    if not ok:
        capture.release()
        raise OSError(
            f'Camera {number} cannot be opened, or gives no picture. Check that it is '
            'connected and not used by another program, give the number of another, or '
            'a video by --source.'
        )
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # old pictures are of no use
    fps = capture.get(cv2.CAP_PROP_FPS)

    def pictures() -> Iterator[tuple[float, np.ndarray]]:
        start, taken = time.monotonic(), picture
        try:
            while taken is not None:
                yield time.monotonic() - start, taken
                taken = capture.read()[1]
        finally:
            capture.release()

    return _detected(pictures(), detector, fps)


def video_source(video: Video, detector: Detector) -> LiveSource:
    """Play a video as if it came from a camera, as fast as it can be followed.

    Args:
        video: The video.
        detector: What finds the people.

    Returns:
        The source.
    """
    return _detected(_with_rising_times(video), detector, video.claimed_fps)


def keypoint_source(people: People, fps: float | None = None) -> LiveSource:
    """Play a file of keypoints, drawn on white.

    Args:
        people: Everybody in each frame, in pixels.
        fps: Frames a second, if the file does not tell.

    Returns:
        The source.
    """
    rate = fps or people.fps or _USUAL_FPS
    times = people.frame_times
    if times is None or fps is not None:
        times = np.arange(len(people.frames)) / rate
    low, high = _extent(people)
    scale = _LONGEST_SIDE / float((high - low).max() + 2 * _MARGIN)
    size = tuple(round(float(side)) for side in (high - low + 2 * _MARGIN) * scale)

    def frames() -> Iterator[LiveFrame]:
        for moment, frame in zip(times, people.frames, strict=True):
            yield LiveFrame(
                float(moment), blank_image(*size), _moved(frame, low - _MARGIN, scale)
            )

    return LiveSource(frames(), people.layout, rate)


def _detected(
    pictures: Iterator[tuple[float, np.ndarray]], detector: Detector, fps: float
) -> LiveSource:
    detector.reset()
    frames = (
        LiveFrame(moment, np.ascontiguousarray(picture[..., ::-1]), detector(picture))
        for moment, picture in pictures
    )
    return LiveSource(frames, detector.layout, fps if fps > 0 else _USUAL_FPS)


def _with_rising_times(video: Video) -> Iterator[tuple[float, np.ndarray]]:
    """Yield frames with times that increase, even if those of the file do not."""
    step = 1 / (video.claimed_fps or _USUAL_FPS)
    last = -step
    for moment, picture in video:
        last = moment if moment > last else last + step
        yield last, picture


def _extent(people: People) -> tuple[np.ndarray, np.ndarray]:
    """Left top and right bottom of all keypoints that were found."""
    found = [frame.keypoints[frame.scores > 0] for frame in people.frames]
    points = np.concatenate(found)
    if not len(points):
        raise ValueError(f'{people.source}: nobody is in any frame.')
    return points.min(axis=0), points.max(axis=0)


def _moved(people: FramePeople, origin: np.ndarray, scale: float) -> FramePeople:
    return FramePeople(
        (people.keypoints - origin).astype(np.float32) * np.float32(scale),
        people.scores,
        ((people.boxes - np.tile(origin, 2)) * scale).astype(np.float32),
    )


def is_camera(source: str) -> bool:
    """Tell whether a source is the number of a camera, and not a file of that name."""
    return source.isdecimal() and not Path(source).exists()
