"""Which frame of one clip answers which frame of another, on numpy arrays.

``distances`` compares frames, ``dtw`` and ``low_memory`` find the cheapest
path, ``engine`` holds :func:`align`, which is what users call.
"""

from mmposenorm.alignment.distances import frame_distances
from mmposenorm.alignment.engine import align
from mmposenorm.alignment.result import Alignment

__all__ = ['Alignment', 'align', 'frame_distances']
