"""What all data sets of clips share: items, random draws, checks.

Training items are windows, one around each frame; test items are whole clips. ``T``
frames, 17 keypoints in Human3.6M's order, metres, y up.
"""

import logging
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any
from zlib import crc32

import numpy as np
import torch
from mmengine.dataset import DefaultSampler
from mmengine.logging import print_log
from torch import Tensor
from torch.utils.data import Dataset

from mmposenorm.datasets.bone_scales import draw_bone_scales
from mmposenorm.geometry.kinematics import scale_bones
from mmposenorm.registry import DATA_SAMPLERS
from mmposenorm.skeletons import H36M_KEYPOINTS
from mmposenorm.transforms.base import build_clip_transforms

VARIANTS = ('original', 'bone_scaled')
_LARGEST_PERSON = 10.0  # m; larger values must be in another unit
_SMALLEST_PERSON = 0.1  # m; smaller ones too, or there is no person


@dataclass(frozen=True)
class Clip:
    """A motion without gaps, with what one camera saw of it if there was one.

    Args:
        clip_id: Name of the motion; the same for all views of it.
        subject: Name of the person.
        action: Name of the action.
        fps: Frames per second.
        keypoints_world: World positions in metres, y up, (T, 17, 3) float32.
        view: Name of the camera, empty if there is none.
        camera: See :mod:`mmposenorm.geometry.cameras`.
        keypoints: Image positions in pixels, (T, 17, 2) float32, if the data set has
            them.
        keypoints_visible: Confidence of ``keypoints`` in [0, 1], (T, 17) float32.
        weight: Number of training items per frame.
        labelled: Whether its 3D poses may be learned from, in a data set where those of
            other clips may not; see :class:`mmposenorm.transforms.HideTruth`.
    """

    clip_id: str
    subject: str
    action: str
    fps: float
    keypoints_world: np.ndarray
    view: str = ''
    camera: dict[str, Tensor] | None = None
    keypoints: np.ndarray | None = None
    keypoints_visible: np.ndarray | None = None
    weight: float = 1.0
    labelled: bool | None = None

    def to_sample(self, variant: str) -> dict[str, Any]:
        """Make the dict that a pipeline starts from, without fields that are None."""
        sample = {k: v for k, v in vars(self).items() if v is not None}
        del sample['weight']
        return {**sample, 'variant': variant}


class ClipDataset(Dataset):
    """Clips of human motion, as a data set of dicts.

    In training there is one item for each frame: its clip, its index in the clip as
    ``center_frame``, and ``random_number``, uniform in [0, 1), for :class:`RandomClip`.
    Each frame is thus the centre of one window per epoch. The draws depend on seed,
    epoch and index alone, so they are the same with any number of workers and
    processes. The epoch comes with the index from :class:`ClipSampler`. Other samplers
    work too, but a plain index means epoch 0, so they draw the same windows in every
    epoch.

    In testing there is one item for each clip and variant, the whole clip, and nothing
    is drawn.

    Args:
        clips: The clips; see :class:`Clip`.
        pipeline: Transforms, or their configs, that each item goes through.
        test_mode: Whether items are whole clips instead of windows.
        variants: Variants of each clip in testing: ``'original'`` and
            ``'bone_scaled'``, the same motion on bodies with bones scaled by
            :func:`draw_bone_scales` (without the data set's 2D keypoints, which show
            another body).
        seed: Seed of all draws.

    Raises:
        ValueError: If there is no clip, two have the same name and view, or a variant
            is unknown.
    """

    def __init__(
        self,
        clips: Sequence[Clip],
        pipeline: Sequence[dict | Callable] = (),
        test_mode: bool = False,
        variants: Sequence[str] = ('original',),
        seed: int = 0,
    ) -> None:
        unknown = set(variants) - set(VARIANTS)
        if unknown or not variants:
            raise ValueError(
                f'variants must be some of {VARIANTS}, but is {tuple(variants)}.'
            )
        if not clips:
            raise ValueError(
                f'{type(self).__name__} has no clip; expected at least one. Check '
                'ann_file and the options that select clips; min_frames leaves out '
                'short ones.'
            )
        views = Counter((clip.clip_id, clip.view) for clip in clips)
        [((clip_id, view), count)] = views.most_common(1)
        if count > 1:
            raise ValueError(
                f"There are {count} clips named '{clip_id}' with view '{view}'; "
                'expected one. Give each file once and name trials differently.'
            )
        self.clips = list(clips)
        self.test_mode = test_mode
        self.variants = tuple(variants)
        self.seed = seed
        self.pipeline = build_clip_transforms(pipeline)
        self._ends = list(accumulate(map(_num_items, clips)))
        self._draws: tuple[int, np.ndarray] = (-1, np.empty(0))  # of one epoch

    @property
    def metainfo(self) -> dict[str, Any]:
        """What MMEngine passes on to metrics and visualizers."""
        return {
            'dataset_name': type(self).__name__,
            'keypoint_names': H36M_KEYPOINTS,
        }

    def __len__(self) -> int:
        if self.test_mode:
            return len(self.clips) * len(self.variants)
        return self._ends[-1]

    def __getitem__(self, index: int | tuple[int, int]) -> Any:
        """Return an item.

        Args:
            index: Index of the item, or (index, epoch).
        """
        index, epoch = index if isinstance(index, tuple) else (index, 0)
        if not 0 <= index < len(self):
            raise IndexError(
                f'index must be from 0 to {len(self) - 1}, but is {index}.'
            )
        sample = self._test_sample if self.test_mode else self._training_sample
        results = sample(index, epoch)
        for transform in self.pipeline:
            results = transform(results)
        return results

    def _training_sample(self, index: int, epoch: int) -> dict[str, Any]:
        if self._draws[0] != epoch:
            # For a whole epoch at once, because a generator for each item would take
            # twice the time of everything else.
            generator = np.random.default_rng((self.seed, epoch))
            self._draws = (epoch, generator.random((len(self), 2)))
        clip_index = bisect_right(self._ends, index)
        clip = self.clips[clip_index]
        sample = clip.to_sample('original')
        place = index - self._ends[clip_index] + _num_items(clip)
        spacing = len(clip.keypoints_world) / _num_items(clip)
        shift, number = self._draws[1][index]
        sample['center_frame'] = int((place + shift) * spacing)
        sample['random_number'] = float(number)
        return sample

    def _test_sample(self, index: int, _: int) -> dict[str, Any]:
        clip_index, variant_index = divmod(index, len(self.variants))
        clip, variant = self.clips[clip_index], self.variants[variant_index]
        if variant == 'bone_scaled':
            clip = _scale_clip(clip, self.seed)
        return clip.to_sample(variant)


