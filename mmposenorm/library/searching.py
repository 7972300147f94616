"""From a query to places in a library, the nearest first."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from mmposenorm.library.labels import Example
from mmposenorm.library.moment_index import MomentIndex
from mmposenorm.library.queries import Query
from mmposenorm.library.shards import Entry
from mmposenorm.library.spans import Span, find_spans
from mmposenorm.library.store import Store

# Nearest moments that are looked up for each place that is wanted, at first; and how
# often the number is doubled twice if they lie too close together.
_MOMENTS_PER_PLACE, _MOST_ROUNDS = 16, 4
# Moments within so many seconds of a nearer one are the same place.
_SAME_PLACE = 1.0
_USUAL_RATE = 25.0
# Frames of a movement whose nearest moments are looked up; how many of these.
_ANCHORS, _NEAREST_OF_ANCHOR = 10, 256
# They are looked for in fewer cells than a single pose is, since there are ten of them.
_EFFORT_OF_ANCHOR = 0.5
# Stretches that are compared frame by frame: for each place wanted, and at least.
_STRETCHES_PER_PLACE, _LEAST_STRETCHES = 4, 40
# A library with no more moments is compared with a movement as a whole.
_MOST_EXHAUSTIVE = 30_000


@dataclass(frozen=True)
class Place:
    """Where a pose or a movement occurs in a library.

    Args:
        source: The file.
        person: Number of the person in it, from 1.
        start: When it begins, in seconds; None if the file's frame rate is not known.
        end: When it ends; the same for a pose.
        first_frame: Frame of the file in which it begins.
        last_frame: Frame in which it ends.
        distance: From the query: between pose features, for a movement by the number of
            its moments; from 0 to 2.
        mirrored: Whether it resembles the query with left and right exchanged.
        action: What it shows, if it was found by labelled examples.
        entry: Number of the entry in the library.
        moments: First and last moment in the entry.
    """

    source: str
    person: int
    start: float | None
    end: float | None
    first_frame: int
    last_frame: int
    distance: float
    mirrored: bool = False
    action: str = ''
    entry: int = field(default=-1, repr=False, compare=False)
    moments: tuple[int, int] = field(default=(0, 0), repr=False)

    def when(self) -> str:
        """Say when it is, in seconds or frames, and how near it is."""
        if self.start is None or self.end is None:
            said = f'frames {self.first_frame} to {self.last_frame}'
            if self.first_frame == self.last_frame:
                said = f'frame {self.first_frame}'
        elif self.start == self.end:
            said = f'{self.start:.2f} s'
        else:
            said = f'{self.start:.2f} to {self.end:.2f} s'
        said += f', person {self.person}, distance {self.distance:.3f}'
        return f'{said}, mirrored' if self.mirrored else said

    def __str__(self) -> str:
        action = f' ({self.action})' if self.action else ''
        return f'{self.source}: {self.when()}{action}'


def search_poses(
    store: Store, index: MomentIndex, queries: list[Query], top: int
) -> list[Place]:
    """Find the poses nearest to one moment.

    Args:
        store: The library's files.
        index: Its index.
        queries: The moment, and perhaps its mirror image.
        top: How many places.

    Returns:
        Places at least a second apart, the nearest first.
    """
    features = np.concatenate([query.features for query in queries])
    count = _MOMENTS_PER_PLACE * top
    for effort in range(_MOST_ROUNDS):
        nearest = index.search(features, count, 4**effort)
        found = _spread(store, nearest.moments, nearest.distances, top)
        if len(found) >= top or count >= store.count:
            break
        count *= 4
    return [
        _place(store, entry, moment, moment, distance, queries[number].mirrored)
        for number, entry, moment, distance in found
    ]


def search_movements(
    store: Store, index: MomentIndex, queries: list[Query], top: int
) -> list[Place]:
    """Find where a movement occurs.

    Args:
        store: The library's files.
        index: Its index.
        queries: The movement, and perhaps its mirror image.
        top: How many places.

    Returns:
        Places that do not overlap, the nearest first.
    """
    found = [
        (span, query.mirrored)
        for query in queries
        for span in _spans(store, index, query.features, top)
    ]
    return [
        _place(store, span.stretch, span.first, span.last, span.distance, mirrored)
        for span, mirrored in without_overlaps(found)[:top]
    ]


def search_examples(
    store: Store, index: MomentIndex, examples: list[Example], top: int
) -> list[Place]:
    """Find where an action occurs of which there are examples.

    Args:
        store: The library's files.
        index: Its index.
        examples: Examples of one action.
        top: How many places.

    Returns:
        Places that overlap neither with each other nor with the examples, the nearest
        to any example first.
    """
    known = [
        (Span(one.entry, one.first, one.last, -1.0), one.action) for one in examples
    ]
    found = [
        (span, example.action)
        for example in examples
        for span in _spans(store, index, example.features, top + len(examples))
    ]
    places = without_overlaps([*known, *found])
    return [
        replace(
            _place(store, span.stretch, span.first, span.last, span.distance),
            action=action,
        )
        for span, action in places
        if span.distance >= 0
    ][:top]


def without_overlaps(found: list[tuple[Span, Any]]) -> list[tuple[Span, Any]]:
    """Sort spans by distance, and leave out those that overlap with nearer ones.

    Args:
        found: Spans, whose stretches are entries, each with anything else.

    Returns:
        The same, without overlaps.
    """
    taken: dict[int, list[Span]] = {}
    kept = []
    for span, rest in sorted(found, key=lambda one: one[0].distance):
        others = taken.setdefault(span.stretch, [])
        if all(span.last < one.first or one.last < span.first for one in others):
            others.append(span)
            kept.append((span, rest))
    return kept


def _spread(
    store: Store, moments: np.ndarray, distances: np.ndarray, top: int
) -> list[tuple[int, int, int, float]]:
    """Choose moments that are not of one place: query, entry, moment, distance."""
    known = moments >= 0
    rows, moments, distances = (
        np.nonzero(known)[0],
        moments[known],
        distances[known],
    )
    entries = store.entry_numbers(moments)
    taken: dict[int, list[int]] = {}
    found: list[tuple[int, int, int, float]] = []
    for number in np.argsort(distances, kind='stable'):
        entry = int(entries[number])
        moment = int(moments[number] - store.entry_starts[entry])
        others = taken.setdefault(entry, [])
        apart = _SAME_PLACE * _USUAL_RATE
        if len(found) < top and all(abs(moment - one) >= apart for one in others):
            others.append(moment)
            found.append((int(rows[number]), entry, moment, float(distances[number])))
    return found


def _spans(
    store: Store, index: MomentIndex, features: np.ndarray, top: int
) -> list[Span]:
    """Find spans by their entries and the moments in these."""
    if store.count <= _MOST_EXHAUSTIVE:
        lengths = np.diff(store.entry_starts)
        stretches = [
            (int(entry), 0, int(lengths[entry]))
            for entry in np.flatnonzero(store.is_current)
        ]
    else:
        wanted = max(_LEAST_STRETCHES, _STRETCHES_PER_PLACE * top)
        stretches = _candidates(store, index, features, wanted)
    if not stretches:
        return []
    found = find_spans(features, [store.stretch(*one) for one in stretches], top)
    spans = []
    for span in found:
        entry, start, _ = stretches[span.stretch]
        spans.append(Span(entry, start + span.first, start + span.last, span.distance))
    return spans


def _candidates(
    store: Store, index: MomentIndex, features: np.ndarray, wanted: int
) -> list[tuple[int, int, int]]:
    """Choose stretches in which several frames of a movement have near moments.

    Each near moment of a frame votes for the stretch that would begin there at the
    query's speed. Stretches are half as long again to either side, for other speeds.

    Returns:
        Entry, first moment in it and the one after the last, of each stretch.
    """
    length = len(features)
    anchors = np.unique(np.linspace(0, length - 1, _ANCHORS).round().astype(int))
    nearest = index.search(
        features[anchors], _NEAREST_OF_ANCHOR, _EFFORT_OF_ANCHOR, spare=1
    )
    usual = nearest.distances.max(axis=1, initial=0, where=nearest.moments >= 0)
    moments = nearest.moments.ravel()
    known = moments >= 0
    number = np.repeat(np.arange(len(anchors)), nearest.moments.shape[1])[known]
    moments, distances = moments[known], nearest.distances.ravel()[known]
    entries = store.entry_numbers(moments)
    begins = moments - store.entry_starts[entries] - anchors[number]
    slot = max(1, length // 2)
    slots = begins // slot
    # Gain of a stretch: how much nearer than usual the nearest moment of each frame is.
    keys, stretch = np.unique(
        np.stack([entries, slots], axis=1), axis=0, return_inverse=True
    )
    gains = np.zeros((len(keys), len(anchors)))
    np.maximum.at(gains, (stretch.ravel(), number), usual[number] - distances)
    best = np.argsort(-gains.sum(axis=1), kind='stable')
    return _joined_stretches(store, keys[best], slot, length, wanted)


def _joined_stretches(
    store: Store, keys: np.ndarray, slot: int, length: int, wanted: int
) -> list[tuple[int, int, int]]:
    taken: set[tuple[int, int]] = set()
    found = []
    for entry, number in keys.tolist():
        if (entry, number - 1) in taken or (entry, number + 1) in taken:
            continue  # its moments are among those of a better one
        taken.add((entry, number))
        first = max(0, number * slot - slot)
        size = int(store.entry_starts[entry + 1] - store.entry_starts[entry])
        last = min(size, number * slot + 2 * slot + length)
        if last - first > 1:
            found.append((entry, first, last))
        if len(found) == wanted:
            break
    return found


def _place(
    store: Store,
    entry: int,
    first: int,
    last: int,
    distance: float,
    mirrored: bool = False,
) -> Place:
    found: Entry = store.entry(entry)
    return Place(
        source=found.source,
        person=found.person,
        start=found.seconds(first),
        end=found.seconds(last),
        first_frame=int(found.frames[first]),
        last_frame=int(found.frames[last]),
        distance=distance,
        mirrored=mirrored,
        entry=entry,
        moments=(first, last),
    )
