"""Open npz archives, with a clear error if the file is not one."""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.lib.npyio import NpzFile


@contextmanager
def open_npz(file: str | Path) -> Iterator[NpzFile]:
    """Open an npz file for a ``with`` block.

    Args:
        file: The file, which must exist.

    Yields:
        Its arrays by name, each read on access.

    Raises:
        ValueError: If it is not an npz file or is truncated; within the block, if an
            array is damaged or contains objects instead of numbers.
    """
    try:
        arrays = np.load(file)
    except (BadZipFile, EOFError, ValueError):
        arrays = None
    if not isinstance(arrays, NpzFile):
        raise ValueError(
            f'{file} is not an npz file, or is truncated. Make or copy it again.'
        )
    with arrays:
        try:
            yield arrays
        except (BadZipFile, EOFError, zlib.error) as error:
            raise ValueError(f'{file} is damaged. Make or copy it again.') from error
        except ValueError as error:
            if not str(error).startswith('Object arrays cannot be loaded'):
                raise
            raise ValueError(
                f'{file} contains an array of objects; expected arrays of numbers. '
                'Save each clip as an array of its own.'
            ) from error
