"""Files that are written whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def whole_or_nothing(path: str | Path) -> Iterator[Path]:
    """Give a temporary file beside ``path`` that becomes ``path`` if all goes well.

    Whatever interrupts the block, an error or Ctrl-C, no part of a file is left, and
    an older file of that name stays as it was.

    Args:
        path: The file to write; its folder is made if need be.

    Yields:
        The temporary file, with the same suffix.

    Raises:
        IsADirectoryError: If ``path`` is a folder, before the block begins.
    """
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(
            f'{path} is a folder; expected a file to write. Give the name of a file '
            'in it.'
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f'.{path.stem}.partial{path.suffix}')
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def whole_file(path: str | Path) -> Iterator[BinaryIO]:
    """Open a binary file for writing, by :func:`whole_or_nothing`."""
    with whole_or_nothing(path) as partial, partial.open('wb') as file:
        yield file
