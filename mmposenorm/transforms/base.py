"""The two kinds of transforms, which share a registry, and where each is used."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

from torch import Generator

from mmposenorm.registry import TRANSFORMS


class ClipTransform(ABC):
    """A transform of one clip, for the ``pipeline`` of a data set."""

    @abstractmethod
    def __call__(self, results: dict[str, Any]) -> dict[str, Any]:
        """Transform a clip, a dict of NumPy arrays and of metadata."""


class BatchTransform(ABC):
    """A transform of a batch of clips, for a ``PoseClipPreprocessor``."""

    @abstractmethod
    def __call__(self, inputs: dict, generator: Generator) -> dict:
        """Transform a batch, a dict of tensors on the model's device.

        Args:
            inputs: Tensors of B clips of T frames.
            generator: Source of all draws, on the same device.
        """


def build_clip_transforms(transforms: Sequence[dict | Callable]) -> list[Callable]:
    """Build the pipeline of a data set from configs or transforms.

    Raises:
        TypeError: If one is a transform of batches.
    """
    built = [TRANSFORMS.build(t) if isinstance(t, dict) else t for t in transforms]
    for transform in built:
        if isinstance(transform, BatchTransform):
            raise TypeError(
                f'{type(transform).__name__} transforms batches, but the pipeline of a '
                'data set takes transforms of one clip. Move it to train_transforms or '
                'test_transforms of the data_preprocessor.'
            )
    return built


def build_batch_transforms(transforms: Sequence[dict]) -> list[Callable]:
    """Build the transforms of a ``PoseClipPreprocessor`` from configs.

    Raises:
        TypeError: If one is a transform of single clips.
    """
    built = [TRANSFORMS.build(t) for t in transforms]
    for transform in built:
        if isinstance(transform, ClipTransform):
            raise TypeError(
                f'{type(transform).__name__} transforms one clip, but the '
                'data_preprocessor takes transforms of batches. Move it to the '
                'pipeline of the data set.'
            )
    return built
