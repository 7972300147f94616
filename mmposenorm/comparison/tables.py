"""A comparison as tables and as plain values."""

import csv
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mmposenorm.atomic_files import atomic_path
from mmposenorm.comparison.sentences import say
from mmposenorm.geometry.angles import ANGLES

if TYPE_CHECKING:
    from mmposenorm.comparison.compare_clips import Comparison

_DIGITS = 5
_FRAME_COLUMNS = ('frame_a', 'time_a_s', 'frame_b', 'time_b_s', 'distance')
_DIFFERENCE_COLUMNS = (
    'kind', 'angle', 'first_frame_a', 'last_frame_a', 'first_frame_b', 'last_frame_b',
    'frame_a', 'frame_b', 'value_a', 'value_b', 'size', 'sigma', 'ratio', 'sentence',
)  # fmt: skip


def write_tables(folder: str | os.PathLike, comparison: 'Comparison') -> list[Path]:
    """Write ``alignment.csv`` and ``differences.csv``.

    ``alignment.csv`` has a row for each pair of the path and each unmatched frame: the
    frames and their times, ``distance``, by which they were matched (no unit), and each
    angle of A and of B in degrees. Rows follow the frames of A; unmatched frames of B
    come last. A cell is empty where there is no match, time or angle.

    Args:
        folder: It is created if it does not exist.
        comparison: The comparison.

    Returns:
        The files.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    angles = [f'{angle}_{letter}_deg' for letter in 'ab' for angle in ANGLES]
    tables = {
        'alignment.csv': ([*_FRAME_COLUMNS, *angles], _frame_rows(comparison)),
        'differences.csv': (_DIFFERENCE_COLUMNS, _difference_rows(comparison)),
    }
    for name, (header, rows) in tables.items():
        with (
            atomic_path(folder / name) as partial,
            partial.open('w', newline='') as file,
        ):
            writer = csv.writer(file)
            writer.writerow(header)
            writer.writerows([_cell(value) for value in row] for row in rows)
    return [folder / name for name in tables]


def comparison_content(comparison: 'Comparison') -> dict[str, Any]:
    """Return a comparison without its clips, as numbers, strings, lists and dicts."""
    alignment = comparison.alignment
    curves_a, curves_b = comparison.angles
    content = {
        'settings': comparison.settings,
        'verdict': asdict(comparison.verdict),
        'score': comparison.score,
        'alignment': {
            'distance': alignment.distance,
            'mean_distance': alignment.mean_distance,
            'path': alignment.path,
            'path_distances': alignment.path_distances,
            'matches': alignment.matches,
            'match_distances': alignment.match_distances,
            'unmatched_a': alignment.unmatched_a,
            'unmatched_b': alignment.unmatched_b,
            'mirrored_a': comparison.mirrored,
        },
        'tempo': comparison.tempo,
        'differences': [asdict(difference) for difference in comparison.differences],
        'not_compared': comparison.not_compared,
        'angles': {
            'names': ANGLES,
            'a_deg': curves_a.degrees,
            'b_deg': curves_b.degrees,
            'sigma_a_deg': curves_a.sigma,
            'sigma_b_deg': curves_b.sigma,
        },
        'repetitions': _repetitions_content(comparison),
    }
    return plain(content)


def _repetitions_content(comparison: 'Comparison') -> dict[str, Any] | None:
    if comparison.repetitions is None:
        return None
    of_a, of_b = comparison.repetitions
    content = {'spans_a': of_a.spans, 'spans_b': of_b.spans}
    each = comparison.each_repetition
    if each is None:
        return content
    return content | {
        'model_a': each.model,
        'scores_b': each.scores,
        'outliers_b': each.outliers,
        'trend': each.trend,
        'changed_from': each.changed_from,
    }


def plain(value: Any) -> Any:
    """Convert arrays to lists of rounded numbers, with None for NaN, at any depth."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, os.PathLike):
        return str(value)
    if isinstance(value, list | tuple) and not all(map(np.isscalar, value)):
        return [plain(item) for item in value]
    array = np.asarray(value)
    if array.dtype.kind != 'f':
        return array.tolist()
    if not array.ndim:
        return round(float(array), _DIGITS) if np.isfinite(array) else None
    rounded = np.round(array.astype(float), _DIGITS).astype(object)
    rounded[~np.isfinite(array)] = None
    return rounded.tolist()


def _frame_rows(comparison: 'Comparison') -> Iterator[list[Any]]:
    alignment = comparison.alignment
    clips = comparison.clip_a, comparison.clip_b
    curves = [of_clip.degrees for of_clip in comparison.angles]
    nothing = [None] * len(ANGLES)
    rows = [
        [*_moment(clips[0].frame_times, a), *_moment(clips[1].frame_times, b), distance,
         *curves[0][a], *curves[1][b]]
        for (a, b), distance in zip(
            alignment.path.tolist(), alignment.path_distances, strict=True
        )
    ]  # fmt: skip
    rows += [
        [*_moment(clips[0].frame_times, a), None, None, None, *curves[0][a], *nothing]
        for a in alignment.unmatched_a.tolist()
    ]
    rows.sort(key=lambda row: row[0])  # stable, so pairs of one frame stay in order
    yield from rows
    for b in alignment.unmatched_b.tolist():
        moment = _moment(clips[1].frame_times, b)
        yield [None, None, *moment, None, *nothing, *curves[1][b]]


def _difference_rows(comparison: 'Comparison') -> Iterator[list[Any]]:
    times = comparison.clip_a.frame_times, comparison.clip_b.frame_times
    for d in comparison.differences:
        yield [
            d.kind, d.angle, *d.span_a, *d.span_b, d.frame_a, d.frame_b, d.value_a,
            d.value_b, d.size, d.sigma, d.ratio, say(d, *times),
        ]  # fmt: skip


def _moment(times: np.ndarray | None, frame: int) -> tuple[int, float | None]:
    return frame, None if times is None else float(times[frame])


def _cell(value: Any) -> Any:
    if isinstance(value, str | int):
        return value
    return '' if value is None or np.isnan(value) else f'{value:.{_DIGITS}g}'
