"""Find which frames of two clips match, on NumPy arrays.

Users call :func:`align` of ``engine``. ``distances`` compares frames, ``dtw`` and
``low_memory`` find the cheapest path, and ``adaptation`` reduces the influence of
differences that two clips have in every frame.
"""

from mmposenorm.alignment.adaptation import adapt_features
from mmposenorm.alignment.distances import frame_distances
from mmposenorm.alignment.engine import align
from mmposenorm.alignment.result import Alignment

__all__ = ['Alignment', 'adapt_features', 'align', 'frame_distances']
