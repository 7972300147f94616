"""Adding the files of a folder to a library, one after another or several at once."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from multiprocessing import get_context
from typing import NamedTuple

import torch

from mmposenorm.inference import PoseNormInferencer
from mmposenorm.keypoints import Detector
from mmposenorm.library.adding import add_source
from mmposenorm.library.object_store import RemoteSource
from mmposenorm.library.sources import Source
from mmposenorm.library.store import Store


class Indexed(NamedTuple):
    """What became of a file.

    Attributes:
        source: The file.
        people: How many people were found.
        error: What went wrong; empty if nothing did.
    """

    source: Source | RemoteSource
    people: int = 0
    error: str = ''


@dataclass
class Indexer:
    """Adds files to a library; each process of several has one of its own.

    What it needs is built when it is needed first.

    Args:
        folder: The library's folder.
        build_inferencer: Builds what computes pose features.
        build_detector: Builds what finds the people in videos.
        layout: See :func:`add_source`.
        fps: See there.
        show_progress: See there.
    """

    folder: str | os.PathLike
    build_inferencer: Callable[[], PoseNormInferencer]
    build_detector: Callable[[], Detector]
    layout: str | None = None
    fps: float | None = None
    show_progress: bool = False

    def __call__(self, source: Source) -> Indexed:
        """Add a file; one that fails does not stop the others.

        Args:
            source: The file.

        Returns:
            What became of it.
        """
        try:
            people = add_source(
                self._store,
                source,
                self._inferencer,
                lambda: self._detector,
                layout=self.layout,
                fps=self.fps,
                show_progress=self.show_progress,
            )
        except (OSError, ValueError) as error:
            return Indexed(source, error=str(error))
        except Exception as error:  # noqa: BLE001  (a detector's; other files may do)
            said = f'{type(error).__name__} in {source.path}: {error}'
            return Indexed(source, error=said)
        return Indexed(source, people)

    @cached_property
    def _store(self) -> Store:
        return Store(self.folder)

    @cached_property
    def _inferencer(self) -> PoseNormInferencer:
        return self.build_inferencer()

    @cached_property
    def _detector(self) -> Detector:
        return self.build_detector()


def index_in_processes(
    sources: Iterable[Source], indexer: Indexer, processes: int
) -> Iterator[Indexed]:
    """Add files to a library, several at once.

    Args:
        sources: The files; taken as they are needed.
        indexer: Adds one; it is pickled.
        processes: How many.

    Yields:
        What became of each file, as soon as it is done. A file that fails does not stop
        the others, even if its process dies.
    """
    waiting = iter(sources)
    running: dict[Future[Indexed], Source] = {}
    is_done = False
    while not is_done:
        with ProcessPoolExecutor(
            processes, get_context('spawn'), _start_process, (indexer, processes)
        ) as pool:
            try:
                while True:
                    for source in islice(waiting, processes - len(running)):
                        running[pool.submit(_index, source)] = source
                    if not running:
                        is_done = True
                        break
                    for future in wait(running, return_when=FIRST_COMPLETED).done:
                        yield _result_of(future, running.pop(future))
            except BrokenProcessPool:  # the rest goes to new processes
                for future, source in running.items():
                    yield _result_of(future, source)
                running.clear()


def _result_of(future: Future[Indexed], source: Source) -> Indexed:
    try:
        return future.result()
    except BrokenProcessPool:
        said = (
            f'{source.path} was not finished, since a process died, perhaps for lack '
            'of memory. Run the command again, with fewer processes (--jobs) if it '
            'dies again.'
        )
        return Indexed(source, error=said)


# Of a process of its own.
_indexer: Indexer


def _start_process(indexer: Indexer, processes: int) -> None:
    global _indexer
    torch.set_num_threads(max(1, (os.cpu_count() or 1) // processes))
    _indexer = indexer


def _index(source: Source) -> Indexed:
    return _indexer(source)
