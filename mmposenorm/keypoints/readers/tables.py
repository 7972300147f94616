"""Text in columns: csv and trc files."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

_ROWS_AT_ONCE = 4096
_MOST_HEADER_ROWS = 8


@dataclass(frozen=True)
class Table:
    """A file of rows of cells.

    Args:
        path: The file.
        delimiter: What separates the cells.
        head: Its first rows, as far as they may be a header.
    """

    path: Path
    delimiter: str
    head: list[list[str]]

    def rows(self, skipped: int) -> Iterator[list[str]]:
        """Iterate over the rows that are not empty, after the first ``skipped``."""
        with self.path.open(encoding='utf-8-sig', newline='', errors='replace') as file:
            reader = csv.reader(file, delimiter=self.delimiter)
            yield from (row for row in islice(reader, skipped, None) if any(row))

    def numbers(self, skipped: int, columns: Sequence[int]) -> np.ndarray:
        """Read columns of numbers.

        Args:
            skipped: Rows of the header.
            columns: Which columns.

        Returns:
            (rows, columns) float64; NaN for empty cells.

        Raises:
            ValueError: If a cell holds something else, or a row is too short.
        """
        rows = self.rows(skipped)
        parts = []
        while some := list(islice(rows, _ROWS_AT_ONCE)):
            parts.append([[self._number(row, c) for c in columns] for row in some])
        if not parts:
            raise ValueError('it has no rows below its header; expected one a frame.')
        return np.concatenate([np.array(part, np.float64) for part in parts])

    def _number(self, row: Sequence[str], column: int) -> float:
        cell = row[column].strip() if column < len(row) else ''
        if not cell:
            return np.nan
        try:
            return float(cell if self.delimiter == ',' else cell.replace(',', '.'))
        except ValueError as error:
            raise ValueError(
                f'its row that begins with {self.delimiter.join(row[:3])!r} holds '
                f'{cell!r} in column {column + 1}; expected a number.'
            ) from error


def open_table(path: Path) -> Table:
    """Open a table, and find out what separates its cells.

    Args:
        path: A text file.

    Returns:
        The table.

    Raises:
        ValueError: If it is empty.
    """
    with path.open(encoding='utf-8-sig', newline='', errors='replace') as file:
        lines = list(islice(file, _MOST_HEADER_ROWS))
    if not any(line.strip() for line in lines):
        raise ValueError('it is empty. Write or copy it again.')
    text = ''.join(lines)
    delimiter = max('\t;,', key=text.count)
    try:
        return Table(path, delimiter, list(csv.reader(lines, delimiter=delimiter)))
    except csv.Error as error:
        raise ValueError(
            'its first lines are no table. Write it again, a row for each frame or '
            'joint.'
        ) from error
