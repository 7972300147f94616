"""Files that are written whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import BinaryIO


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
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
def atomic_file(path: str | Path) -> Iterator[BinaryIO]:
    """Open a binary file for writing, by :func:`atomic_path`."""
    with atomic_path(path) as partial, partial.open('wb') as file:
        yield file


@contextmanager
def atomic_folder(folder: str | Path) -> Iterator[Path]:
    """Give a temporary folder whose files go into ``folder`` if all goes well.

    Whatever interrupts the block, an error or Ctrl-C, ``folder`` stays as it was.

    Args:
        folder: Where the files go; it is made if need be.

    Yields:
        The temporary folder, inside of ``folder``.

    Raises:
        OSError: At once, if nothing can be written there.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = Path(mkdtemp(prefix='.unfinished-', dir=folder))
    except OSError as error:
        raise OSError(
            f'{folder} cannot be written to ({error.strerror}). Choose another folder.'
        ) from error
    try:
        yield unfinished
        for file in unfinished.iterdir():
            file.replace(folder / file.name)
    finally:
        rmtree(unfinished)