@DATA_SAMPLERS.register_module()
class ClipSampler(DefaultSampler):
    """MMEngine's ``DefaultSampler``, which also passes the epoch to the data set.

    Yields (index, epoch), so that a :class:`ClipDataset` draws other windows in each
    epoch, also in persistent workers and after resuming.
    """

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return ((index, self.epoch) for index in super().__iter__())


def check_keypoints_world(keypoints_world: np.ndarray, name: str, file: Any) -> None:
    """Check that an array is a motion of 17 keypoints in metres.

    Args:
        keypoints_world: The array, expected to be (T, 17, 3).
        name: Name of the clip in its file, for the message.
        file: The file, for the message.

    Raises:
        ValueError: If the shape is wrong, there are fewer than two frames, values are
            not real numbers or not finite, or the person is larger than 10 m or
            smaller than 0.1 m.
    """
    shape = keypoints_world.shape
    if len(shape) != 3 or shape[1:] != (17, 3):
        raise ValueError(
            f"Clip '{name}' of {file} has shape {shape}; expected (T, 17, 3), "
            "positions of Human3.6M's 17 joints in its order. Convert the file first "
            '(tools/dataset_converters).'
        )
    if keypoints_world.dtype.kind not in 'iuf':
        raise ValueError(
            f"Clip '{name}' of {file} has values of type {keypoints_world.dtype}; "
            'expected real numbers. Save the positions as floats.'
        )
    if shape[0] < 2:
        raise ValueError(
            f"Clip '{name}' of {file} has {shape[0]} frame(s); expected at least 2. "
            'Remove it from the file.'
        )
    finite = np.isfinite(keypoints_world).all(axis=(1, 2))
    if not finite.all():
        raise ValueError(
            f"Clip '{name}' of {file} contains NaN or infinite values, first in frame "
            f'{int(np.argmin(finite))}; expected finite positions. Cut or fill those '
            'frames first.'
        )
    size = np.median(np.ptp(keypoints_world, axis=1).max(axis=1))
    if size > _LARGEST_PERSON:
        raise ValueError(
            f"The person in clip '{name}' of {file} is {size:.0f} m tall; expected "
            'positions in metres. Divide them by 100 if they are in cm, by 1000 if in '
            'mm.'
        )
    if size < _SMALLEST_PERSON:
        raise ValueError(
            f"The person in clip '{name}' of {file} is {size:.4f} m tall; expected "
            'positions in metres. Check their unit, and that joints are not all at one '
            'point.'
        )


def warn_of_made_up_data(file: Any) -> None:
    """Warn that a data set was made up to try things out.

    Args:
        file: Where it is, for the message.
    """
    print_log(
        f'{file} contains made-up motion (written by tools/dataset_converters/'
        'synthetic.py): it shows that everything runs, but what is trained or measured '
        'on it says nothing about real people.',
        logger='current',
        level=logging.WARNING,
    )


def _scale_clip(clip: Clip, seed: int) -> Clip:
    # Seeded by name: the same in all views and with any other clips in the data set.
    generator = np.random.default_rng((seed, crc32(clip.clip_id.encode())))
    scales = draw_bone_scales(len(clip.keypoints_world), generator)
    scaled = scale_bones(
        torch.from_numpy(clip.keypoints_world), torch.from_numpy(scales)
    )
    return replace(
        clip, keypoints_world=scaled.numpy(), keypoints=None, keypoints_visible=None
    )


def _num_items(clip: Clip) -> int:
    return max(1, round(clip.weight * len(clip.keypoints_world)))
