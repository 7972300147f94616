"""Archives of arrays, opened with words for a file that is none."""

from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.lib.npyio import NpzFile


def open_npz(file: Path) -> NpzFile:
    """Open an npz file; close it after use.

    Args:
        file: The file, which exists.

    Returns:
        Its arrays by name, each read when it is asked for.

    Raises:
        ValueError: If it is no npz file or only the beginning of one.
    """
    try:
        arrays = np.load(file)
    except (BadZipFile, EOFError, ValueError):
        arrays = None
    if not isinstance(arrays, NpzFile):
        raise ValueError(
            f'{file} is not an npz file, or only a part of one. Make or copy it again.'
        )
    return arrays
