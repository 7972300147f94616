"""Pairs of clips with known matches, for the dense correspondence task.

Frames are dropped from two views of one motion, independently of each other, so the
match in the source of each target frame is known by construction. ``T`` frames of the
motion, ``S`` of them retained in the source and ``R`` in the target.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import torch

from mmposenorm.atomic_files import atomic_file
from mmposenorm.datasets.clip_dataset import Clip
from mmposenorm.datasets.npz_file import open_npz
from mmposenorm.geometry.distances import pairwise_mpjpe
from mmposenorm.geometry.normalization import normalize_keypoints_3d

MAX_DROPPED_RUN = 4
# A target frame has more than one match if its motion shows the same pose again:
# normalized poses at most this far apart, in metres, and more than this many frames.
SAME_POSE_WITHIN = 0.020
SAME_POSE_FARTHER_THAN = 10


@dataclass(frozen=True)
class CorrespondencePair:
    """A source and a target clip of one motion and their true matches.

    Args:
        pair_id: Name of the pair: the ``clip_id`` of its two views.
        action: Name of the action.
        source_view: Camera of the source.
        target_view: Camera of the target.
        num_frames: Number of frames of the motion before any were dropped, T.
        source_ids: Frames of the motion that the source retains, (S,), increasing.
        target_ids: The same for the target, (R,).
        matches: For each target frame, the index into ``source_ids`` of its true
            match, (R,).
        has_single_match: For each target frame, whether no distant frame of the
            motion shows the same pose, (R,).
    """

    pair_id: str
    action: str
    source_view: str
    target_view: str
    num_frames: int
    source_ids: np.ndarray
    target_ids: np.ndarray
    matches: np.ndarray
    has_single_match: np.ndarray


def retain_frames(
    num_frames: int, generator: np.random.Generator, keep_probability: float = 0.5
) -> np.ndarray:
    """Drop frames at random, never more than four in a row.

    Args:
        num_frames: T.
        generator: Source of the draws, one for each frame.
        keep_probability: Probability that a frame stays. The rule on runs keeps
            slightly more: 51.6 % at 0.5.

    Returns:
        Indices of the frames that stay, increasing.

    Source:
        Paper section 4.3: "each frame in videos is randomly retained or dropped with a
        probability of p = 0.5, while a temporal filter is applied to ensure that no
        five consecutive frames are dropped together". A frame after four dropped ones
        stays; how the paper's filter works is not said.
    """
    retained, run = [], 0
    for frame, stays in enumerate(generator.random(num_frames) < keep_probability):
        if stays or run == MAX_DROPPED_RUN:
            retained.append(frame)
            run = 0
        else:
            run += 1
    return np.array(retained, dtype=np.int64)


def true_correspondence(source_ids: np.ndarray, target_ids: np.ndarray) -> np.ndarray:
    """Find the source frame that matches each target frame.

    Dynamic time warping on the indices of the retained frames pairs each target frame
    with one or more source frames. Of those on any path of least cost, the match is the
    one with the smallest difference of indices; the earlier one on ties.

    Args:
        source_ids: Frames that the source retains, (S,), increasing.
        target_ids: Frames that the target retains, (R,), increasing.

    Returns:
        Indices into ``source_ids``, (R,).

    Source:
        Paper section 4.3; the reduction to one match is ours. Considering all optimal
        paths makes it independent of how an implementation breaks ties.
    """
    costs = np.abs(np.subtract.outer(source_ids, target_ids))
    to_here = _accumulate(costs)
    from_here = _accumulate(costs[::-1, ::-1])[::-1, ::-1]
    on_a_best_path = to_here + from_here - costs == to_here[-1, -1]
    return np.where(on_a_best_path, costs, costs.max() + 1).argmin(axis=0)


def _accumulate(costs: np.ndarray) -> np.ndarray:
    """Least cost of a warping path from the first cell to each cell, in integers."""
    totals = np.empty_like(costs)
    totals[0] = costs[0].cumsum()
    for row in range(1, len(costs)):
        enter = totals[row - 1].copy()  # from above, or diagonally
        np.minimum(enter[1:], totals[row - 1, :-1], out=enter[1:])
        # Continue to the right from the best place to enter: a running minimum, once
        # the costs of continuing are subtracted.
        walked = costs[row].cumsum()
        enter += costs[row] - walked
        totals[row] = walked + np.minimum.accumulate(enter)
    return totals


def find_single_matches(normalized_poses: np.ndarray) -> np.ndarray:
    """Find the frames of a motion whose pose does not occur again.

    Args:
        normalized_poses: Closed-form normalized poses in metres, (T, 17, 3).

    Returns:
        True for a frame if no other frame more than 10 frames away has an MPJPE of
        20 mm or less to it, (T,).
    """
    poses = torch.from_numpy(normalized_poses)
    frames = torch.arange(len(poses))
    single = []
    for rows in frames.split(256):  # T x T would not fit for long clips
        same = pairwise_mpjpe(poses[rows], poses) <= SAME_POSE_WITHIN
        distant = (rows[:, None] - frames).abs() > SAME_POSE_FARTHER_THAN
        single.append(~(same & distant).any(dim=1))
    return torch.cat(single).numpy()


def build_pair(
    source: Clip, target: Clip, keep_probability: float = 0.5, seed: int = 0
) -> CorrespondencePair:
    """Drop frames of two views of one motion and find the true matches.

    Args:
        source: One view.
        target: The other view of the same motion.
        keep_probability: See :func:`retain_frames`; 1 drops nothing.
        seed: Seed of the draws; they also depend on the motion's name, so that a pair
            does not change with the other pairs.

    Returns:
        The pair.

    Raises:
        ValueError: If the views are not of one motion, or so short that one might lose
            all its frames.
    """
    num_frames = len(source.keypoints_world)
    if source.clip_id != target.clip_id or num_frames != len(target.keypoints_world):
        raise ValueError(
            f"'{source.clip_id}' ({num_frames} frames) and '{target.clip_id}' "
            f'({len(target.keypoints_world)} frames) are not two views of one motion; '
            'expected the same name and the same number of frames.'
        )
    if num_frames <= MAX_DROPPED_RUN:
        raise ValueError(
            f"Clip '{source.clip_id}' has {num_frames} frames; expected at least "
            f'{MAX_DROPPED_RUN + 1}, so that some remain. Raise `min_frames`.'
        )
    generator = np.random.default_rng((seed, crc32(source.clip_id.encode())))
    source_ids = retain_frames(num_frames, generator, keep_probability)
    target_ids = retain_frames(num_frames, generator, keep_probability)
    poses = np.asarray(normalize_keypoints_3d(source.keypoints_world))
    single = find_single_matches(poses)
    return CorrespondencePair(
        pair_id=source.clip_id,
        action=source.action,
        source_view=source.view,
        target_view=target.view,
        num_frames=num_frames,
        source_ids=source_ids,
        target_ids=target_ids,
        matches=true_correspondence(source_ids, target_ids),
        has_single_match=single[target_ids],
    )


def save_pairs(pairs: Sequence[CorrespondencePair], file: str | Path) -> None:
    """Write pairs to an npz file, each field as an array ``pair_id/field``.

    Args:
        pairs: The pairs.
        file: The npz file.
    """
    arrays = {
        f'{pair.pair_id}/{name}': np.asarray(value)
        for pair in pairs
        for name, value in vars(pair).items()
    }
    with atomic_file(file) as stream:
        np.savez_compressed(stream, **arrays)


def load_pairs(file: str | Path) -> list[CorrespondencePair]:
    """Read pairs that :func:`save_pairs` wrote.

    Args:
        file: The npz file.

    Returns:
        The pairs, in the order in which they were saved.

    Raises:
        FileNotFoundError: If the file does not exist.
        ValueError: If it does not contain pairs.
    """
    if not Path(file).is_file():
        raise FileNotFoundError(
            f'{file} not found. Write it with tools/tables/build_pairs.py, or leave '
            'out `pairs_file` to draw the pairs.'
        )
    by_pair: dict[str, dict[str, Any]] = {}
    with open_npz(file) as arrays:
        for key, value in arrays.items():
            pair_id, _, name = key.rpartition('/')
            value = value.item() if value.ndim == 0 else value
            by_pair.setdefault(pair_id, {})[name] = value
    expected = {field.name for field in fields(CorrespondencePair)}
    for pair_id, values in by_pair.items():
        if set(values) != expected:
            raise ValueError(
                f"{file} has {sorted(values)} for '{pair_id}'; expected "
                f'{sorted(expected)}. Write it with tools/tables/build_pairs.py.'
            )
    return [CorrespondencePair(**values) for values in by_pair.values()]
