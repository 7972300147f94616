"""Compare and align human motion in videos: a plugin for mmpose.

2D poses -> joint rotations -> normalized poses -> pose features -> alignment. The
folders follow that flow: ``keypoints`` and ``datasets`` (files to clips),
``transforms`` (clips to network input), ``models``, ``alignment``, ``comparison``,
``evaluation``, ``visualization``; ``skeletons`` and ``geometry`` are the mathematics
under it, ``engine`` holds what runs of MMEngine need.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mmposenorm.alignment import align
    from mmposenorm.comparison import compare
    from mmposenorm.comparison.repetitions import find_repetitions
    from mmposenorm.geometry.kinematics import forward_kinematics
    from mmposenorm.geometry.normalization import normalize_keypoints_3d
    from mmposenorm.inference import PoseNormInferencer
    from mmposenorm.library import PoseLibrary

__version__ = '0.1.0'

__all__ = [
    'PoseLibrary',
    'PoseNormInferencer',
    '__version__',
    'align',
    'compare',
    'find_repetitions',
    'forward_kinematics',
    'normalize_keypoints_3d',
]

# Imported when first used: `import mmposenorm` takes no time of its own.
_MODULES = {
    'PoseLibrary': 'mmposenorm.library',
    'PoseNormInferencer': 'mmposenorm.inference',
    'align': 'mmposenorm.alignment',
    'compare': 'mmposenorm.comparison',
    'find_repetitions': 'mmposenorm.comparison.repetitions',
    'forward_kinematics': 'mmposenorm.geometry.kinematics',
    'normalize_keypoints_3d': 'mmposenorm.geometry.normalization',
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    value = getattr(import_module(_MODULES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
