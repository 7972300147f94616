"""Write pictures and videos; an interrupted file never replaces an older one.

Images are RGB, (H, W, 3) uint8.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from itertools import chain
from pathlib import Path
from subprocess import PIPE, Popen
from tempfile import TemporaryFile

import cv2
import numpy as np

from mmposenorm.atomic_files import atomic_path

_Write = Callable[[np.ndarray], object]


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
        OSError: If the file cannot be written.
    """
    if not fps > 0:
        raise ValueError(f'fps must be positive, but is {fps}.')
    frames = iter(frames)
    first = next(frames, None)
    if first is None:
        raise ValueError(f'{path} needs at least one frame, but there are no frames.')
    # Even sizes, because colour is stored for blocks of 2 x 2 pixels.
    height, width = (side + side % 2 for side in first.shape[:2])
    with (
        atomic_path(path) as partial,
        _encoder(partial, (width, height), fps, ffmpeg_options) as write,
    ):
        for frame in chain([first], frames):
            if frame.shape != first.shape:
                raise ValueError(
                    f'All frames of {path} must have the shape of the first, '
                    f'{first.shape}, but one has {frame.shape}.'
                )
            fill = (height - frame.shape[0], width - frame.shape[1], 0)
            write(np.pad(frame, [(0, n) for n in fill], mode='edge'))


def _encoder(
    path: Path, size: tuple[int, int], fps: float, ffmpeg_options: Sequence[str]
) -> AbstractContextManager[_Write]:
    """Return a context that yields a function to write a frame."""
    try:
        from imageio_ffmpeg import get_ffmpeg_exe
    except ModuleNotFoundError:
        return _mpeg4_encoder(path, size, fps)
    command = f'-f rawvideo -pix_fmt rgb24 -s {size[0]}x{size[1]} -r {fps} -i - -an'
    command += ' -c:v libx264 -pix_fmt yuv420p -crf 25 -v error -y'
    return _ffmpeg([get_ffmpeg_exe(), *command.split(), *ffmpeg_options, str(path)])


@contextmanager
def _ffmpeg(command: list[str]) -> Iterator[_Write]:
    with TemporaryFile() as said, Popen(command, stdin=PIPE, stderr=said) as process:
        assert process.stdin is not None
        try:
            write = process.stdin.write
            yield lambda frame: write(frame.data)
            process.stdin.close()
        except BrokenPipeError:  # it ended early, and says why
            with suppress(BrokenPipeError):
                process.stdin.close()
        except BaseException:
            process.kill()
            raise
        if process.wait() != 0:
            said.seek(0)
            reason = said.read().decode(errors='replace').strip().splitlines()[-1:]
            raise OSError(
                f'{command[-1]} could not be written: ffmpeg ended with '
                f'{process.returncode} ({"".join(reason)}). Check the disk.'
            )


@contextmanager
def _mpeg4_encoder(path: Path, size: tuple[int, int], fps: float) -> Iterator[_Write]:
    codec = cv2.VideoWriter.fourcc(*'mp4v')
    writer = cv2.VideoWriter(str(path), codec, fps, size)
    try:
        yield lambda frame: writer.write(frame[..., ::-1])
    finally:
        writer.release()
    # It says nothing if the disk is full; but then the index of the frames is missing.
    if not cv2.VideoCapture(str(path)).isOpened():
        raise OSError(f'{path} could not be written. Check the disk.')
