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


def _package(module: str, distribution: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(
            f'A library of videos needs {distribution}, which is not installed or '
            f"cannot be loaded ({error}). Install it with: pip install 'mmposenorm"
            "[library]'"
        ) from error
