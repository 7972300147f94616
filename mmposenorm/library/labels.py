"""Labelled examples of actions in a library, and finding more of their kind."""

import csv
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from math import inf
from pathlib import Path, PurePath

import numpy as np

from mmposenorm.atomic_files import atomic_file
from mmposenorm.library.queries import Query
from mmposenorm.library.spans import Span, find_spans
from mmposenorm.library.store import Store
from mmposenorm.parsing import parsing

_FILE = 'labels.json'
_COLUMNS = ('file', 'from', 'to', 'action')


@dataclass(frozen=True)
class Label:
    """What somebody does in a part of a file.

    Args:
        file: The file, or the end of its path, such as its name.
        start: When it begins, in seconds.
        end: When it ends.
        action: What is done.
        person: Number of the person in the file; None for all.

    Raises:
        ValueError: If it does not end after its beginning, or has no action.
    """

    file: str
    start: float
    end: float
    action: str
    person: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end < inf:
            raise ValueError(
                f'A label of {self.file} is from {self.start} to {self.end} s; '
                'expected an end after the start, both at least 0.'
            )
        if not self.action:
            raise ValueError(f'A label of {self.file} has no action. Name one.')

    def is_of(self, source: str) -> bool:
        """Tell whether it is about a source."""
        parts, wanted = PurePath(source).parts, PurePath(self.file).parts
        return bool(wanted) and parts[-len(wanted) :] == wanted


@dataclass(frozen=True)
class Example:
    """A labelled part of an entry.

    Args:
        action: What is done.
        entry: Number of the entry.
        first: First moment in it.
        last: Last moment in it.
        features: Of these moments, (N, E).
    """

    action: str
    entry: int
    first: int
    last: int
    features: np.ndarray


@dataclass(frozen=True)
class Spotted:
    """An action that was found in a clip.

    Args:
        action: What is done.
        start: When it begins, in seconds, or the first moment if times are not known.
        end: When it ends.
        distance: From the nearest example, as :class:`Place` has it.
    """

    action: str
    start: float
    end: float
    distance: float


def read_labels(path: str | os.PathLike) -> list[Label]:
    """Read labels from a table with the columns file, from, to and action.

    Args:
        path: The file, ``*.csv``; a column ``person`` is read too if there is one.

    Returns:
        The labels.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a column is missing or a value is wrong.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f'{path} not found. Check the path.')
    with path.open(encoding='utf-8-sig', newline='', errors='replace') as file:
        rows = csv.DictReader(file)
        missing = set(_COLUMNS) - set(rows.fieldnames or ())
        if missing:
            raise ValueError(
                f'{path} lacks the columns {", ".join(sorted(missing))}; expected '
                f'{", ".join(_COLUMNS)} and perhaps person in its first line.'
            )
        return [_label(path, number, row) for number, row in enumerate(rows, start=2)]


def _label(path: Path, line: int, row: dict[str, str]) -> Label:
    try:
        person = int(row['person']) if row.get('person') else None
        start, end = float(row['from']), float(row['to'])
        return Label(row['file'], start, end, row['action'], person)
    except (TypeError, ValueError) as error:
        raise ValueError(f'{path}, line {line}: {error}') from error


def load_labels(store: Store) -> list[Label]:
    """Read the labels of a library; none if it has none."""
    path = store.folder / _FILE
    if not path.exists():
        return []
    with parsing(path, 'a list of labels'):
        return [Label(**label) for label in json.loads(path.read_text('utf-8'))]


def save_labels(store: Store, labels: Iterable[Label]) -> None:
    """Replace the labels of a library."""
    unique = dict.fromkeys(labels)
    with atomic_file(store.folder / _FILE) as file:
        file.write(json.dumps([asdict(label) for label in unique], indent=1).encode())


def find_examples(
    store: Store, labels: Iterable[Label], actions: Iterable[str] | None = None
) -> list[Example]:
    """Find the moments of labels.

    Args:
        store: The library's files.
        labels: Its labels.
        actions: Those that are wanted; all by default.

    Returns:
        The examples.

    Raises:
        ValueError: If there is none of an action that is wanted, or at all.
    """
    wanted = None if actions is None else set(actions)
    labels = [one for one in labels if wanted is None or one.action in wanted]
    examples = [example for label in labels for example in _examples(store, label)]
    known = {example.action for example in examples}
    missing = ', '.join(sorted((wanted or set()) - known))
    if missing or not examples:
        raise ValueError(
            f'The library has no labelled example of {missing or "any action"}. Label '
            'some: `mmposenorm index FOLDER --out LIBRARY --labels labels.csv`.'
        )
    return examples


def _examples(store: Store, label: Label) -> Iterator[Example]:
    for number in store.entries_of(label.is_of):
        entry = store.entry(number)
        if entry.rate is None or label.person not in (None, entry.person):
            continue
        first, last = (
            round((seconds - entry.start) * entry.rate)
            for seconds in (label.start, label.end)
        )
        first, last = max(first, 0), min(last, len(entry) - 1)
        if first < last:
            features = entry.features[first : last + 1].astype(np.float32)
            yield Example(label.action, number, first, last, features)


def spot_actions(
    query: Query, examples: list[Example], max_distance: float = inf
) -> list[Spotted]:
    """Find the actions of labelled examples in a clip.

    Each part of the clip is given the action of the nearest example.

    Args:
        query: The clip.
        examples: The examples.
        max_distance: Farther parts show none of the actions.

    Returns:
        What was found, without overlaps, the nearest first.
    """
    found: list[tuple[Span, str]] = [
        (span, example.action)
        for example in examples
        for span in find_spans(example.features, [query.features])
        if span.distance <= max_distance
    ]
    taken = np.zeros(len(query.features), bool)
    kept = []
    for span, action in sorted(found, key=lambda one: one[0].distance):
        if not taken[span.first : span.last + 1].any():
            taken[span.first : span.last + 1] = True
            start, end = query.seconds(span.first), query.seconds(span.last)
            kept.append(Spotted(action, start, end, span.distance))
    return kept
