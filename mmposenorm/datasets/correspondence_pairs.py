"""The data set of the dense correspondence task: two clips per motion."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from torch.utils.data import Dataset

from mmposenorm.datasets.clip_dataset import Clip, ClipDataset
from mmposenorm.datasets.correspondence import (
    CorrespondencePair,
    build_pair,
    load_pairs,
)
from mmposenorm.fields import Seed, Share
from mmposenorm.registry import DATASETS
from mmposenorm.transforms.base import build_clip_transforms


@DATASETS.register_module()
class CorrespondencePairs(Dataset):
    """Two views of each motion, with frames dropped from each independently.

    Sample ``2 i`` is the source of pair ``i`` and sample ``2 i + 1`` its target. The
    metric ``DenseCorrespondence`` reads the pairs from :attr:`metainfo`.

    Args:
        clips: Config of a data set of clips in test mode with two views of each
            motion; the first is the source.
        pipeline: Transforms, or their configs, that each sample goes through.
        features_before_drop: Whether samples keep all frames and the metric drops
            their features afterwards. By default the model sees what is left of each
            clip, as it would see a real video.
        keep_probability: See :func:`mmposenorm.datasets.correspondence.retain_frames`.
        pairs_file: File of saved pairs to use instead of drawing them.
        seed: Seed of the draws.

    Raises:
        ValueError: If a motion does not have exactly two views, or the saved pairs
            are of other clips.
    """

    def __init__(
        self,
        clips: dict[str, Any],
        pipeline: Sequence[dict | Callable] = (),
        features_before_drop: bool = False,
        keep_probability: Share = 0.5,
        pairs_file: str | Path | None = None,
        seed: Seed = 0,
    ) -> None:
        self._views = _two_views(DATASETS.build(clips))
        self.features_before_drop = features_before_drop
        if pairs_file is None:
            self.pairs = [
                build_pair(*views, keep_probability, seed) for views in self._views
            ]
        else:
            self.pairs = load_pairs(pairs_file)
            _check_pairs(self.pairs, self._views, pairs_file)
        self.pipeline = build_clip_transforms(pipeline)

    @property
    def metainfo(self) -> dict[str, Any]:
        """What MMEngine passes on to metrics and visualizers."""
        return {
            'dataset_name': type(self).__name__,
            'pairs': self.pairs,
            'features_before_drop': self.features_before_drop,
        }

    def __len__(self) -> int:
        return 2 * len(self.pairs)

    def __getitem__(self, index: int) -> Any:
        """Return the source or the target of a pair."""
        pair_index, is_target = divmod(index, 2)
        pair = self.pairs[pair_index]
        clip = self._views[pair_index][is_target]
        if not self.features_before_drop:
            clip = _take(clip, pair.target_ids if is_target else pair.source_ids)
        results = clip.to_sample('original')
        for transform in self.pipeline:
            results = transform(results)
        return results


def _two_views(dataset: ClipDataset) -> list[tuple[Clip, Clip]]:
    views = []
    clips = sorted(dataset.clips, key=lambda clip: clip.clip_id)
    for name, group in groupby(clips, key=lambda clip: clip.clip_id):
        found = list(group)
        if len(found) != 2:
            raise ValueError(
                f"Clip '{name}' has {len(found)} view(s); expected two. Set "
                'test_mode=True in `clips` and name the two views to compare.'
            )
        views.append((found[0], found[1]))
    return views


def _check_pairs(
    pairs: Sequence[CorrespondencePair],
    views: Sequence[tuple[Clip, Clip]],
    file: str | Path,
) -> None:
    saved = [
        (pair.pair_id, pair.source_view, pair.target_view, pair.num_frames)
        for pair in pairs
    ]
    here = [
        (source.clip_id, source.view, target.view, len(source.keypoints_world))
        for source, target in views
    ]
    for one, other in zip(saved, here, strict=False):
        if one != other:
            raise ValueError(
                f'{file} has pair {one}; expected {other} from the clips (name, views, '
                'number of frames). Build the pairs from these clips with '
                'tools/tables/build_pairs.py.'
            )
    if len(saved) != len(here):
        raise ValueError(
            f'{file} has {len(saved)} pairs; expected {len(here)} from the clips. '
            'Build the pairs from these clips with tools/tables/build_pairs.py.'
        )


def _take(clip: Clip, frames: np.ndarray) -> Clip:
    return replace(
        clip,
        keypoints_world=clip.keypoints_world[frames],
        keypoints=None if clip.keypoints is None else clip.keypoints[frames],
        keypoints_visible=(
            None if clip.keypoints_visible is None else clip.keypoints_visible[frames]
        ),
    )
