"""The files of a library on disk.

.. code-block:: text

    library.json          what it holds; the last to be written, so it is never ahead
    segments/*.arrow      entries in order of their moments
    pending/KEY.arrow     entries of one file each, not yet in a segment
    index-*.faiss         index of the moments of the segments

Each file of a folder that is read becomes a pending file at once; :meth:`Store.merge`
moves them all into one segment, in the order of their sources. Segments never change.
Whatever is not in ``library.json`` does not count, so a program may be killed anywhere.
"""

import errno
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from secrets import token_hex
from typing import NamedTuple

import numpy as np

from mmposenorm.atomic_files import atomic_file, check_folder, folder_lock
from mmposenorm.library.shards import (
    FORMAT,
    Batch,
    Entry,
    Shard,
    list_shards,
    remove_shards,
    write_entries,
)
from mmposenorm.parsing import parsing

_MANIFEST = 'library.json'


@dataclass(frozen=True)
class Manifest:
    """What a library holds.

    Args:
        weights: Digest of the weights that made the features.
        feature_size: Length of a feature.
        segments: Names of the segments' files, in order of their moments.
        moments: Number of moments of each segment.
        index: Name of the index's file; empty if there is none.
        indexed: Number of moments, from the first, that the index knows.
        format: Version of the format.
    """

    weights: str
    feature_size: int
    segments: tuple[str, ...] = ()
    moments: tuple[int, ...] = ()
    index: str = ''
    indexed: int = 0
    format: str = field(default=FORMAT, kw_only=True)


class EntryPlace(NamedTuple):
    """Where an entry is: its batch, and its number in it."""

    batch: Batch
    number: int


