"""Write poses for other programs: BVH, TRC, C3D, CSV and npz."""

from mmposenorm.export.files import (
    FORMATS,
    write_bvh,
    write_c3d,
    write_clip,
    write_csv,
    write_npz,
    write_trc,
)

__all__ = [
    'FORMATS',
    'write_bvh',
    'write_c3d',
    'write_clip',
    'write_csv',
    'write_npz',
    'write_trc',
]
