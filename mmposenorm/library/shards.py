"""People of a library in Arrow files, which are read without being loaded.

A row is a person of a file, an *entry*; a file in which nobody was found has a row
without moments, so that it is not read again. A *moment* of an entry has pose features,
and what is needed to show it. Features and keypoints are kept in half precision.
"""

import json
import mmap
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from mmposenorm.atomic_files import atomic_path
from mmposenorm.library.packages import arrow, arrow_ipc

FORMAT = 'mmposenorm library 1'
_KEYPOINTS = 17 * 2
# Moments that are written together; a person is never divided.
_BATCH_MOMENTS = 2**16


@dataclass(frozen=True, eq=False)
class Entry:
    """A person of a file.

    Args:
        key: Identifies the file as it was when it was read; see
            :func:`mmposenorm.library.sources.source_key`.
        source: The file, or the name of a clip that was given as an array.
        person: Number of the person in the file, from 1; 0 if nobody was found.
        layout: Name of the keypoints' layout.
        found_by: What found the keypoints, in words.
        rate: Moments a second; None if the time of the file's frames is not known.
        start: Time of the first moment in the file, in seconds; 0 if not known.
        image_size: Width and height of the file's pictures in pixels, if known.
        features: Pose features of N moments, (N, E) float16.
        seen: Whether any keypoint was seen, (N,) bool.
        frames: Frame of the file nearest to each moment, (N,) int32.
        keypoints: In that frame, in the file's unit and Human3.6M's order, NaN where
            not seen, (N, 17, 2) float16.
    """

    key: str
    source: str
    person: int
    layout: str
    found_by: str
    rate: float | None
    start: float
    image_size: tuple[int, int] | None
    features: np.ndarray = field(repr=False)
    seen: np.ndarray = field(repr=False)
    frames: np.ndarray = field(repr=False)
    keypoints: np.ndarray = field(repr=False)

    def __len__(self) -> int:
        return len(self.seen)

    def seconds(self, moment: float) -> float | None:
        """Time of a moment in the file, None if not known."""
        return None if self.rate is None else self.start + moment / self.rate


def empty_entry(key: str, source: str, feature_size: int) -> Entry:
    """Give the entry of a file in which nobody was found."""
    return Entry(
        key=key,
        source=source,
        person=0,
        layout='',
        found_by='',
        rate=None,
        start=0.0,
        image_size=None,
        features=np.zeros((0, feature_size), np.float16),
        seen=np.zeros(0, bool),
        frames=np.zeros(0, np.int32),
        keypoints=np.zeros((0, 17, 2), np.float16),
    )


def write_entries(
    path: Path, entries: Iterable[Entry], feature_size: int, weights: str
) -> None:
    """Write entries to a file, whole or not at all.

    Args:
        path: The file, ``*.arrow``.
        entries: The entries.
        feature_size: Length of a feature, E.
        weights: Digest of the weights that made the features.

    Raises:
        OSError: If the file cannot be written.
    """
    schema = _schema(feature_size, weights)
    with (
        atomic_path(path, durable=True) as partial,
        arrow_ipc().new_file(str(partial), schema) as writer,
    ):
        for group in _groups(entries):
            writer.write_batch(_batch(group, schema))


