"""Reading JSON piece by piece, with its lists of numbers as arrays.

Three hours of keypoints are a gigabyte of text. As Python's lists of floats they
would take several; so each element is turned into arrays as soon as it is read.
"""

import codecs
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

_CHUNK = 1 << 20
_LARGE_FILE = 50_000_000
# Shorter lists are boxes and the like.
_FEWEST_NUMBERS, _FEWEST_ROWS = 6, 5
_LONGEST_WORD = len('-Infinity')
_LARGEST_WHOLE = 2**63


class Folder(dict[str, Any]):
    """The content of each file of a folder, by its name without suffix."""


def load_json(path: Path) -> Any:
    """Read a JSON file, or one with a JSON value in each line.

    Args:
        path: The file.

    Returns:
        What it holds. Lists of numbers are float32 arrays, (N,) or (K, 2 to 4), with
        NaN for null; lists of points ``{x, y, ...}`` are columns ``{x: (K,), ...}``.

    Raises:
        ValueError: If it is empty, cut off or no JSON.
    """
    size = path.stat().st_size
    if size == 0:
        raise ValueError(f'{path.name} is empty (0 bytes). Write or copy it again.')
    with path.open('rb') as file:
        encoding = json.detect_encoding(file.read(4))
        file.seek(0)
        bar = tqdm(
            desc=f'Reading {path.name}',
            total=size,
            unit='B',
            unit_scale=True,
            leave=False,
            disable=size < _LARGE_FILE,
        )
        with bar:
            stream = _Stream(file, encoding, bar)
            stream.peek()
            start, first = stream.offset, stream.ahead(20)
            try:
                values = [stream.container()]
                while stream.peek():
                    values.append(stream.container())
            except (ValueError, RecursionError) as error:
                if stream.offset == start:
                    raise ValueError(
                        f'{path.name} begins with {first!r}; expected [ or {{, as in '
                        'JSON. Give the file that the pose estimator wrote.'
                    ) from error
                raise ValueError(
                    f'{path.name} is damaged or cut off: what begins at character '
                    f'{stream.offset} is no complete JSON. Write or copy it again.'
                ) from error
    return values[0] if len(values) == 1 else values


def load_folder(files: list[Path]) -> Folder:
    """Read the JSON files of a folder.

    Args:
        files: The files, in order.

    Returns:
        Their content by name.
    """
    bar = tqdm(files, desc=f'Reading {files[0].parent.name}', delay=2, leave=False)
    return Folder({file.stem: load_json(file) for file in bar})


class _Stream:
    """JSON text, of which only what is being read is held in memory."""

    def __init__(self, file: Any, encoding: str, bar: tqdm) -> None:
        self._file, self._bar = file, bar
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._json = json.JSONDecoder()
        self._text, self._position, self._passed = '', 0, 0
        self._ended = False

    @property
    def offset(self) -> int:
        """Number of characters that have been read."""
        return self._passed + self._position

    def ahead(self, count: int) -> str:
        """Return the next characters, as far as they have been read."""
        return self._text[self._position : self._position + count]

    def peek(self) -> str:
        """Return the next character that is no space; empty at the end."""
        while True:
            while self._position < len(self._text):
                character = self._text[self._position]
                if not character.isspace():
                    return character
                self._position += 1
            if not self._more():
                return ''

    def container(self, depth: int = 0) -> Any:
        """Read a value; the elements of the outer lists and objects one by one."""
        first = self.peek()
        if first == '[':
            return self._list()
        if first == '{' and depth == 0:
            return self._object()
        return _compact(self._value())

    def _list(self) -> list[Any]:
        items: list[Any] = []
        self._position += 1
        while self.peek() != ']':
            if items:
                self._skip(',')
                self.peek()
            items.append(_compact(self._value()))
        self._position += 1
        array = _as_array(items)
        return items if array is None else array

    def _object(self) -> dict[str, Any]:
        items: dict[str, Any] = {}
        self._position += 1
        while self.peek() != '}':
            if items:
                self._skip(',')
                self.peek()
            key = self._value()
            if not isinstance(key, str):
                raise ValueError('a key is no text')
            self._skip(':')
            items[key] = self.container(depth=1)
        self._position += 1
        return items

    def _skip(self, expected: str) -> None:
        if self.peek() != expected:
            raise ValueError(f'expected {expected}')
        self._position += 1

    def _value(self) -> Any:
        while True:
            try:
                value, end = self._json.raw_decode(self._text, self._position)
            except json.JSONDecodeError as error:
                if self._ended or self._is_wrong(error):
                    raise
            else:
                # A number may go on in the next chunk.
                if end < len(self._text) or self._ended:
                    self._position = end
                    return value
            self._more()

    def _is_wrong(self, error: json.JSONDecodeError) -> bool:
        """Tell whether reading on cannot help: the text is wrong, not incomplete."""
        return error.pos < len(self._text) - _LONGEST_WORD and not (
            error.msg.startswith(('Unterminated', 'Invalid'))
        )

    def _more(self) -> bool:
        """Read on; twice as far each time that a value is still not complete."""
        if self._ended:
            return False
        rest = self._text[self._position :]
        chunk = self._file.read(max(_CHUNK, len(rest)))
        self._bar.update(len(chunk))
        self._ended = not chunk
        self._text = rest + self._decoder.decode(chunk, final=self._ended)
        self._passed += self._position
        self._position = 0
        return not self._ended


def _compact(value: Any) -> Any:
    if isinstance(value, dict):
        return {sys.intern(key): _compact(one) for key, one in value.items()}
    if not isinstance(value, list):
        return value
    array = _as_array(value)
    return [_compact(one) for one in value] if array is None else array


def _as_array(value: list[Any]) -> Any:
    """Turn a list of numbers, rows or points into arrays; None if it is another."""
    if _are_points(value):
        return _columns(value)
    if not _may_be_numbers(value):
        return None
    try:
        return np.array(value, np.float32)
    except (TypeError, ValueError, OverflowError):
        return None  # words among them, or rows of different lengths


def _may_be_numbers(value: list[Any]) -> bool:
    if len(value) < _FEWEST_ROWS:
        return False
    if isinstance(value[0], list):
        return _is_row(value[0])
    return len(value) >= _FEWEST_NUMBERS and _is_number(value[0])


def _is_row(value: list[Any]) -> bool:
    return 2 <= len(value) <= 4 and all(map(_is_number, value))


def _is_number(value: Any) -> bool:
    return value is None or (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and (isinstance(value, float) or abs(value) < _LARGEST_WHOLE)
    )


def _are_points(value: list[Any]) -> bool:
    return len(value) >= _FEWEST_ROWS and all(
        isinstance(one, dict) and 'x' in one and 'y' in one for one in value
    )


def _columns(points: list[dict[str, Any]]) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for key in points[0]:
        column = [one.get(key) for one in points]
        if all(map(_is_number, column)):
            columns[sys.intern(key)] = np.array(column, np.float32)
        elif all(isinstance(one, str) for one in column):
            columns[sys.intern(key)] = tuple(sys.intern(str(one)) for one in column)
    return columns
