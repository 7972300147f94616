"""Index files on a cluster of machines, by Dask.

Each file is a task of Dask. Some machine reads it, by the same function as one machine
alone, and sends what it finds to this program, which alone writes to the library. So
the machines need no folder in common but that of the files, and none if these are in an
object store; and the entries of each file are written once. If a machine or a process
is lost, Dask gives its tasks to others.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import islice
from threading import local
from typing import Any, NamedTuple

from mmposenorm.inference import PoseNormInferencer
from mmposenorm.keypoints import Detector
from mmposenorm.library import packages
from mmposenorm.library.adding import count_people, source_entries
from mmposenorm.library.indexing import Indexed
from mmposenorm.library.object_store import RemoteSource, remote_entries
from mmposenorm.library.shards import Entry
from mmposenorm.library.sources import Source
from mmposenorm.library.store import Store

LOCAL = 'local'  # in place of an address: processes of this machine
_TRIES_AGAIN = 2  # of files that could not be got at
_TASKS_PER_THREAD = 2  # under way, so that no machine waits for its next file


class Reading(NamedTuple):
    """How files are read, the same on all machines.

    Attributes:
        build_detector: Builds a detector; it is pickled.
        checkpoint: Weights, which lie at the same place on all machines; those of the
            package if not given.
        layout: Layout of keypoint files that do not tell it.
        fps: Frames a second of files that do not tell it.
    """

    build_detector: Callable[[], Detector]
    checkpoint: str | None = None
    layout: str | None = None
    fps: float | None = None


def index_on_cluster(
    store: Store,
    sources: Iterable[Source | RemoteSource],
    reading: Reading,
    address: str = LOCAL,
) -> Iterator[Indexed]:
    """Add files to a library, read by all machines of a cluster.

    Args:
        store: The library's files.
        sources: The files; all machines find them at the same place.
        reading: How they are read.
        address: Of Dask's scheduler, such as ``'tcp://10.0.0.5:8786'``; ``'local'``
            starts one with a process for each core of this machine.

    Yields:
        What became of each file, as soon as it is done. One that fails does not stop
        the others.

    Raises:
        ImportError: If Dask is not installed.
        OSError: If there is no cluster at the address, or the library cannot be written
            to.
    """
    dask = packages.distributed()
    manifest = store.manifest
    waiting = iter(sources)
    with _connect(dask, address) as client:

        def submit(source: Source | RemoteSource) -> Any:
            task = client.submit(
                read_source,
                source,
                reading,
                manifest.weights,
                manifest.feature_size,
                retries=_TRIES_AGAIN,
                pure=False,
            )
            running[task] = source
            return task

        running: dict[Any, Source | RemoteSource] = {}
        threads = sum(client.nthreads().values()) or 1
        first = [submit(one) for one in islice(waiting, _TASKS_PER_THREAD * threads)]
        done = dask.as_completed(first)
        for task in done:
            for source in islice(waiting, 1):
                done.add(submit(source))
            yield _write(store, running.pop(task), task)
            task.release()


def read_source(
    source: Source | RemoteSource, reading: Reading, weights: str, feature_size: int
) -> list[Entry] | str:
    """Read a file on one of the machines.

    Args:
        source: The file.
        reading: How it is read.
        weights: Digest of the library's weights.
        feature_size: Length of a feature.

    Returns:
        Its entries; or why it cannot be read, which another machine would not change.

    Raises:
        OSError: If it cannot be got at, which may be different a second later.
    """
    try:
        inferencer = _inferencer(reading.checkpoint)
        if inferencer.weights_digest != weights:
            raise ValueError(
                'A machine of the cluster has other weights than the library. Install '
                'the same version of mmposenorm on all of them.'
            )
        how = (inferencer, lambda: _detector(reading.build_detector), feature_size)
        options: dict[str, Any] = {
            'layout': reading.layout,
            'fps': reading.fps,
            'show_progress': False,
        }
        if isinstance(source, RemoteSource):
            return remote_entries(source, *how, **options)
        return source_entries(source, *how, **options)
    except ValueError as error:
        return str(error)


@lru_cache(maxsize=1)
def _inferencer(checkpoint: str | None) -> PoseNormInferencer:
    """Load the weights once in each process."""
    return PoseNormInferencer(checkpoint=checkpoint)


_of_thread = local()  # a detector remembers the frames before


def _detector(build: Callable[[], Detector]) -> Detector:
    """Build the detector once in each thread."""
    if not hasattr(_of_thread, 'detector'):
        _of_thread.detector = build()
    return _of_thread.detector


def _write(store: Store, source: Source | RemoteSource, task: Any) -> Indexed:
    """Write what a task found into the library."""
    error = task.exception()
    if error is not None:
        return Indexed(source, error=f'{source.path} could not be read: {error}')
    found = task.result()
    if isinstance(found, str):
        return Indexed(source, error=found)
    store.write_pending(source.key, found)
    return Indexed(source, count_people(found))


def _connect(dask: Any, address: str) -> Any:
    """Connect to a scheduler, or start one with processes of one thread each."""
    if address == LOCAL:
        return dask.Client(threads_per_worker=1, dashboard_address=None)
    try:
        return dask.Client(address)
    except OSError as error:
        raise ConnectionError(
            f'There is no Dask scheduler at {address} ({error}). Start it there by '
            '`dask scheduler`, and `dask worker` on each machine, or check the address.'
        ) from error
