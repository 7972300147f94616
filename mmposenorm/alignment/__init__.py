"""Find which frames of two clips match, on NumPy arrays.

Users call :func:`align` of ``engine`` and :func:`find_occurrences`. ``distances``
compares frames; ``dtw`` and ``low_memory`` find the cheapest path between two clips,
``growing`` those between a reference and a clip that grows; ``adaptation`` reduces the
influence of differences that two clips have in every frame.
"""

from mmposenorm.alignment.adaptation import adapt_features
from mmposenorm.alignment.distances import frame_distances
from mmposenorm.alignment.engine import align
from mmposenorm.alignment.online import LivePosition, OnlineAlignment
from mmposenorm.alignment.result import Alignment
from mmposenorm.alignment.spotting import Occurrence, find_occurrences

__all__ = [
    'Alignment',
    'LivePosition',
    'Occurrence',
    'OnlineAlignment',
    'adapt_features',
    'align',
    'find_occurrences',
    'frame_distances',
]
