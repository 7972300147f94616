"""What is logged about keypoints, with the file that it is about."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from mmengine.logging import print_log

_source: ContextVar[str] = ContextVar('source', default='')


@contextmanager
def about(source: str) -> Iterator[None]:
    """Begin what is logged meanwhile with the name of a file.

    Args:
        source: The file, and perhaps what wrote it.
    """
    token = _source.set(f'{source}: ')
    try:
        yield
    finally:
        _source.reset(token)


def inform(text: str) -> None:
    """Log what is worth knowing."""
    print_log(_source.get() + text, logger='current')


def warn(text: str) -> None:
    """Log what is probably wrong."""
    print_log(_source.get() + text, logger='current', level=logging.WARNING)