class Shard:
    """A file of entries, mapped into memory.

    Args:
        path: The file.

    Attributes:
        path: The file.
        weights: Digest of the weights that made the features.
        feature_size: Length of a feature.
        batches: The entries, some to a batch.

    Raises:
        ValueError: If it is damaged or of another kind.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        pa = arrow()
        try:
            self._map = _mapped(path)
            reader = arrow_ipc().open_file(pa.py_buffer(self._map))
            described = json.loads((reader.schema.metadata or {})[b'mmposenorm'])
            if described['format'] != FORMAT:
                raise KeyError(described['format'])
            self.weights = str(described['weights'])
            self.feature_size = int(described['feature_size'])
            self.batches = [
                Batch(reader.get_batch(number))
                for number in range(reader.num_record_batches)
            ]
        except (pa.ArrowInvalid, KeyError, TypeError, ValueError, OSError) as error:
            if isinstance(error, FileNotFoundError | PermissionError):
                raise
            raise ValueError(
                f'{path} is damaged, or was not written by this version of mmposenorm: '
                f'{error}. Delete it, and index its files again.'
            ) from error

    def __iter__(self) -> Iterator[Entry]:
        with self.in_turn():
            for batch in self.batches:
                for number in range(len(batch)):
                    yield batch.entry(number)

    @contextmanager
    def in_turn(self) -> Iterator[None]:
        """Let the system read ahead, since all of the file is needed."""
        _advise(self._map, 'MADV_SEQUENTIAL')
        try:
            yield
        finally:
            _advise(self._map, 'MADV_RANDOM')


class Batch:
    """Some entries of a shard, whose moments follow each other.

    Args:
        batch: The batch as Arrow reads it.

    Attributes:
        starts: Number of the first moment of each of n entries, and that after the
            last, (n + 1,).
        features: Of all N moments, (N, E) float16.
    """

    def __init__(self, batch: Any) -> None:
        self._batch = batch
        # Of 'seen', they would lie behind the features, on another page of the disk.
        self.starts = batch['features'].offsets.to_numpy()
        self.features = _rows(batch['features'])

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def moments(self) -> int:
        """Number of moments, N."""
        return len(self.features)

    @cached_property
    def seen(self) -> np.ndarray:
        """Whether anything is seen in each moment, (N,)."""
        return self._batch['seen'].values.to_numpy().astype(bool)

    def strings(self, name: str) -> list[str]:
        """Return a text of each entry."""
        return self._batch[name].to_pylist()

    def entry(self, number: int) -> Entry:
        """Return an entry."""
        inside = slice(self.starts[number], self.starts[number + 1])
        described = {name: self._batch[name][number].as_py() for name in _DESCRIBED}
        size = described.pop('image_size')
        return Entry(
            **described,
            image_size=None if size is None else (size[0], size[1]),
            features=self.features[inside],
            seen=self.seen[inside],
            frames=self._batch['frames'].values.to_numpy()[inside],
            keypoints=_rows(self._batch['keypoints'])[inside].reshape(-1, 17, 2),
        )


def _mapped(path: Path) -> mmap.mmap:
    """Map a file into memory, of which no more is read than what is asked for.

    Else the system reads up to some megabytes around each place, which is most of the
    file if it is opened, and far too much for the nearest moments.
    """
    with path.open('rb') as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    _advise(mapped, 'MADV_RANDOM')
    return mapped


def _advise(mapped: mmap.mmap, advice: str) -> None:
    if hasattr(mmap, advice):  # not on Windows
        mapped.madvise(getattr(mmap, advice))


_DESCRIBED = (
    'key',
    'source',
    'person',
    'layout',
    'found_by',
    'rate',
    'start',
    'image_size',
)


def remove_shards(paths: Iterable[Path]) -> None:
    """Delete files that are no longer needed, some of which may be gone already."""
    for path in paths:
        path.unlink(missing_ok=True)


def list_shards(folder: Path) -> list[Path]:
    """List the finished files of entries in a folder, in order of their names."""
    try:
        with os.scandir(folder) as found:
            names = [item.name for item in found]
    except FileNotFoundError:
        return []
    return [
        folder / name
        for name in sorted(names)
        if name.endswith('.arrow') and not name.startswith('.')
    ]


def _schema(feature_size: int, weights: str) -> Any:
    pa = arrow()
    described = {'format': FORMAT, 'weights': weights, 'feature_size': feature_size}
    return pa.schema(
        {
            'key': pa.string(),
            'source': pa.string(),
            'person': pa.int32(),
            'layout': pa.string(),
            'found_by': pa.string(),
            'rate': pa.float64(),
            'start': pa.float64(),
            'image_size': pa.list_(pa.int32()),
            'features': pa.list_(pa.list_(pa.float16(), feature_size)),
            'seen': pa.list_(pa.uint8()),
            'frames': pa.list_(pa.int32()),
            'keypoints': pa.list_(pa.list_(pa.float16(), _KEYPOINTS)),
        },
        metadata={'mmposenorm': json.dumps(described)},
    )


def _groups(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Divide entries into groups of about as many moments."""
    group: list[Entry] = []
    moments = 0
    for entry in entries:
        group.append(entry)
        moments += len(entry)
        if moments >= _BATCH_MOMENTS:
            yield group
            group, moments = [], 0
    if group:
        yield group


def _batch(entries: Sequence[Entry], schema: Any) -> Any:
    pa = arrow()
    starts = np.cumsum([0, *map(len, entries)], dtype=np.int32)
    columns = [
        pa.array([getattr(entry, name) for entry in entries], schema.field(name).type)
        for name in _DESCRIBED
    ]
    for name in ('features', 'seen', 'frames', 'keypoints'):
        field_type = schema.field(name).type
        values = np.concatenate([getattr(entry, name) for entry in entries])
        columns.append(
            pa.ListArray.from_arrays(
                starts, _values(values, field_type.value_type), type=field_type
            )
        )
    return pa.record_batch(columns, schema=schema)


def _values(values: np.ndarray, value_type: Any) -> Any:
    pa = arrow()
    if values.ndim == 1:
        return pa.array(values.astype(np.int32)).cast(value_type)
    flat = pa.array(values.reshape(-1).astype(np.float16), pa.float16())
    return pa.FixedSizeListArray.from_arrays(flat, type=value_type)


def _rows(column: Any) -> np.ndarray:
    """Return the moments of a column of lists as an array, without copying."""
    values = column.values
    return values.values.to_numpy().reshape(-1, values.type.list_size)
