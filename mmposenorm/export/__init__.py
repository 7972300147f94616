"""Write poses for animation and biomechanics programs: BVH, TRC and C3D."""

from mmposenorm.export.files import (
    FORMATS,
    write_bvh,
    write_c3d,
    write_clip,
    write_trc,
)

__all__ = ['FORMATS', 'write_bvh', 'write_c3d', 'write_clip', 'write_trc']
