"""The packages that a library is kept by, imported when they are needed."""

from functools import cache
from importlib import import_module
from typing import Any

from mmposenorm.forked_processes import use_one_thread_after_fork


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


@cache
def faiss() -> Any:
    """Import ``faiss``.

    Raises:
        ImportError: If it is not installed.
    """
    package = _package('faiss', 'faiss-cpu')
    use_one_thread_after_fork(package.omp_set_num_threads)
    return package


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
