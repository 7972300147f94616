"""The repetitions of a clip as a table: when, how alike to a model, what differs."""

import csv
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from mmposenorm.atomic_files import atomic_path
from mmposenorm.comparison.angle_curves import measure_curves
from mmposenorm.comparison.differences import find_differences
from mmposenorm.comparison.repetition_comparison import (
    RepetitionComparison,
    compare_repetitions,
)
from mmposenorm.comparison.repetitions import Repetitions, find_repetitions
from mmposenorm.comparison.sentences import say_of_repetition, say_trend
from mmposenorm.comparison.tables import plain
from mmposenorm.pose_result import PoseNormResult


@dataclass(frozen=True)
class RepetitionRow:
    """One repetition.

    Args:
        number: Counted from 1.
        first_frame: Its first frame, counted from 0.
        last_frame: Its last frame.
        start_s: Time of its first frame in seconds; None if times are not known.
        end_s: Time of its last frame.
        seconds: From its first frame to its last.
        complete: Whether it was seen from beginning to end.
        score: How alike it is to the model, from 0 to 100.
        is_model: Whether it is the model.
        stands_out: Whether it is much less like the model than the others.
        differences: What differs from the model, most certain first, in words.
    """

    number: int
    first_frame: int
    last_frame: int
    start_s: float | None
    end_s: float | None
    seconds: float | None
    complete: bool
    score: float
    is_model: bool
    stands_out: bool
    differences: tuple[str, ...]


@dataclass(frozen=True)
class RepetitionTable:
    """The repetitions of a clip; print it to read it.

    Args:
        rows: One for each repetition.
        model: First and last frame of the model, in the reference if there is one;
            None if there is no repetition.
        has_reference: Whether the model is in another clip.
        trend: Whether they become less or more alike, in a sentence; empty if not.
    """

    rows: tuple[RepetitionRow, ...]
    model: tuple[int, int] | None
    has_reference: bool
    trend: str

    def __str__(self) -> str:
        return '\n'.join(_lines(self))

    def save(self, path: str | Path) -> None:
        """Write the table as CSV, or as JSON if the name ends so.

        Args:
            path: The file. In CSV, the differences of a repetition are in one cell,
                with semicolons between them.
        """
        content = asdict(self)
        with (
            atomic_path(path) as partial,
            partial.open('w', newline='', encoding='utf-8') as file,
        ):
            if partial.suffix.lower() == '.json':
                json.dump(plain(content), file, indent=1)
                return
            writer = csv.writer(file)
            writer.writerow(field.name for field in fields(RepetitionRow))
            writer.writerows(map(_cell, row.values()) for row in content['rows'])


def tabulate_repetitions(
    clip: PoseNormResult, reference: PoseNormResult | None = None
) -> RepetitionTable:
    """Find the repetitions of a clip and compare each with a model.

    Args:
        clip: A person in a clip.
        reference: A clip that shows how it should be done, once or several times.

    Returns:
        The table. The model is the repetition that is most like the others, of the
        reference or else of the clip. A reference in which nothing is found is the
        model as a whole.
    """
    found = find_repetitions(clip)
    if not len(found):
        return RepetitionTable((), None, reference is not None, '')
    model, spans = clip, found.spans
    if reference is not None:
        model, spans = reference, find_repetitions(reference).spans
        if not len(spans):
            spans = np.array([[0, len(reference) - 1]])
    each = compare_repetitions(model, clip, spans, found.spans)
    rows = _rows(model, clip, found, each, is_own=reference is None)
    trend = ''.join(say_trend(each))
    return RepetitionTable(tuple(rows), each.model, reference is not None, trend)


def _rows(
    model: PoseNormResult,
    clip: PoseNormResult,
    found: Repetitions,
    each: RepetitionComparison,
    is_own: bool,
) -> Iterator[RepetitionRow]:
    """Describe each repetition; ``is_own`` if the model is in the clip itself."""
    curves = measure_curves(model), measure_curves(clip)
    times = clip.frame_times
    for i, (first, last) in enumerate(found.spans.tolist()):
        path = each.alignments[i].path
        differences = find_differences(*curves, path, are_whole=False)
        seconds: list[float | None] = [None] * 3
        if times is not None:
            start, end = times[[first, last]].tolist()
            seconds = [start, end, end - start]
        yield RepetitionRow(
            number=i + 1,
            first_frame=first,
            last_frame=last,
            start_s=seconds[0],
            end_s=seconds[1],
            seconds=seconds[2],
            complete=bool(found.complete[i]),
            score=float(each.scores[i]),
            is_model=is_own and (first, last) == each.model,
            stands_out=bool(each.outliers[i]),
            differences=tuple(
                say_of_repetition(difference, model.frame_times, times)
                for difference in differences
            ),
        )


def _lines(table: RepetitionTable) -> Iterator[str]:
    if not table.rows or table.model is None:
        yield 'No movement was found: the person stands still or is hardly seen.'
        return
    count = len(table.rows)
    yield f'The movement occurs {"once" if count == 1 else f"{count} times"}.'
    unit = 'frame' if table.rows[0].start_s is None else 's'
    yield f'{"":>4}{f"from ({unit})":>13}{f"to ({unit})":>13}{"seconds":>9}{"score":>7}'
    for row in table.rows:
        yield from _lines_of(row)
    if table.trend:
        yield table.trend


def _lines_of(row: RepetitionRow) -> Iterator[str]:
    numbers = [f'{row.number:>4}', f'{row.first_frame:>13}', f'{row.last_frame:>13}']
    seconds = ''
    if row.start_s is not None:
        numbers[1:] = [f'{row.start_s:>13.2f}', f'{row.end_s:>13.2f}']
        seconds = f'{row.seconds:.2f}'
    notes = {
        'the model': row.is_model,
        'cut off': not row.complete,
        'stands out': row.stands_out,
    }
    said = ', '.join(note for note, holds in notes.items() if holds)
    yield f'{"".join(numbers)}{seconds:>9}{row.score:>7.0f}  {said}'.rstrip()
    if row.differences:
        yield f'      {row.differences[0]}'


def _cell(value: Any) -> Any:
    """Format a value for CSV."""
    if isinstance(value, tuple):
        return '; '.join(value)
    if isinstance(value, bool):
        return str(value).lower()
    return f'{value:.5g}' if isinstance(value, float) else value
