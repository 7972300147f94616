"""The packages that a library is kept by, imported when they are needed."""

from importlib import import_module
from typing import Any


def arrow() -> Any:
    """Import ``pyarrow``.

    Raises:
        ImportError: If it is not installed.
    """
    return _package('pyarrow', 'pyarrow')


def arrow_ipc() -> Any:
    """Import ``pyarrow.ipc``.

    Raises:
        ImportError: If pyarrow is not installed.
    """
    return _package('pyarrow.ipc', 'pyarrow')


def faiss() -> Any:
    """Import ``faiss``.

    Raises:
        ImportError: If it is not installed.
    """
    return _package('faiss', 'faiss-cpu')


def fsspec() -> Any:
    """Import ``fsspec``.

    Raises:
        ImportError: If it is not installed.
    """
    return _package('fsspec', 'fsspec', 'cluster')


def distributed() -> Any:
    """Import ``distributed``, Dask on many machines.

    Raises:
        ImportError: If it is not installed.
    """
    return _package('distributed', 'distributed', 'cluster')


def _package(module: str, distribution: str, extra: str = 'library') -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        needing = 'A library of videos'
        if extra == 'cluster':
            needing = 'Indexing on many machines or from an object store'
        raise ImportError(
            f'{needing} needs {distribution}, which is not installed or cannot be '
            f"loaded ({error}). Install it with: pip install 'mmposenorm[{extra}]'"
        ) from error
