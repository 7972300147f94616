"""Which frame of one clip answers which frame of another, on numpy arrays.

``distances`` compares frames, ``dtw`` and ``low_memory`` find the cheapest
path, ``engine`` holds :func:`align`, which is what users call; ``adaptation`` makes
features fit for two clips that always differ.
"""

from mmposenorm.alignment.adaptation import adapt_features
from mmposenorm.alignment.distances import frame_distances
from mmposenorm.alignment.engine import align
from mmposenorm.alignment.result import Alignment

__all__ = ['Alignment', 'adapt_features', 'align', 'frame_distances']
