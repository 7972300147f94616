"""Open npz archives, with a clear error if the file is not one."""

import tokenize
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from zipfile import BadZipFile, is_zipfile

import numpy as np
from numpy.lib.npyio import NpzFile

from mmposenorm.parsing import check_text, refuse_bomb

# What NumPy raises for archives and members that are damaged, encrypted or no arrays.
_UNREADABLE = (
    BadZipFile,
    EOFError,
    LookupError,
    MemoryError,
    NotImplementedError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    tokenize.TokenError,
    zlib.error,
)


class Arrays(Mapping[str, np.ndarray]):
    """The arrays of an npz file by name, each read on access.

    Args:
        npz: The open file.
        file: Its name, for errors.
    """

    def __init__(self, npz: NpzFile, file: str | Path) -> None:
        self._npz = npz
        self._file = file

    def __iter__(self) -> Iterator[str]:
        return iter(self._npz.files)

    def __len__(self) -> int:
        return len(self._npz.files)

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self._npz.files:
            raise KeyError(name)
        try:
            array = self._npz[name]
            if isinstance(array, np.ndarray):
                check_text(array)
        except _UNREADABLE as error:
            if str(error).startswith('Object arrays cannot be loaded'):
                raise ValueError(
                    f'{self._file} contains an array of objects; expected arrays of '
                    'numbers. Save each clip as an array of its own.'
                ) from error
            raise _damaged(self._file) from error
        if not isinstance(array, np.ndarray):  # a member without NumPy's header
            raise _damaged(self._file)
        return array


@contextmanager
def open_npz(file: str | Path) -> Iterator[Arrays]:
    """Open an npz file for a ``with`` block.

    Args:
        file: The file, which must exist.

    Yields:
        Its arrays.

    Raises:
        ValueError: If it is not an npz file, is truncated or unpacks to far more than
            its size; within the block, if an array is damaged or contains objects
            instead of numbers.
    """
    try:
        arrays = np.load(file) if is_zipfile(file) else None
    except _UNREADABLE:
        arrays = None
    if not isinstance(arrays, NpzFile):
        raise ValueError(
            f'{file} is not an npz file, or is truncated. Make or copy it again.'
        )
    with arrays:
        refuse_bomb(arrays.zip, file)
        yield Arrays(arrays, file)


def _damaged(file: str | Path) -> ValueError:
    return ValueError(f'{file} is damaged. Make or copy it again.')
