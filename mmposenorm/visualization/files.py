"""Pictures and videos to files, each written whole or not at all.

Images are RGB, (H, W, 3) uint8.
"""

from collections.abc import Generator, Iterable
from contextlib import closing
from itertools import chain
from pathlib import Path

import cv2
import numpy as np

from mmposenorm.atomic_files import atomic_path


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
            raise OSError(f'{path} could not be written. Is the disk full?')


def write_video(path: str | Path, frames: Iterable[np.ndarray], fps: float) -> None:
    """Write a video as MP4.

    In H.264 where ``imageio-ffmpeg`` is installed, which every player and browser
    shows; else in OpenCV's MPEG-4, which most players show.

    Args:
        path: The file, ``*.mp4``.
        frames: RGB images of one size, (H, W, 3) uint8, drawn as they are needed.
        fps: Frames per second.

    Raises:
        ValueError: If there is no frame, the sizes differ, or fps is not positive.
    """
    if not fps > 0:
        raise ValueError(f'fps must be positive, but is {fps}.')
    frames = iter(frames)
    first = next(frames, None)
    if first is None:
        raise ValueError(f'There are no frames to write into {path}.')
    # The pixels of chroma are two wide and two high.
    height, width = (side + side % 2 for side in first.shape[:2])
    with atomic_path(path) as partial:
        encoder = _encoder(partial, (width, height), fps)
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


def _encoder(path: Path, size: tuple[int, int], fps: float) -> Generator:
    """Return a generator, not yet begun, that writes the frames sent to it."""
    try:
        import imageio_ffmpeg
    except ModuleNotFoundError:
        return _mpeg4_encoder(path, size, fps)
    return imageio_ffmpeg.write_frames(
        str(path), size, fps=fps, codec='libx264', macro_block_size=2
    )


def _mpeg4_encoder(path: Path, size: tuple[int, int], fps: float) -> Generator:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'mp4v'), fps, size)
    try:
        while True:
            frame = yield
            writer.write(frame[..., ::-1])
    finally:
        writer.release()
