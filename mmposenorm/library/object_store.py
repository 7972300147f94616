"""Files in an object store, such as ``s3://videos/2026``, or at other URLs."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from mmposenorm.inference import PoseNormInferencer
from mmposenorm.keypoints import Detector
from mmposenorm.library.adding import source_entries
from mmposenorm.library.packages import fsspec
from mmposenorm.library.shards import Entry
from mmposenorm.library.sources import Source, is_source_name, make_key

# What stores call the version of an object, or the time of its last change.
_VERSIONS = ('ETag', 'etag', 'md5Hash', 'LastModified', 'last_modified', 'mtime')


class RemoteSource(NamedTuple):
    """An object as it was when it was found.

    Attributes:
        path: Its URL.
        size: In bytes.
        changed: Its version, or when it was changed last.
    """

    path: str
    size: int
    changed: str

    @property
    def key(self) -> str:
        """Identifies the object as it is now; another if it changes."""
        return make_key(self.path, str(self.size), self.changed)


def is_url(path: str) -> bool:
    """Tell whether a path is a URL."""
    return '://' in str(path)


def find_objects(url: str) -> Iterator[RemoteSource]:
    """Find the videos and keypoint files below a URL, by their names.

    Of a video and the keypoints that were found in it (``walk.mp4``,
    ``walk.mp4.npz``), only the keypoints are given. Folders of OpenPose's files, one
    for each frame, are not understood.

    Args:
        url: Such as ``s3://bucket/prefix``.

    Yields:
        The objects in order of their names.

    Raises:
        ImportError: If what opens such URLs is not installed.
        FileNotFoundError: If there is nothing.
    """
    system, root = fsspec().core.url_to_fs(url)
    found = system.find(root, detail=True)
    if not found:
        raise FileNotFoundError(f'{url} holds nothing. Check the URL.')
    for path in sorted(found):
        if is_source_name(Path(path).name) and f'{path}.npz' not in found:
            yield _source(system, path, found[path])


def remote_entries(
    source: RemoteSource,
    inferencer: PoseNormInferencer,
    get_detector: Callable[[], Detector],
    feature_size: int,
    **options: Any,
) -> list[Entry]:
    """Fetch an object and compute the entries of the people in it.

    Args:
        source: The object as it was when it was found.
        inferencer: See :func:`mmposenorm.library.adding.source_entries`.
        get_detector: See there.
        feature_size: See there.
        **options: See there.

    Returns:
        The entries.

    Raises:
        ValueError: If it cannot be read, or was changed since it was found.
        OSError: If it cannot be fetched.
    """
    system, path = fsspec().core.url_to_fs(source.path)
    with TemporaryDirectory() as folder:
        local = Path(folder) / Path(path).name
        system.get_file(path, str(local))
        if _source(system, path, system.info(path)) != source:
            raise ValueError(
                f'{source.path} was changed since it was found. Index the files again.'
            )
        entries = source_entries(
            Source.of(local), inferencer, get_detector, feature_size, **options
        )
    return [replace(one, source=source.path, key=source.key) for one in entries]


def _source(system: Any, path: str, info: dict[str, Any]) -> RemoteSource:
    version = next((str(info[name]) for name in _VERSIONS if name in info), '')
    return RemoteSource(system.unstrip_protocol(path), int(info['size']), version)
