"""Write pictures and videos; an interrupted file never replaces an older one.

Images are RGB, (H, W, 3) uint8.
"""

from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from itertools import chain
from pathlib import Path

import cv2
import numpy as np

from mmposenorm.atomic_files import atomic_path

_Encoder = Generator[None, np.ndarray, None]


def write_image(path: str | Path, image: np.ndarray) -> None:
    """Write a picture in the format of the file's suffix, e.g. PNG.

    Args:
        path: The file.
        image: RGB, (H, W, 3) uint8.

    Raises:
        OSError: If the file cannot be written.
    """
    with atomic_path(path) as partial:
        if not cv2.imwrite(str(partial), image[..., ::-1]):
            raise OSError(
                f'{path} could not be written. Check that the disk has space.'
            )


def write_video(
    path: str | Path,
    frames: Iterable[np.ndarray],
    fps: float,
    ffmpeg_options: Sequence[str] = (),
) -> None:
    """Write a video as MP4.

    With ``imageio-ffmpeg`` installed the video is H.264, which all players and browsers
    show, else MPEG-4 by OpenCV, which most players show.

    Args:
        path: The file, ``*.mp4``.
        frames: RGB images of one size, (H, W, 3) uint8, taken one at a time.
        fps: Frames per second.
        ffmpeg_options: Further options for ffmpeg, if ``imageio-ffmpeg`` is installed.

    Raises:
        ValueError: If there is no frame, the sizes differ, or fps is not positive.
    """
    if not fps > 0:
        raise ValueError(f'fps must be positive, but is {fps}.')
    frames = iter(frames)
    first = next(frames, None)
    if first is None:
        raise ValueError(f'{path} needs at least one frame, but there are no frames.')
    # Even sizes, because colour is stored for blocks of 2 x 2 pixels.
    height, width = (side + side % 2 for side in first.shape[:2])
    with atomic_path(path) as partial:
        encoder = _encoder(partial, (width, height), fps, ffmpeg_options)
        next(encoder)
        with closing(encoder):
            for frame in chain([first], frames):
                if frame.shape != first.shape:
                    raise ValueError(
                        f'All frames of {path} must have the shape of the first, '
                        f'{first.shape}, but one has {frame.shape}.'
                    )
                fill = (height - frame.shape[0], width - frame.shape[1], 0)
                encoder.send(np.pad(frame, [(0, n) for n in fill], mode='edge'))


def _encoder(
    path: Path, size: tuple[int, int], fps: float, ffmpeg_options: Sequence[str]
) -> _Encoder:
    """Return a generator, not yet started, that writes the frames sent to it."""
    try:
        import imageio_ffmpeg
    except ModuleNotFoundError:
        return _mpeg4_encoder(path, size, fps)
    return imageio_ffmpeg.write_frames(
        str(path),
        size,
        fps=fps,
        codec='libx264',
        macro_block_size=2,
        output_params=list(ffmpeg_options),
    )


def _mpeg4_encoder(path: Path, size: tuple[int, int], fps: float) -> _Encoder:
    codec = cv2.VideoWriter.fourcc(*'mp4v')
    writer = cv2.VideoWriter(str(path), codec, fps, size)
    try:
        while True:
            frame = yield
            writer.write(frame[..., ::-1])
    finally:
        writer.release()
