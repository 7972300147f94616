"""Clips of normalized poses, on which E_P is trained.

``T`` frames, 17 keypoints, ``R`` renderings of one motion (views, bodies).
"""

from typing import Any

import numpy as np
import torch
from mmengine.logging import print_log
from torch.utils.data import Dataset

from mmposenorm.datasets.pose_cache import normalize_clips
from mmposenorm.geometry.normalization import normalize_keypoints_3d
from mmposenorm.geometry.rest_pose import turn_to_rest
from mmposenorm.registry import DATASETS

_MIN_FRAMES = 3  # of a triplet
_STILL = 1e-3  # metres; a clip whose poses differ by no more stands still
# What of a normalizer's predictions the poses are made of.
_FIELDS = {'normalized': 'normalized_poses', 'turned': 'keypoints'}


@DATASETS.register_module()
class NormalizedPoseClips(Dataset):
    """Stretches of normalized poses of fixed length.

    A pass gives one stretch for every ``clip_length`` frames of the data: a clip is
    drawn with the probability of its length, then a stride and a place in it. All
    randomness is a function of ``(seed, epoch, index)``; the epoch comes with the
    index from ``ClipSampler``.

    Args:
        clips: Config of a data set of clips. For a normalizer it must be in test mode
            and pack its samples (views and variants are the renderings); for the
            closed form, any.
        clip_length: Frames of a stretch.
        stride_range: Lowest and highest distance of the frames of a stretch, in frames
            of the data. Longer strides show a triplet more of the video, at less
            temporal resolution. They are shortened where a clip is too short.
        normalizer: The trained model that gives the poses, as a dict of ``config`` and
            ``checkpoint``, run once, see
            :func:`mmposenorm.datasets.pose_cache.normalize_clips`; the closed form of
            the true poses if not given.
        poses: ``'normalized'``, or ``'turned'`` for a normalizer's 3D keypoints, turned
            onto the T-pose but not normalized (Table 3, "w/o normalization").
        num_renderings: How many different renderings of the same frames a stretch
            holds; 1 is the paper's way, 2 or more give E_P positives from another view
            or body.
        cache_dir: Where the poses of a normalizer are kept.
        seed: Start of all randomness.

    Raises:
        ValueError: If all clips are too short or stand still, or one has too few
            renderings.
    """

    def __init__(
        self,
        clips: dict[str, Any],
        clip_length: int,
        stride_range: tuple[int, int] = (1, 1),
        normalizer: dict[str, str] | None = None,
        poses: str = 'normalized',
        num_renderings: int = 1,
        cache_dir: str = 'work_dirs/normalized_poses',
        seed: int = 0,
    ) -> None:
        if clip_length < _MIN_FRAMES:
            raise ValueError(
                f'clip_length is {clip_length}; a triplet needs at least '
                f'{_MIN_FRAMES} frames of one clip.'
            )
        if not 1 <= stride_range[0] <= stride_range[1]:
            raise ValueError(
                'stride_range must be (lowest, highest) with 1 <= lowest <= highest, '
                f'but is {tuple(stride_range)}.'
            )
        if poses not in _FIELDS:
            raise ValueError(f'poses must be one of {list(_FIELDS)}, but is {poses!r}.')
        dataset = DATASETS.build(clips)
        if normalizer is None:
            motions = _in_closed_form(dataset)
        else:
            motions = normalize_clips(
                dataset, clips, **normalizer, cache_dir=cache_dir, field=_FIELDS[poses]
            )
        self.motions = _moving(_long_enough(motions, clip_length))
        for name, renderings in self.motions.items():
            if len(renderings) < num_renderings:
                raise ValueError(
                    f"Clip '{name}' has {len(renderings)} rendering(s); num_renderings "
                    f'asks for {num_renderings}. Give `clips` more views or variants.'
                )
        self.poses = poses
        self.fps = {clip.clip_id: clip.fps for clip in dataset.clips}
        self.clip_length = clip_length
        self.stride_range = stride_range
        self.num_renderings = num_renderings
        self.seed = seed
        self._names = list(self.motions)
        self._ends = np.cumsum([clip.shape[1] for clip in self.motions.values()])

    @property
    def metainfo(self) -> dict[str, Any]:
        """What MMEngine hands on to metrics and visualizers."""
        return {'dataset_name': type(self).__name__}

    def __len__(self) -> int:
        return -(-int(self._ends[-1]) // self.clip_length)

    def __getitem__(self, index: int | tuple[int, int]) -> dict[str, dict]:
        """Give a stretch.

        Args:
            index: The item, or (item, epoch).

        Returns:
            ``inputs`` with ``normalized_poses`` (R, T, 17, 3) in metres, and
            ``data_samples`` with ``clip_id`` and ``fps``.
        """
        index, epoch = index if isinstance(index, tuple) else (index, 0)
        if not 0 <= index < len(self):
            raise IndexError(f'index is {index}; there are {len(self)} items.')
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
    """Leave out the clips that cannot fill a stretch, and say so."""
    long = {n: poses for n, poses in motions.items() if poses.shape[1] >= clip_length}
    if not long:
        longest = max(poses.shape[1] for poses in motions.values())
        raise ValueError(
            f'No clip has clip_length={clip_length} frames; the longest has {longest}. '
            'Lower `clip_length` in your config.'
        )
    _say_left_out(motions, long, f'are shorter than {clip_length} frames')
    return long


def _moving(motions: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Leave out the clips that stand still, which hold no triplet, and say so."""
    moving = {name: poses for name, poses in motions.items() if _reach(poses) > _STILL}
    if not moving:
        raise ValueError(
            f'All {len(motions)} clips stand still: no pose is {1000 * _STILL:g} mm '
            "from its clip's first one. Triplets need motion; check the data of "
            '`clips` in your config, and the normalizer.'
        )
    _say_left_out(motions, moving, 'stand still')
    return moving


def _say_left_out(before: dict, kept: dict, why: str) -> None:
    if len(kept) < len(before):
        print_log(
            f'NormalizedPoseClips leaves out {len(before) - len(kept)} of '
            f'{len(before)} clips that {why}.',
            logger='current',
        )


def _reach(poses: np.ndarray) -> float:
    """Give the distance of the farthest pose from the first, in metres."""
    return np.linalg.norm(poses - poses[:, :1], axis=-1).mean(axis=-1).max()
