"""Reading videos frame by frame, with the time of each frame."""

import os
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from mmposenorm.keypoints.messages import warn

# Share of the frames whose time must be later than all before to believe the times.
_LEAST_RISING = 0.9
# Longer side of the pictures whose shift is measured, in pixels; and the least peak of
# their correlation, 1 for the same picture.
_SHIFT_SIDE, _LEAST_RESPONSE = 192, 0.15


class Video:
    """A video file; iterate over it for its frames, as often as you like.

    Frames are upright: a rotation noted in the file is applied. Only one frame is in
    memory at a time.

    Args:
        path: The file.

    Attributes:
        path: The file.
        frame_count: Frames that the file claims to hold; the true number is known
            only after reading. 0 when it makes no claim.
        claimed_fps: Frames a second that the file claims; 0 when it makes no claim.
        image_size: Width and height of the upright frames in pixels.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is a still picture, or no frame can be read from it.
    """

    def __init__(self, path: str | os.PathLike) -> None:
        self.path = Path(path)
        _refuse_what_is_no_video(self.path)
        capture = _open(self.path)
        try:
            ok, frame = capture.read()
            self.frame_count = max(0, int(capture.get(cv2.CAP_PROP_FRAME_COUNT)))
            self.claimed_fps = max(0.0, float(capture.get(cv2.CAP_PROP_FPS)))
        finally:
            capture.release()
        if not ok:
            raise ValueError(
                f'No frame can be read from {self.path}: it is corrupt, empty or no '
                'video. Play it, or convert it to mp4 (H.264).'
            )
        self.image_size = frame.shape[1], frame.shape[0]

    def __iter__(self) -> Iterator[tuple[float, np.ndarray]]:
        """Yield the time in seconds and the (H, W, 3) uint8 BGR image of each frame."""
        capture = _open(self.path)
        count, time = 0, 0.0
        try:
            while True:
                ok, frame = capture.read()
                if not ok:
                    break
                # After a read, the position is that of the frame just read.
                time = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
                yield time, frame
                count += 1
        finally:
            capture.release()
        if self._lacks_frames(count, time):
            warn(
                f'Only {count} of {self.frame_count} frames can be read from '
                f'{self.path}; the rest of it is damaged or missing.',
            )

    def _lacks_frames(self, count: int, time: float) -> bool:
        """Tell whether the file ends before its claimed end, in frames and in seconds.

        Where the frame rate varies, as in WebM, the number of frames is often claimed
        by the length and a rate that is too high. Containers also miscount by a frame
        or two.
        """
        if count >= 0.98 * self.frame_count - 2:
            return False
        seconds = (
            self.frame_count / self.claimed_fps if self.claimed_fps > 0 else np.inf
        )
        average = time / max(1, count - 1)
        return time < 0.98 * seconds - 2 * average


class PictureShift:
    """Measures how far the whole picture moves from frame to frame.

    Call it with each frame, (H, W, 3) uint8, to get the shift of the picture since the
    last one in pixels, (2,): 0 for the first, and where the frames have too little in
    common to tell.

    Source: phase correlation; Kuglin and Hines, "The phase correlation image alignment
        method", 1975, as in OpenCV.
    """

    def __init__(self) -> None:
        self._before: np.ndarray | None = None

    def __call__(self, frame: np.ndarray) -> np.ndarray:
        """Measure the shift since the last frame."""
        scale = max(1.0, max(frame.shape[:2]) / _SHIFT_SIDE)
        size = round(frame.shape[1] / scale), round(frame.shape[0] / scale)
        small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
        small = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.float32)
        before, self._before = self._before, small
        if before is None or min(before.std(), small.std()) < 1:
            return np.zeros(2)
        window = cv2.createHanningWindow(size, cv2.CV_32F)
        shift, response = cv2.phaseCorrelate(before, small, window)
        return np.array(shift) * scale * (response >= _LEAST_RESPONSE)


def frame_clock(
    times: np.ndarray, claimed_fps: float
) -> tuple[np.ndarray, float | None]:
    """Settle the time of each frame and the frame rate of a video.

    Args:
        times: Time of each frame as read, in seconds, (T,).
        claimed_fps: Frame rate by the file's header; 0 when there is none.

    Returns:
        frame_times: Seconds from the first frame, (T,) float64, strictly increasing.
            Those read, also when the frame rate varies, with a few that do not
            increase put between their neighbours; or else evenly spaced.
        fps: Mean number of frames a second; ``None`` when neither is known.
    """
    times = np.asarray(times, np.float64)
    latest = np.maximum.accumulate(times)
    rises = np.flatnonzero(np.diff(latest, prepend=-np.inf) > 0)
    if len(rises) > 1 and len(rises) >= _LEAST_RISING * len(times):
        frames = np.arange(len(times))
        rate = (len(rises) - 1) / (times[rises[-1]] - times[rises[0]])
        beyond = (frames - rises[-1]).clip(min=0) / rate  # after the last that rises
        times = np.interp(frames, rises, times[rises]) + beyond
        times = times - times[0]
        return times, float((len(times) - 1) / times[-1])
    if claimed_fps > 0:
        return np.arange(len(times)) / claimed_fps, claimed_fps
    return np.arange(len(times), dtype=np.float64), None


def _open(path: Path) -> cv2.VideoCapture:
    capture = cv2.VideoCapture(str(path))
    # Some builds of OpenCV apply a rotation by default, others do not.
    capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
    return capture


def _refuse_what_is_no_video(path: Path) -> None:
    if not path.exists():
        raise FileNotFoundError(f'{path} not found. Check the path.')
    if path.is_dir():
        raise ValueError(f'{path} is a folder; expected a video file.')
    if path.stat().st_size == 0:
        raise ValueError(f'{path} is empty (0 bytes); expected a video.')
    if path.suffix.lower() == '.npy':
        raise ValueError(
            f'{path} is an array; expected a video. Give what numpy.load reads from '
            'it, with its layout, or save it as keypoints in an npz file.'
        )
    if cv2.haveImageReader(str(path)) and cv2.imcount(str(path)) <= 1:
        raise ValueError(
            f'{path} is a still picture; expected a video, whose poses over time can '
            'be compared.'
        )
