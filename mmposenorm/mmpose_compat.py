"""Make mmpose's models and inferencers importable without compiled packages.

``import mmpose.models`` requires torchvision and mmcv's compiled operators, which
hardly any of its models use. If one is not installed, a stand-in replaces it while
mmpose is imported; then it is removed, so that later checks find it missing. Only
mmpose's detectors and lifters need this module, not our own models.
"""

import functools
import importlib
import importlib.util
import sys
from collections.abc import Callable
from types import ModuleType

import torch
from torch import Tensor


@functools.cache
def import_mmpose() -> None:
    """Import mmpose's models; call it before importing ``mmpose.apis`` or mmdet.

    Raises:
        ImportError: If mmpose, or one of the packages that it needs, is missing.
    """
    stand_ins = _stand_ins()
    sys.modules.update(stand_ins)
    try:
        for name in ('mmcv.ops', 'mmpose.models', 'mmpose.visualization'):
            importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise ImportError(
            f"mmpose's models need the package {error.name}, which is not installed. "
            'Run `make install`, or install what requirements/mmpose.txt and '
            'requirements/no-deps.txt list.'
        ) from error
    finally:
        for name in stand_ins:
            del sys.modules[name]


def _stand_ins() -> dict[str, ModuleType]:
    modules: dict[str, ModuleType] = {}
    if not _is_installed('mmcv._ext'):
        modules['mmcv._ext'] = _Operators('mmcv._ext')
    if not _is_installed('torchvision'):
        modules['torchvision'] = ModuleType('torchvision')
        modules['torchvision.transforms'] = _Transforms('torchvision.transforms')
    return modules


def _is_installed(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:  # not even the package that would hold it
        return False


class _Transforms(ModuleType):
    """Stands in for ``torchvision.transforms``."""

    ToPILImage = None  # draws SimCC heatmaps, which nothing here does


class _Operators(ModuleType):
    """Stands in for ``mmcv._ext``: has every operator, and can run only ``nms``."""

    def __getattr__(self, name: str) -> Callable:
        if name.startswith('__'):
            raise AttributeError(name)

        def missing(*args: object, **kwargs: object) -> None:
            raise RuntimeError(
                f"This model needs mmcv's compiled operator {name!r}, but mmcv-lite is "
                'installed. Install an mmcv older than 2.2.0 with its operators in its '
                'place, or choose another model.'
            )

        return missing

    @staticmethod
    def nms(boxes: Tensor, scores: Tensor, iou_threshold: float, offset: int) -> Tensor:
        """Keep the boxes that overlap with no better one.

        Args:
            boxes: Corners x1, y1, x2, y2 in pixels, (N, 4).
            scores: Scores of the boxes, (N,).
            iou_threshold: Share of the union above which two boxes show one thing.
            offset: Added to widths and heights; 1 where corners are inclusive.

        Returns:
            Indices of the boxes that are kept, best first, (M,).
        """
        areas = (boxes[:, 2:] - boxes[:, :2] + offset).prod(dim=1)
        left = scores.argsort(descending=True)
        kept = []
        while len(left):
            best, left = left[0], left[1:]
            kept.append(best)
            upper = boxes[left, :2].maximum(boxes[best, :2])
            lower = boxes[left, 2:].minimum(boxes[best, 2:])
            shared = (lower - upper + offset).clamp(min=0).prod(dim=1)
            left = left[shared <= iou_threshold * (areas[best] + areas[left] - shared)]
        return torch.stack(kept) if kept else left
