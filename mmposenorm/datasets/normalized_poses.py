"""Clips of normalized poses, on which the paper's pose embedder is trained.

``T`` frames, 17 keypoints, ``R`` renderings of one motion (views, bodies).
"""

from functools import cached_property
from typing import Any

import numpy as np
import torch
from mmengine.logging import print_log
from torch.utils.data import Dataset

from mmposenorm.datasets.pose_cache import check_normalizer, normalize_clips
from mmposenorm.fields import Count, Seed
from mmposenorm.geometry.normalization import normalize_keypoints_3d
from mmposenorm.geometry.rest_pose import turn_to_rest
from mmposenorm.registry import DATASETS

_MIN_FRAMES = 3  # of a triplet
_STILL = 1e-3  # metres; in a clip without motion, poses differ by no more
# The field of a normalizer's predictions that each kind of poses is made from.
_FIELDS = {'normalized': 'normalized_poses', 'turned': 'keypoints'}


@DATASETS.register_module()
class NormalizedPoseClips(Dataset):
    """Stretches of normalized poses, all of one length.

    An epoch has one stretch for every ``clip_length`` frames of the data. For each, a
    clip is drawn with a probability proportional to its length, then a stride and a
    place in the clip. The draws depend on ``(seed, epoch, index)`` alone; the epoch
    comes with the index from ``ClipSampler``.

    A normalizer is run when :attr:`motions`, the length or an item is first asked for.

    Args:
        clips: Config of a data set of clips. For a normalizer it must be in test mode
            and pack its samples (views and variants are the renderings); for the
            closed form, any.
        clip_length: Number of frames of a stretch.
        stride_range: Smallest and largest step between the frames of a stretch, in
            frames of the data. With larger strides a stretch covers more of the video
            at a lower temporal resolution. Strides are reduced where a clip is too
            short.
        normalizer: The trained model that computes the poses, as a dict of ``config``
            and ``checkpoint``, see
            :func:`mmposenorm.datasets.pose_cache.normalize_clips`. If not given, true
            poses are normalized in closed form.
        poses: ``'normalized'``, or ``'turned'`` for a normalizer's 3D keypoints, turned
            onto the T-pose but not normalized (Table 3, "w/o normalization").
        num_renderings: How many renderings of the same frames a stretch contains. The
            paper uses 1; with 2 or more, positives come from another view or body too.
        cache_dir: Folder in which the poses of a normalizer are stored.
        seed: Seed of all draws.

    Raises:
        FileNotFoundError: If the normalizer's config or checkpoint does not exist.
        ValueError: If an option is out of range; or, when the poses are first asked
            for, if all clips are too short or without motion, or one has too few
            renderings.
    """

    def __init__(
        self,
        clips: dict[str, Any],
        clip_length: Count,
        stride_range: tuple[int, int] = (1, 1),
        normalizer: dict[str, str] | None = None,
        poses: str = 'normalized',
        num_renderings: Count = 1,
        cache_dir: str = 'work_dirs/normalized_poses',
        seed: Seed = 0,
    ) -> None:
        if clip_length < _MIN_FRAMES:
            raise ValueError(
                f'clip_length must be at least {_MIN_FRAMES}, the frames of a triplet, '
                f'but is {clip_length}.'
            )
        if not 1 <= stride_range[0] <= stride_range[1]:
            raise ValueError(
                'stride_range must be (lowest, highest) with 1 <= lowest <= highest, '
                f'but is {tuple(stride_range)}.'
            )
        if poses not in _FIELDS:
            raise ValueError(f'poses must be one of {list(_FIELDS)}, but is {poses!r}.')
        if normalizer is not None:
            check_normalizer(**normalizer)
        self._dataset = DATASETS.build(clips)
        self._description = clips
        self.normalizer = normalizer
        self.poses = poses
        self.fps = {clip.clip_id: clip.fps for clip in self._dataset.clips}
        self.clip_length = clip_length
        self.stride_range = stride_range
        self.num_renderings = num_renderings
        self.cache_dir = cache_dir
        self.seed = seed

    @cached_property
    def motions(self) -> dict[str, np.ndarray]:
        """Poses of all clips that are used, by name, in metres, (R, T, 17, 3)."""
        if self.normalizer is None:
            motions = _in_closed_form(self._dataset)
        else:
            motions = normalize_clips(
                self._dataset,
                self._description,
                **self.normalizer,
                cache_dir=self.cache_dir,
                field=_FIELDS[self.poses],
            )
        motions = _moving(_long_enough(motions, self.clip_length))
        for name, renderings in motions.items():
            if len(renderings) < self.num_renderings:
                raise ValueError(
                    f"Clip '{name}' has {len(renderings)} rendering(s); expected at "
                    f'least num_renderings={self.num_renderings}. Give `clips` more '
                    'views or variants.'
                )
        return motions

    @cached_property
    def _names(self) -> list[str]:
        return list(self.motions)

    @cached_property
    def _ends(self) -> np.ndarray:
        return np.cumsum([motion.shape[1] for motion in self.motions.values()])

    @property
    def metainfo(self) -> dict[str, Any]:
        """What MMEngine passes on to metrics and visualizers."""
        return {'dataset_name': type(self).__name__}

    def __len__(self) -> int:
        return -(-int(self._ends[-1]) // self.clip_length)

    def __getitem__(self, index: int | tuple[int, int]) -> dict[str, dict]:
        """Return a stretch.

        Args:
            index: The item, or (item, epoch).

        Returns:
            ``inputs`` with ``normalized_poses`` (R, T, 17, 3) in metres, and
            ``data_samples`` with ``clip_id`` and ``fps``.
        """
        index, epoch = index if isinstance(index, tuple) else (index, 0)
        if not 0 <= index < len(self):
            raise IndexError(
                f'index must be from 0 to {len(self) - 1}, but is {index}.'
            )
        generator = np.random.default_rng((self.seed, epoch, index))
        frame = generator.integers(self._ends[-1])
        name = self._names[np.searchsorted(self._ends, frame, side='right')]
        motion = self.motions[name]
        frames = self._draw_frames(motion.shape[1], generator)
        chosen = generator.permutation(len(motion))[: self.num_renderings]
        poses = torch.from_numpy(motion[np.ix_(chosen, frames)])
        if self.poses == 'turned':
            poses = turn_to_rest(poses)
        return {
            'inputs': {'normalized_poses': poses},
            'data_samples': {'clip_id': name, 'fps': self.fps[name]},
        }

    def _draw_frames(
        self, num_frames: int, generator: np.random.Generator
    ) -> np.ndarray:
        longest = (num_frames - 1) // (self.clip_length - 1)
        low, high = (min(stride, longest) for stride in self.stride_range)
        stride = generator.integers(low, high + 1)
        start = generator.integers(num_frames - stride * (self.clip_length - 1))
        return start + stride * np.arange(self.clip_length)


def _in_closed_form(dataset: Any) -> dict[str, np.ndarray]:
    return {
        clip.clip_id: np.asarray(normalize_keypoints_3d(clip.keypoints_world))[None]
        for clip in dataset.clips
    }


def _long_enough(
    motions: dict[str, np.ndarray], clip_length: int
) -> dict[str, np.ndarray]:
    """Leave out the clips that are shorter than a stretch, and log how many."""
    long = {n: poses for n, poses in motions.items() if poses.shape[1] >= clip_length}
    if not long:
        longest = max(poses.shape[1] for poses in motions.values())
        raise ValueError(
            f'The longest clip has {longest} frames; expected at least clip_length='
            f'{clip_length}. Reduce `clip_length` in your config.'
        )
    _log_left_out(motions, long, f'are shorter than {clip_length} frames')
    return long


def _moving(motions: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Leave out the clips without motion, which have no triplets; log how many."""
    moving = {name: poses for name, poses in motions.items() if _reach(poses) > _STILL}
    if not moving:
        raise ValueError(
            f'None of the {len(motions)} clips moves: no pose differs by '
            f"{1000 * _STILL:g} mm from its clip's first one. Triplets need motion; "
            'check the data of `clips` in your config, and the normalizer.'
        )
    _log_left_out(motions, moving, 'do not move')
    return moving


def _log_left_out(before: dict, kept: dict, why: str) -> None:
    if len(kept) < len(before):
        print_log(
            f'NormalizedPoseClips leaves out {len(before) - len(kept)} of '
            f'{len(before)} clips that {why}.',
            logger='current',
        )


def _reach(poses: np.ndarray) -> float:
    """Distance of the farthest pose from the first, in metres."""
    return np.linalg.norm(poses - poses[:, :1], axis=-1).mean(axis=-1).max()
