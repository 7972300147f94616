"""Write files completely or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import BinaryIO


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Yield a temporary file beside ``path`` that replaces ``path`` on success.

    If an error or Ctrl-C interrupts the block, the temporary file is deleted and an
    older file of that name is left unchanged.

    Args:
        path: The file to write; its folder is created if necessary.

    Yields:
        The temporary file, with the same suffix.

    Raises:
        IsADirectoryError: If ``path`` is a folder; raised before the block begins.
    """
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(
            f'{path} is a folder; expected a file to write. Give the name of a file in '
            'it.'
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
    """Open a binary file for writing; see :func:`atomic_path`."""
    with atomic_path(path) as partial, partial.open('wb') as file:
        yield file


@contextmanager
def atomic_folder(folder: str | Path) -> Iterator[Path]:
    """Yield a temporary folder whose files are moved into ``folder`` on success.

    If an error or Ctrl-C interrupts the block, ``folder`` is left unchanged.

    Args:
        folder: Where the files go; it is created if necessary.

    Yields:
        The temporary folder, inside ``folder``.

    Raises:
        OSError: If nothing can be written there; raised before the block begins.
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
