"""Compare two clips of people: which frames match, where they differ, and pictures."""

from mmposenorm.comparison.compare import (
    Comparison,
    compare_clips,
    describe_frames,
    fits_better_mirrored,
)
from mmposenorm.comparison.differences import LIMBS, Difference, limb_distances
from mmposenorm.comparison.mirroring import mirror_result

__all__ = [
    'LIMBS',
    'Comparison',
    'Difference',
    'compare_clips',
    'describe_frames',
    'fits_better_mirrored',
    'limb_distances',
    'mirror_result',
]
