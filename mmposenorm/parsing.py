"""The boundary between files that may be damaged and the rest of the program."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZipFile

import numpy as np

# What code that takes a file apart stumbles over where a part is missing or has
# another type.
_STUMBLES = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
# Sizes to which archives may unpack: more than keypoints ever do.
_ALWAYS_ALLOWED = 2**26  # bytes
_MOST_COMPRESSED = 100  # times the size of the archive


@contextmanager
def parsing(file: str | Path, kind: str) -> Iterator[None]:
    """Turn whatever taking a damaged file apart leads to into one sentence.

    Only for a block that does nothing else. Errors that name the file pass.

    Args:
        file: The file.
        kind: What was expected, with its article.

    Raises:
        ValueError: If it is damaged.
    """
    try:
        yield
    except _STUMBLES as error:
        if isinstance(error, ValueError) and str(file) in str(error):
            raise
        raise ValueError(
            f'{file} is damaged, or is not {kind}: a part of it is missing or of '
            'another type. Make or download it again.'
        ) from error


def check_text(array: np.ndarray) -> np.ndarray:
    """Return an array, unless it holds texts that are not Unicode.

    Raises:
        ValueError: If it has such texts, on which Python itself stumbles.
    """
    if array.dtype.kind == 'U':
        numbers = np.dtype(np.uint32).newbyteorder(array.dtype.byteorder)
        if (np.frombuffer(array.tobytes(), numbers) > sys.maxunicode).any():
            raise ValueError('a text has characters outside Unicode')
    return array


def refuse_bomb(archive: ZipFile, file: str | Path) -> None:
    """Refuse an archive that unpacks to far more than its own size.

    Args:
        archive: The open archive.
        file: Its file.

    Raises:
        ValueError: If it does.
    """
    unpacked = sum(member.file_size for member in archive.infolist())
    packed = Path(file).stat().st_size
    if unpacked > _ALWAYS_ALLOWED + _MOST_COMPRESSED * packed:
        raise ValueError(
            f'{file} has {packed} bytes, but would unpack to {unpacked}; expected at '
            f'most {_MOST_COMPRESSED} times as many. Save its arrays again.'
        )