class Store:
    """The files of a library.

    Moments are numbered through: those of the segments, then those of pending files. An
    entry whose file was read again since is *outdated*.

    Args:
        folder: The library's folder.

    Attributes:
        folder: The library's folder.
        manifest: What it holds.

    Raises:
        FileNotFoundError: If there is no library.
        ValueError: If it is damaged or of another version.
    """

    def __init__(self, folder: str | os.PathLike) -> None:
        self.folder = Path(folder)
        self.manifest = _read_manifest(self.folder)
        self._load()

    @classmethod
    def create(
        cls, folder: str | os.PathLike, weights: str, feature_size: int
    ) -> 'Store':
        """Make an empty library.

        Args:
            folder: Its folder, which must not exist or be empty.
            weights: Digest of the weights that its features will come from.
            feature_size: Length of a feature.

        Returns:
            Its files.

        Raises:
            ValueError: If the folder holds something else.
            OSError: If it cannot be written.
        """
        folder = Path(folder)
        if folder.exists() and any(folder.iterdir()):
            raise ValueError(
                f'{folder} holds other files, but no library ({_MANIFEST}). Give a new '
                'folder, or that of a library.'
            )
        check_folder(folder)
        _write_manifest(folder, Manifest(weights, feature_size))
        return cls(folder)

    @property
    def pending_folder(self) -> Path:
        """Where the entries of files are until they are merged."""
        return self.folder / 'pending'

    def pending_path(self, key: str) -> Path:
        """Where the entries of a file are until they are merged."""
        return self.pending_folder / f'{key}.arrow'

    def write_pending(self, key: str, entries: Iterable[Entry]) -> Path:
        """Write the entries of a file, whole or not at all.

        Args:
            key: Identifies the file.
            entries: The people in it.

        Returns:
            The file that was written; read with the others from now on.

        Raises:
            OSError: If it cannot be written.
        """
        path = self.pending_path(key)
        manifest = self.manifest
        write_entries(path, entries, manifest.feature_size, manifest.weights)
        return path

    def refresh(self) -> None:
        """Read again what the library holds, which other programs may have changed."""
        self.manifest = _read_manifest(self.folder)
        self._load()

    def keys(self) -> set[str]:
        """Identify the files whose entries the library holds."""
        return set(self._keys)

    @property
    def segment_moments(self) -> int:
        """Number of moments in segments."""
        return sum(self.manifest.moments)

    @property
    def count(self) -> int:
        """Number of all moments, outdated ones among them."""
        return int(self._batch_starts[-1])

    @property
    def entry_count(self) -> int:
        """Number of entries of today."""
        return int(self.is_current.sum())

    def entries(self) -> Iterator[Entry]:
        """Yield all entries of today; files in which nobody was found have none."""
        for number in np.flatnonzero(self.is_current):
            yield self.entry(int(number))

    def entry(self, number: int) -> Entry:
        """Return the entry with a number."""
        batch = int(np.searchsorted(self._batch_entries, number, 'right')) - 1
        return self._batches[batch].entry(number - int(self._batch_entries[batch]))

    def entries_of(self, is_wanted: Callable[[str], bool]) -> list[int]:
        """Find the entries of today whose source is wanted, by number."""
        return [
            int(number)
            for number in np.flatnonzero(self.is_current)
            if is_wanted(self._sources[number])
        ]

    def entry_numbers(self, moments: np.ndarray) -> np.ndarray:
        """Find the entries of moments, both by number."""
        return np.searchsorted(self.entry_starts, moments, 'right') - 1

    def features(self, moments: np.ndarray) -> np.ndarray:
        """Collect the features of moments.

        Args:
            moments: Their numbers, (M,).

        Returns:
            (M, E) float32.
        """
        found = np.empty((len(moments), self.manifest.feature_size), np.float32)
        in_batch = np.searchsorted(self._batch_starts, moments, 'right') - 1
        for batch in np.unique(in_batch):
            here = in_batch == batch
            rows = moments[here] - self._batch_starts[batch]
            found[here] = self._batches[batch].features[rows]
        return found

    def stretch(self, entry: int, first: int, end: int) -> np.ndarray:
        """Return the features of an entry's moments first to end - 1, (N, E)."""
        start = int(self.entry_starts[entry])
        batch = int(np.searchsorted(self._batch_entries, entry, 'right')) - 1
        skip = start - int(self._batch_starts[batch])
        return self._batches[batch].features[skip + first : skip + end]

    def blocks(self, first: int = 0) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
        """Yield moments from a number on, a batch at a time.

        Args:
            first: Number of the first moment.

        Yields:
            The number of a batch's first moment, the features of its moments (N, E)
            float16, and whether each is seen and of today, (N,).
        """
        with ExitStack() as stack:
            for shard in self._shards:
                stack.enter_context(shard.in_turn())
            for number, batch in enumerate(self._batches):
                start, end = self._batch_starts[number : number + 2]
                if end <= first or start == end:
                    continue
                skip = max(0, first - int(start))
                begin, stop = self._batch_entries[number : number + 2]
                current = np.repeat(self.is_current[begin:stop], np.diff(batch.starts))
                yield (
                    int(start) + skip,
                    batch.features[skip:],
                    (batch.seen & current)[skip:],
                )

    def merge(self) -> None:
        """Move what is pending into one segment, together with smaller segments.

        Segments at the end that hold no more moments than what comes to them become
        one with it, so that there are never many. Moments of segments keep their
        numbers. Only the program that holds :meth:`lock` may do so.

        Raises:
            OSError: If the disk is full or cannot be written to.
        """
        self.refresh()
        paths = self._pending
        if not paths:
            return
        segments = list(zip(self.manifest.segments, self.manifest.moments, strict=True))
        moments = self.count - self.segment_moments
        merged: list[str] = []
        while segments and segments[-1][1] <= moments:
            name, more = segments.pop()
            merged.insert(0, name)
            moments += more
        name = f'{token_hex(8)}.arrow'
        old = [self._segment_path(name) for name in merged]
        entries = _in_turn([*old, *self._ordered(paths)])
        manifest = self.manifest
        write_entries(
            self._segment_path(name), entries, manifest.feature_size, manifest.weights
        )
        names, counts = zip(*segments, (name, moments), strict=True)
        self.publish(replace(manifest, segments=names, moments=counts))
        remove_shards([*old, *paths])
        self.refresh()

    def publish(self, manifest: Manifest) -> None:
        """Write down what the library holds from now on."""
        _write_manifest(self.folder, manifest)
        self.manifest = manifest

    def clean_up(self) -> None:
        """Delete what programs that were killed left behind; needs :meth:`lock`."""
        remove_shards(self._left_behind)
        segments = {self._segment_path(name) for name in self.manifest.segments}
        remove_shards(set(list_shards(self.folder / 'segments')) - segments)
        indices = set(self.folder.glob('index-*.faiss'))
        remove_shards(indices - {self.folder / self.manifest.index})

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other programs from writing to the library.

        Raises:
            OSError: If another program does, or if nothing can be written there.
        """
        if not os.access(self.folder, os.W_OK):
            raise PermissionError(
                errno.EACCES,
                f'{self.folder} cannot be written to. Copy the library to a folder of '
                'your own, or ask for the right to write there; it can be searched '
                'as it is',
            )
        with folder_lock(self.folder) as locked:
            if not locked:
                raise BlockingIOError(
                    f'Another program is writing to {self.folder}. Wait until it is '
                    'done, then run this again.'
                )
            yield

    def _segment_path(self, name: str) -> Path:
        return self.folder / 'segments' / name

    def _ordered(self, paths: list[Path]) -> list[Path]:
        """Sort pending files by what they come from, whoever wrote them, and when."""
        first = {path: next(iter(self._open(path)), None) for path in paths}
        return sorted(
            paths, key=lambda path: (getattr(first[path], 'source', ''), path.name)
        )

    def _open(self, path: Path) -> Shard:
        shard = Shard(path)
        if shard.weights != self.manifest.weights:
            raise ValueError(
                f'{path} was made by other weights than the rest of {self.folder}. '
                'Delete it, and index its files again.'
            )
        return shard

    def _load(self) -> None:
        paths = [self._segment_path(name) for name in self.manifest.segments]
        missing = [path for path in paths if not path.exists()]
        if missing:
            raise ValueError(
                f'{missing[0]} is missing, which {self.folder / _MANIFEST} names. Copy '
                'the whole library again, or index its files anew.'
            )
        segments = [self._open(path) for path in paths]
        known = {
            key for shard in segments for b in shard.batches for key in b.strings('key')
        }
        # A program that was killed after it had published a segment left its entries
        # in pending files too.
        pending = list_shards(self.pending_folder)
        self._pending = [path for path in pending if path.stem not in known]
        self._left_behind = [path for path in pending if path.stem in known]
        self._shards = [*segments, *map(self._open, self._pending)]
        self._batches = [batch for shard in self._shards for batch in shard.batches]
        self._batch_starts = _sums(batch.moments for batch in self._batches)
        self._batch_entries = _sums(map(len, self._batches))
        lengths = [np.diff(batch.starts) for batch in self._batches]
        self.entry_starts = _sums(np.concatenate([np.zeros(0, int), *lengths]))
        self._keys, self._sources = (
            [text for batch in self._batches for text in batch.strings(name)]
            for name in ('key', 'source')
        )
        self.is_current = _is_current(self._sources, self._keys) & (
            np.diff(self.entry_starts) > 0
        )


def _is_current(sources: list[str], keys: list[str]) -> np.ndarray:
    """Tell which entries are of the version of their source that came last, (n,)."""
    last = dict(zip(sources, keys, strict=True))  # of several keys, the last one stays
    return np.array([last[s] == k for s, k in zip(sources, keys, strict=True)], bool)


def _sums(lengths: Iterable[int]) -> np.ndarray:
    return np.cumsum([0, *lengths], dtype=np.int64)


def _in_turn(paths: Iterable[Path]) -> Iterator[Entry]:
    for path in paths:
        yield from Shard(path)


def _read_manifest(folder: Path) -> Manifest:
    path = folder / _MANIFEST
    if not path.is_file():
        raise FileNotFoundError(
            f'{folder} is no library: there is no {_MANIFEST} in it. Make one with '
            f'`mmposenorm index FOLDER --out {folder}`.'
        )
    with parsing(path, 'a description of a library'):
        described = json.loads(path.read_text('utf-8'))
        if described['format'] != FORMAT:
            raise ValueError(
                f'{path} is of version {described["format"]!r}; this mmposenorm reads '
                f'{FORMAT!r}. Index the files again.'
            )
        for name in ('segments', 'moments'):
            described[name] = tuple(described[name])
        return Manifest(**described)


def _write_manifest(folder: Path, manifest: Manifest) -> None:
    with atomic_file(folder / _MANIFEST, durable=True) as file:
        file.write(json.dumps(asdict(manifest), indent=1).encode())
