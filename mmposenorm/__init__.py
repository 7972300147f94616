"""Compare and align human motion in videos: a plugin for mmpose.

2D poses -> joint rotations -> normalized poses -> pose features -> alignment. The
folders follow that flow: ``keypoints`` and ``datasets`` (files to clips),
``transforms`` (clips to network input), ``models``, ``alignment``, ``comparison``,
``evaluation``, ``visualization``; ``skeletons`` and ``geometry`` are the mathematics
under it.
"""

from mmposenorm.alignment import align
from mmposenorm.geometry.kinematics import forward_kinematics
from mmposenorm.geometry.normalization import normalize_keypoints_3d
from mmposenorm.inference import PoseNormInferencer

__version__ = '0.1.0'

__all__ = [
    'PoseNormInferencer',
    '__version__',
    'align',
    'forward_kinematics',
    'normalize_keypoints_3d',
]
