"""Write files completely or not at all.

What is unfinished has a name of its own, so that two programs may write one file: the
last one wins. It is locked while it is written; what a killed program left behind is
not, and is deleted when the next one writes there.
"""

import errno
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from glob import escape
from pathlib import Path
from secrets import token_hex
from shutil import disk_usage, rmtree
from typing import BinaryIO

try:
    import fcntl
except ModuleNotFoundError:  # Windows: nothing is locked, and nothing cleaned up
    fcntl = None  # type: ignore[assignment]

_FULL = (errno.ENOSPC, errno.EDQUOT)
_NO_SPACE = 2**16  # bytes; libraries fail with other errors then


def stop_on_sigterm() -> None:
    """Let a program clean up as on Ctrl-C when it is told to terminate."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))


@contextmanager
def atomic_path(path: str | Path, durable: bool = False) -> Iterator[Path]:
    """Yield a temporary file beside ``path`` that replaces ``path`` on success.

    If an error or Ctrl-C interrupts the block, the temporary file is deleted and an
    older file of that name is left unchanged.

    Args:
        path: The file to write; its folder is created if necessary.
        durable: Whether to wait until it is on the disk, so that not even a power
            failure leaves half of it.

    Yields:
        The temporary file, with the same suffix.

    Raises:
        IsADirectoryError: If ``path`` is a folder; raised before the block begins.
        OSError: If nothing can be written to its folder, which is raised before the
            block begins, or if the disk is full.
    """
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(
            f'{path} is a folder; expected a file to write. Give the name of a file in '
            'it.'
        )
    names = f'.{path.stem}.', f'.partial{path.suffix}'
    with _created(path.parent, names, Path.touch) as partial, _told_if_full(path):
        yield partial
        if durable:
            _flush(partial)
        partial.replace(path)
        if durable:
            _flush(path.parent)


@contextmanager
def atomic_file(path: str | Path, durable: bool = False) -> Iterator[BinaryIO]:
    """Open a binary file for writing; see :func:`atomic_path`."""
    with atomic_path(path, durable) as partial, partial.open('wb') as file:
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
        OSError: If nothing can be written there, which is raised before the block
            begins, or if the disk is full.
    """
    folder = Path(folder)
    names = '.unfinished-', ''
    with _created(folder, names, Path.mkdir) as unfinished, _told_if_full(folder):
        yield unfinished
        for file in unfinished.iterdir():
            file.replace(folder / file.name)


@contextmanager
def folder_lock(folder: str | Path) -> Iterator[bool]:
    """Lock a folder for one writing program, which others must ask for too.

    The lock ends with the program, even if it is killed.

    Args:
        folder: The folder, in which a file ``.lock`` is made.

    Yields:
        Whether it is locked now; False if another program has locked it. Where the file
        system has no locks, it is True.

    Raises:
        OSError: If the file cannot be made.
    """
    path = Path(folder) / '.lock'
    path.touch()
    if fcntl is None:
        yield True
        return
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            locked = True
        except BlockingIOError:
            locked = False
        except OSError:  # the file system has no locks
            locked = True
        yield locked


def check_folder(folder: str | Path) -> None:
    """Create a folder, and refuse one that nothing can be written to.

    Args:
        folder: Where files will go when some long work is done.

    Raises:
        OSError: If nothing can be written there.
    """
    with atomic_folder(folder):
        pass


@contextmanager
def _created(
    folder: Path, names: tuple[str, str], create: Callable[[Path], None]
) -> Iterator[Path]:
    """Create a folder, and what is unfinished in it; say if that is impossible."""
    with ExitStack() as stack:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path = stack.enter_context(_unfinished(folder, names, create))
        except OSError as error:
            if error.errno in _FULL:
                raise
            raise OSError(
                f'{folder} cannot be written to ({error.strerror}). Choose another '
                'folder.'
            ) from error
        yield path


@contextmanager
def _unfinished(
    folder: Path, names: tuple[str, str], create: Callable[[Path], None]
) -> Iterator[Path]:
    """Create a file or folder that is locked and, if it is still there, deleted."""
    start, end = names
    with _lock(folder, alone=True) as locked:
        if locked:
            _clean_up(folder, f'{escape(start)}*{escape(end)}')
    with ExitStack() as stack:
        with _lock(folder):  # nobody cleans up before the lock
            path = folder / f'{start}{token_hex(4)}{end}'
            create(path)
            stack.enter_context(_lock(path))
            stack.callback(_delete, path)
        yield path


def _clean_up(folder: Path, pattern: str) -> None:
    for left in folder.glob(pattern):
        with _lock(left, alone=True) as locked:
            if locked:
                _delete(left)


@contextmanager
def _lock(path: Path, alone: bool = False) -> Iterator[bool]:
    """Lock a file or folder, and yield whether that was possible.

    Wait for whoever locks it ``alone``; to do so, do not wait for anybody.
    """
    if fcntl is None:
        yield False
        return
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:  # the other program has just finished
        yield False
        return
    try:
        fcntl.flock(
            descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB if alone else fcntl.LOCK_SH
        )
        locked = True
    except OSError:  # another has it, or the file system has no locks
        locked = False
    try:
        yield locked
    finally:
        os.close(descriptor)


def _delete(path: Path) -> None:
    if path.is_dir():
        rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    """Bring a file, or the names in a folder, to the disk."""
    if path.is_dir() and fcntl is None:
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _told_if_full(path: Path) -> Iterator[None]:
    """Replace whatever error a full disk leads to by a sentence."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        folder = path if path.is_dir() else path.parent
        is_full = isinstance(error, OSError) and error.errno in _FULL
        if not is_full and disk_usage(folder).free >= _NO_SPACE:
            raise
        raise OSError(
            f'{path} could not be written: no space is left on its disk. Free some, or '
            'choose another folder.'
        ) from error
