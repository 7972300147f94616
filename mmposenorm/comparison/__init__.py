"""Compare two clips of people: which frames match, what differs, and pictures of it."""

from mmposenorm.comparison.angle_curves import AngleCurves, measure_curves
from mmposenorm.comparison.compare_clips import Comparison, compare
from mmposenorm.comparison.descriptions import describe_frames
from mmposenorm.comparison.differences import Difference, find_differences
from mmposenorm.comparison.mirroring import fits_better_mirrored, mirror_result

__all__ = [
    'AngleCurves',
    'Comparison',
    'Difference',
    'compare',
    'describe_frames',
    'find_differences',
    'fits_better_mirrored',
    'measure_curves',
    'mirror_result',
]
