"""The files of a folder that belong into a library."""

import os
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from mmposenorm.keypoints import is_keypoint_path
from mmposenorm.keypoints.extraction import VIDEO_SUFFIXES

# What OpenPose calls the file of one frame: a folder of these is one clip.
_ONE_FRAME = '_keypoints.json'
# Too many kinds of files end in these to take them for keypoints.
_NOT_TAKEN = {'.txt', '.pdf', '.pkl'}
_EXTRACTED = '.npz'


class Source(NamedTuple):
    """A file as it was when it was found.

    Attributes:
        path: The video, or the file or folder of keypoints.
        size: In bytes.
        changed: When it was changed last, in nanoseconds.
    """

    path: Path
    size: int
    changed: int

    @classmethod
    def of(cls, path: str | os.PathLike) -> 'Source':
        """Look at a file.

        Args:
            path: The file.

        Returns:
            What it is like now.

        Raises:
            FileNotFoundError: If there is no such file.
        """
        path = Path(path).resolve()
        try:
            status = path.stat()
        except FileNotFoundError as error:
            raise FileNotFoundError(f'{path} not found. Check the path.') from error
        return cls(path, status.st_size, status.st_mtime_ns)

    @property
    def key(self) -> str:
        """Identifies the file as it is now; another if it changes."""
        return make_key(str(self.path), str(self.size), str(self.changed))


def make_key(*parts: str) -> str:
    """Make a short name, the same for the same parts."""
    return blake2b(
        '\0'.join(parts).encode('utf-8', 'surrogateescape'), digest_size=12
    ).hexdigest()


def find_sources(folder: str | os.PathLike) -> Iterator[Source]:
    """Find the videos and the files of keypoints in a folder and its subfolders.

    Files are told by their names alone. Of a video and the keypoints that
    ``mmposenorm extract`` found in it (``walk.mp4``, ``walk.mp4.npz``), only the
    keypoints are given. Links to folders are not followed.

    Args:
        folder: The folder.

    Yields:
        Each file as soon as its folder was read, in no particular order.

    Raises:
        ValueError: If it is not a folder.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ValueError(
            f'{folder} is not a folder. Give a folder of videos or keypoints.'
        )
    waiting = [str(folder.resolve())]
    while waiting:
        yield from _sources_of_one(waiting.pop(), waiting)


def video_of(source: str) -> Path | None:
    """Find the video that a source is, or whose keypoints it holds, if it is there.

    Args:
        source: The path of a file.

    Returns:
        The video, None if there is none.
    """
    for path in (Path(source), Path(source.removesuffix(_EXTRACTED))):
        if path.suffix.lower() in VIDEO_SUFFIXES and path.is_file():
            return path
    return None


def _sources_of_one(folder: str, waiting: list[str]) -> Iterator[Source]:
    """Yield the sources of a folder, and put its subfolders into a list."""
    with os.scandir(folder) as found:
        items = {item.name: item for item in found if not item.name.startswith('.')}
    if any(name.endswith(_ONE_FRAME) for name in items):
        yield Source.of(folder)
        return
    for name, item in items.items():
        if item.is_dir(follow_symlinks=False):
            waiting.append(item.path)
        elif is_source_name(name) and f'{name}{_EXTRACTED}' not in items:
            try:
                status = item.stat()
            except FileNotFoundError:  # deleted since, or a link to nothing
                continue
            yield Source(Path(item.path), status.st_size, status.st_mtime_ns)


def is_source_name(name: str) -> bool:
    """Tell by its name whether a file holds a video or keypoints."""
    suffix = Path(name).suffix.lower()
    if suffix in _NOT_TAKEN:
        return False
    return suffix in VIDEO_SUFFIXES or is_keypoint_path(name)
