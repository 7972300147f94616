"""Small synthetic data sets in the formats of the real ones, for tests and trials."""

from mmposenorm.datasets.synthetic.asf_amc import write_synthetic_asf_amc
from mmposenorm.datasets.synthetic.clips import (
    H36M_CAMERAS,
    draw_body,
    draw_motion,
    write_synthetic_h36m,
    write_synthetic_mocap,
    write_synthetic_mocap_sets,
)
from mmposenorm.datasets.synthetic.penn_action import write_synthetic_penn_action

__all__ = [
    'H36M_CAMERAS',
    'draw_body',
    'draw_motion',
    'write_synthetic_asf_amc',
    'write_synthetic_h36m',
    'write_synthetic_mocap',
    'write_synthetic_mocap_sets',
    'write_synthetic_penn_action',
]
