"""The index by which the moments nearest to a pose are found among millions.

FAISS divides the features into cells around centres and looks only into the cells
nearest to the query; in a cell, each of the 64 numbers of a feature is one byte. What
it finds is then measured again on the features themselves. Moments that the index does
not know yet are all compared.

Source: Jegou, Douze and Schmid, Product quantization for nearest neighbor search, 2011,
for the inverted file; Douze et al., The Faiss library, 2024.
"""

from dataclasses import replace
from functools import cached_property
from pathlib import Path
from secrets import token_hex
from typing import Any, NamedTuple

import numpy as np

from mmposenorm.atomic_files import atomic_path
from mmposenorm.library.packages import faiss
from mmposenorm.library.store import Store

# Moments that are compared one by one before they are worth an index.
MOST_UNINDEXED = 20_000
# Cells for each root of the number of moments, and moments from which each is learned.
_CELLS_PER_ROOT, _SAMPLES_PER_CELL = 1.3, 64
# The index is learned anew when it has grown so many times.
_GROWTH = 4
# So many cells are looked into.
_PROBES = 16
# How many more are looked up than asked for, since one byte a number is coarse.
_SPARE = 4


class Nearest(NamedTuple):
    """The moments nearest to each of Q queries, the nearest first.

    Attributes:
        moments: Their numbers, (Q, k); -1 where there are no more.
        distances: Euclidean distances of the features, (Q, k); infinite there.
    """

    moments: np.ndarray
    distances: np.ndarray


class MomentIndex:
    """Finds the nearest moments of a library.

    The index's file is opened when it is needed first, so that a library whose index is
    damaged can be opened, to make it anew.

    Args:
        store: The library's files.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    @cached_property
    def _index(self) -> Any:
        name = self._store.manifest.index
        return _read(self._store.folder / name, mapped=True) if name else None

    def search(
        self, features: np.ndarray, count: int, effort: float = 1, spare: int = _SPARE
    ) -> Nearest:
        """Find the nearest moments.

        Args:
            features: Those of the query, (Q, E).
            count: How many, k.
            effort: How many times as many cells are looked into as usual.
            spare: How many times as many are looked up and measured again, since the
                index is coarse.

        Returns:
            The moments of each query. They are exact among those that the index does
            not know yet.

        Raises:
            ValueError: If the index's file is damaged.
        """
        features = np.ascontiguousarray(features, np.float32)
        moments = np.concatenate(
            [
                self._candidates(features, spare * count, effort),
                self._rest(features, count),
            ],
            axis=1,
        )
        known = self._store.features(moments.clip(min=0).reshape(-1))
        known = known.reshape(*moments.shape, features.shape[1])
        distances = np.linalg.norm(known - features[:, None], axis=-1)
        is_there = moments >= 0
        entries = self._store.entry_numbers(moments[is_there])
        is_there[is_there] = self._store.is_current[entries]
        distances[~is_there] = np.inf
        return _best(moments, distances, count)

    def _candidates(
        self, features: np.ndarray, count: int, effort: float
    ) -> np.ndarray:
        """Look up near moments in the index, (Q, N)."""
        if self._index is None:
            return np.zeros((len(features), 0), np.int64)
        cells = round(effort * self._index.nprobe)
        parameters = faiss().SearchParametersIVF(nprobe=cells)
        _, moments = self._index.search(features, count, params=parameters)
        return moments

    def _rest(self, features: np.ndarray, count: int) -> np.ndarray:
        """Find the nearest of the moments that the index does not know, (Q, N)."""
        best = Nearest(*np.zeros((2, len(features), 0)))
        for start, known, usable in self._store.blocks(self._store.manifest.indexed):
            squares = _squared_distances(features, known.astype(np.float32))
            squares[:, ~usable] = np.inf
            moments = np.broadcast_to(start + np.arange(len(known)), squares.shape)
            best = _best(
                np.concatenate([best.moments, moments], axis=1),
                np.concatenate([best.distances, squares], axis=1),
                count,
            )
        return best.moments.astype(np.int64)


def build_index(store: Store, anew: bool = False) -> None:
    """Bring the index of a library up to date with its segments.

    Few new moments are left to be compared one by one.

    Args:
        store: The library's files, which this program has locked.
        anew: Whether to leave out what index there is.

    Raises:
        OSError: If the index cannot be written.
    """
    manifest = store.manifest
    moments = store.segment_moments
    if anew:
        manifest = replace(manifest, index='', indexed=0)
        store.publish(manifest)
    if moments - manifest.indexed <= MOST_UNINDEXED:
        return
    index, first = _old_index(store, moments), manifest.indexed
    if index is None:
        index, first = _learned(store, moments), 0
    for start, features, usable in store.blocks(first):
        numbers = start + np.flatnonzero(usable)
        index.add_with_ids(features[usable].astype(np.float32), numbers)
    name = f'index-{token_hex(8)}.faiss'
    with atomic_path(store.folder / name, durable=True) as partial:
        faiss().write_index(index, str(partial))
    store.publish(replace(manifest, index=name, indexed=moments))


def _old_index(store: Store, moments: int) -> Any:
    """Read the index that there is, unless it is far too small or damaged."""
    if not store.manifest.index:
        return None
    try:
        index = _read(store.folder / store.manifest.index, mapped=False)
    except ValueError:
        return None
    learned_from = (index.nlist / _CELLS_PER_ROOT) ** 2
    return None if moments > _GROWTH * learned_from else index


def _learned(store: Store, moments: int) -> Any:
    """Build an empty index whose cells fit the features."""
    cells = max(1, round(_CELLS_PER_ROOT * moments**0.5))
    rng = np.random.default_rng(0)
    share = min(1.0, cells * _SAMPLES_PER_CELL / moments)
    samples = [
        features[usable & (rng.random(len(usable)) < share)].astype(np.float32)
        for _, features, usable in store.blocks()
    ]
    index = faiss().index_factory(store.manifest.feature_size, f'IVF{cells}_HNSW32,SQ8')
    index.train(np.concatenate(samples))
    return index


def _read(path: Path, mapped: bool) -> Any:
    package = faiss()
    flags = package.IO_FLAG_MMAP | package.IO_FLAG_READ_ONLY if mapped else 0
    try:
        index = package.read_index(str(path), flags)
    except RuntimeError as error:
        raise ValueError(
            f'{path} is missing or damaged. Copy the whole library again, or run '
            '`mmposenorm index` with --rebuild to make the index anew.'
        ) from error
    index.nprobe = _PROBES
    return index


def _best(moments: np.ndarray, distances: np.ndarray, count: int) -> Nearest:
    """Choose the nearest of each query, the one with the lower number on ties."""
    if count < distances.shape[1]:
        some = np.argpartition(distances, count - 1, axis=1)[:, :count]
        moments, distances = (
            np.take_along_axis(values, some, axis=1) for values in (moments, distances)
        )
    order = np.lexsort((moments, distances), axis=1)
    moments, distances = (
        np.take_along_axis(values, order, axis=1) for values in (moments, distances)
    )
    return Nearest(np.where(np.isinf(distances), -1, moments), distances)


def _squared_distances(queries: np.ndarray, known: np.ndarray) -> np.ndarray:
    squares = (queries**2).sum(axis=1)[:, None] + (known**2).sum(axis=1)
    return np.maximum(squares - 2 * queries @ known.T, 0)
