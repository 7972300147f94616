"""The registry of readers: each knows the files of one tool."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mmposenorm.keypoints.people import People
from mmposenorm.keypoints.readers.poses import Poses


@dataclass(frozen=True)
class Reader:
    """How the files of one tool are recognised and read.

    Args:
        tool: What wrote the file, in words.
        recognises: Tells from the content whether the tool wrote it.
        read: Turns the content into poses.
        is_general: Whether it fits files of many tools, and is asked last.
    """

    tool: str
    recognises: Callable[[Any], bool]
    read: Callable[[Any], Poses | People]
    is_general: bool = False


READERS: dict[str, list[Reader]] = {'json': [], 'npz': [], 'csv': [], 'txt': []}
"""The readers of each kind of content, in the order in which they are asked."""

_Read = Callable[[Any], Poses | People]


def register_reader(
    tool: str,
    content: str,
    recognises: Callable[[Any], bool],
    is_general: bool = False,
) -> Callable[[_Read], _Read]:
    """Register a function that reads the files of one tool.

    Args:
        tool: What wrote them, in words.
        content: A key of :data:`READERS`. ``json``: what the file holds, or a
            ``Folder`` of such; ``npz``: its arrays by name; ``csv``: a ``Table``;
            ``txt``: the lines of each file by its name.
        recognises: Tells from the content whether the tool wrote it.
        is_general: Whether it fits files of many tools, and is asked last.

    Returns:
        A decorator.
    """

    def decorate(read: _Read) -> _Read:
        READERS[content].append(Reader(tool, recognises, read, is_general))
        READERS[content].sort(key=lambda reader: reader.is_general)
        return read

    return decorate
