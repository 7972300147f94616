"""A library of people in videos, searched by pose and by movement.

Users call :class:`PoseLibrary` of ``pose_library``. ``sources`` finds the files of a
folder, ``people`` computes what is kept of them, ``shards`` and ``store`` keep it on
the disk, ``moment_index`` finds near moments among millions, and ``searching`` and
``spans`` make places of them.
"""

from mmposenorm.library.adding import add_source
from mmposenorm.library.labels import Label, Spotted, read_labels
from mmposenorm.library.pose_library import PoseLibrary
from mmposenorm.library.searching import Place
from mmposenorm.library.shards import Entry
from mmposenorm.library.sources import Source, find_sources

__all__ = [
    'Entry',
    'Label',
    'Place',
    'PoseLibrary',
    'Source',
    'Spotted',
    'add_source',
    'find_sources',
    'read_labels',
]
