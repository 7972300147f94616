"""Choosing a detector of 2D poses and running it over a video."""

import importlib.util
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

import numpy as np
from tqdm import tqdm

from mmposenorm.keypoints.mediapipe_pose import MediaPipeDetector
from mmposenorm.keypoints.mmpose_pose import (
    DEFAULT_POSE2D,
    DEFAULT_WEIGHTS,
    MMPoseDetector,
    is_cached_or_reachable,
)
from mmposenorm.keypoints.people import FramePeople, People, joined_people
from mmposenorm.keypoints.rtmlib_pose import RtmlibDetector
from mmposenorm.keypoints.video import PictureShift, Video, frame_clock

_Item = TypeVar('_Item')


class Detector(Protocol):
    """Finds the people in each frame of a video, frame after frame.

    A detector may have another attribute, ``earlier``: people whom it has noticed only
    in the last frame, in those before, as a list whose first entry is for the frame
    just before.

    Attributes:
        layout: Name of the layout of its keypoints.
        name: What to call it in messages.
    """

    layout: str
    name: str

    def reset(self) -> None:
        """Start a new video."""

    def __call__(self, frame: np.ndarray) -> FramePeople:
        """Find the people in the next frame, (H, W, 3) uint8, BGR."""


def build_detector(
    pose2d: str = 'auto',
    pose2d_weights: str | None = None,
    det_model: str | None = None,
    det_weights: str | None = None,
    device: str | None = None,
) -> Detector:
    """Build a detector by name.

    Args:
        pose2d: ``'mediapipe'``; ``'rtmlib'``; or a model of mmpose: alias, name or path
            of a config; or ``'auto'``: mmpose's RTMPose if its weights are cached or
            reachable, else MediaPipe, whose weights are inside its wheel.
        pose2d_weights: Checkpoint of mmpose's model, if not the usual one.
        det_model: Model that finds the people for it, see :class:`MMPoseDetector`.
        det_weights: Checkpoint of that.
        device: Where a model of mmpose or rtmlib runs; the best there is by default.

    Returns:
        The detector.

    Raises:
        ImportError: If what it needs is not installed.
        OSError: If its weights cannot be downloaded.
        ValueError: If the options contradict each other, or the model is not known.
    """
    has_options = any((pose2d_weights, det_model, det_weights))
    if pose2d in ('mediapipe', 'rtmlib') and has_options:
        raise ValueError(
            f'pose2d {pose2d!r} takes no weights and no det model; name a model of '
            'mmpose to use them.'
        )
    if pose2d == 'auto':
        pose2d = DEFAULT_POSE2D if has_options or _can_run_mmpose() else 'mediapipe'
    if pose2d == 'mediapipe':
        return MediaPipeDetector()
    if pose2d == 'rtmlib':
        return RtmlibDetector(device)
    return MMPoseDetector(pose2d, pose2d_weights, det_model, det_weights, device)


def detect_people(
    video: Video, detector: Detector, show_progress: bool = True
) -> People:
    """Find the people in every frame of a video.

    Args:
        video: The video.
        detector: What to find them with.
        show_progress: Whether to show a progress bar if it takes more than two seconds.

    Returns:
        The people, one entry for each frame.
    """
    detector.reset()
    times: list[float] = []
    frames: list[FramePeople] = []
    shifts = []
    picture_shift = PictureShift()
    progress = tqdm(
        _read_ahead(video),
        desc=f'2D poses of {video.path.name}',
        total=video.frame_count or None,
        unit='frame',
        delay=2,
        leave=False,
        disable=not show_progress,
    )
    for time, frame in progress:
        times.append(time)
        frames.append(detector(frame))
        for back, people in enumerate(getattr(detector, 'earlier', ()), start=2):
            frames[-back] = joined_people(frames[-back], people)
        shifts.append(picture_shift(frame))
    frame_times, fps = frame_clock(np.array(times), video.claimed_fps)
    return People(
        frames=frames,
        layout=detector.layout,
        source=f'{detector.name} on {video.path}',
        fps=fps,
        frame_times=frame_times,
        image_size=video.image_size,
        shifts=np.array(shifts),
    )


def _can_run_mmpose() -> bool:
    if importlib.util.find_spec('mmpose') is None:
        return False
    return all(is_cached_or_reachable(address) for address in DEFAULT_WEIGHTS)


def _read_ahead(items: Iterable[_Item]) -> Iterator[_Item]:
    """Yield items, none of them None, while the next is being fetched."""
    iterator = iter(items)
    with ThreadPoolExecutor(max_workers=1) as pool:
        coming = pool.submit(next, iterator, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(next, iterator, None)
            yield item
