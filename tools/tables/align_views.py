"""Measure how well views of one movement from different sides are aligned.

Each view goes through its own random time warp, so that a straight line is wrong; the
truth is the original frame number. The table shows means over all pairs of views and
all seeds, over the frames whose moment both views show:

error     distance between the match and the truth in original frames, for DTW with
          open ends; unmatched frames take the match of the nearest matched frame
NN hit@5  share of frames whose nearest frame in feature space is at most 5 frames off

Rows are descriptions of a frame, each as it is and adapted to the two clips.
demo/align_videos.py uses pose features as they are or, with --features normalized,
adapted limb directions.

Example:
    python tools/tables/align_views.py
    python tools/tables/align_views.py --lifter configs/lifter_videopose3d_cmu.py \
        work_dirs/lifter_videopose3d_cmu/iter_1954.pth --trust-checkpoint
"""

import mmposenorm.stopping  # noqa: F401

import argparse
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from tqdm import tqdm
from warped_views import FILMED, View, filmed_views, mocap_views, warp_view

from mmposenorm import PoseNormInferencer, align
from mmposenorm.alignment import adapt_features
from mmposenorm.comparison import describe_frames
from mmposenorm.engine.runtime import add_trust_checkpoint, one_sentence_errors
from mmposenorm.geometry.descriptors import bone_angles
from mmposenorm.transforms.network_input import prepare_keypoints

LINE = 'straight line'
_NEAR = 5  # frames
_MOCAP = 'mocap'
_MOCAP_TRIALS = 30
# What a camera does not show of half a body: knees and feet; hips as well.
UNSEEN = {'none': [], 'legs': [2, 3, 5, 6], 'hips and legs': [0, 1, 2, 3, 4, 5, 6]}
# As the demo aligns.
_OPTIONS = {'diagonal_weight': 1.5, 'open_begin': True, 'open_end': True}


class Score(NamedTuple):
    """Mean error in frames and hits in per cent, of one pair of views."""

    error: float
    hits: float


def parse_args(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    movements = [*FILMED, _MOCAP]
    parser.add_argument(
        '--movements',
        nargs='+',
        choices=movements,
        default=movements,
        metavar='NAME',
        help=f'movements to measure: {"; ".join(movements)} (default: all)',
    )
    parser.add_argument(
        '--seeds', type=int, default=10, help='warps of each view (%(default)s)'
    )
    parser.add_argument(
        '--unseen',
        choices=UNSEEN,
        default='none',
        help='what is not in the pictures: from the waist up, the legs (%(default)s)',
    )
    parser.add_argument('--config', help='config of a training checkpoint')
    parser.add_argument(
        '--checkpoint', help='weights to measure (default: those that ship)'
    )
    add_trust_checkpoint(parser)
    parser.add_argument(
        '--lifter',
        nargs=2,
        metavar=('CONFIG', 'CHECKPOINT'),
        help='a LiftedPoseNormalizer, for the row "lifter + closed form"',
    )
    parser.add_argument(
        '--mocap',
        type=Path,
        default=Path('data/cmu_h36m17/test.npz'),
        help='npz file of motion capture (%(default)s)',
    )
    parser.add_argument(
        '--work-dir',
        type=Path,
        default=Path('work_dirs/align_views'),
        help='folder that keeps detected 2D poses (%(default)s)',
    )
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Print a table for each movement."""
    args = parse_args(arguments)
    with one_sentence_errors():
        inferencers = {
            'normalizer': PoseNormInferencer(
                args.config, args.checkpoint, trust=args.trust_checkpoint
            )
        }
        if args.lifter:
            inferencers['lifter'] = PoseNormInferencer(
                *args.lifter, trust=args.trust_checkpoint
            )
        for name in args.movements:
            movements = find_movements(name, args)
            scores = measure(movements, inferencers, name)
            print(f'\n{name}: {table(scores)}', flush=True)


def find_movements(name: str, args: argparse.Namespace) -> list[list[View]]:
    """Return the warped views of each movement, once for each warp."""
    if name == _MOCAP:
        movements = mocap_views(args.mocap, _MOCAP_TRIALS)
    else:
        movements = [filmed_views(name, args.work_dir)] * args.seeds
    return [
        [hide(warp_view(view, rng), UNSEEN[args.unseen]) for view in views]
        for views, rng in zip(
            movements, map(np.random.default_rng, range(len(movements))), strict=False
        )
    ]


def hide(view: View, joints: list[int]) -> View:
    """Mark some joints of a view as not seen."""
    visible = view.visible.copy()
    visible[:, joints] = 0
    return view._replace(visible=visible)


def measure(
    movements: list[list[View]],
    inferencers: dict[str, PoseNormInferencer],
    name: str = '',
) -> dict[str, dict[str, list[Score]]]:
    """Align all pairs of views of each movement.

    Args:
        movements: Warped views of each movement.
        inferencers: ``'normalizer'`` and optionally ``'lifter'``.
        name: Title of the progress bar.

    Returns:
        The scores of all pairs by description of a frame, and by whether it was used
        ``'as it is'`` or ``'adapted'``.
    """
    scores: dict[str, dict[str, list[Score]]] = {LINE: {'as it is': []}}
    for views in tqdm(movements, desc=name, delay=2, leave=False):
        described = [describe(view, inferencers) for view in views]
        for a, b in permutations(range(len(views)), 2):
            moments = views[a].moments, views[b].moments
            scores[LINE]['as it is'].append(_score_of_line(*moments))
            for row, pair in _paired(described[a], described[b]):
                columns = scores.setdefault(row, {'as it is': [], 'adapted': []})
                columns['as it is'].append(score(*pair, *moments))
                flat = [values.reshape(len(values), -1) for values in pair]
                columns['adapted'].append(score(*adapt_features(*flat), *moments))
    return scores


def describe(
    view: View, inferencers: dict[str, PoseNormInferencer]
) -> dict[str, np.ndarray]:
    """Return each description of the frames of a view."""
    labels, _ = prepare_keypoints(
        torch.from_numpy(view.keypoints)[None], torch.from_numpy(view.visible)[None]
    )
    plain = labels[0].numpy()
    clip = view.keypoints, view.visible
    result = inferencers['normalizer'](*clip, layout='h36m', fps=view.fps)
    rows = {'2D Euler angles': bone_angles(plain), 'plain 2D': plain}
    if 'lifter' in inferencers:
        lifted = inferencers['lifter'](*clip, layout='h36m', fps=view.fps)
        rows['lifter + closed form'] = lifted.normalized_poses
    rows['normalized poses'] = result.normalized_poses
    rows['their limb directions, up'] = describe_frames(result, 'normalized')
    if result.has_features:
        rows['pose features'] = result.pose_features
    return rows


def score(
    clip_a: np.ndarray,
    clip_b: np.ndarray,
    moments_a: np.ndarray,
    moments_b: np.ndarray,
) -> Score:
    """Align two clips and compare the matches with the truth.

    Args:
        clip_a: Descriptions of the frames of A, (Ta, ...).
        clip_b: The same for B, (Tb, ...).
        moments_a: Original frame numbers of A, (Ta,).
        moments_b: Original frame numbers of B, (Tb,).

    Returns:
        The score over the frames of A whose moment B shows.
    """
    matches = align(clip_a, clip_b, **_OPTIONS).matches
    matched = np.flatnonzero(matches >= 0)
    nearest_matched = np.interp(np.arange(len(matches)), matched, matched).round()
    matches = matches[nearest_matched.astype(int)]
    nearest = align(clip_a, clip_b, mode='nn').matches
    shown = _shown(moments_a, moments_b)
    off = np.abs(moments_b[nearest] - moments_a)[shown]
    return Score(
        np.abs(moments_b[matches] - moments_a)[shown].mean(),
        100 * (off <= _NEAR).mean(),
    )


def table(scores: dict[str, dict[str, list[Score]]]) -> str:
    """Format the means as a table."""
    pairs = len(scores[LINE]['as it is'])
    lines = [
        f'{pairs} pairs of views',
        f'{"":28}{"as it is":^20}  {"adapted":^20}',
        f'{"":28}{"error  NN hit@5":>20}  {"error  NN hit@5":>20}',
    ]
    for row, columns in scores.items():
        cells = []
        for of_pairs in columns.values():
            error, hits = np.mean(of_pairs, axis=0)
            share = '-' if np.isnan(hits) else f'{hits:.0f} %'
            cells.append(f'{error:>11.2f}{share:>9}')
        lines.append(f'{row:28}' + '  '.join(cells))
    return '\n'.join(lines)


def _paired(
    rows_a: dict[str, np.ndarray], rows_b: dict[str, np.ndarray]
) -> Iterator[tuple[str, tuple[np.ndarray, np.ndarray]]]:
    for row, values in rows_a.items():
        yield row, (values, rows_b[row])


def _score_of_line(moments_a: np.ndarray, moments_b: np.ndarray) -> Score:
    """Score the straight line from the first frames to the last."""
    share_a, share_b = (np.linspace(0, 1, len(m)) for m in (moments_a, moments_b))
    matches = np.interp(share_a, share_b, moments_b)
    off = np.abs(matches - moments_a)[_shown(moments_a, moments_b)]
    return Score(off.mean(), np.nan)


def _shown(moments_a: np.ndarray, moments_b: np.ndarray) -> np.ndarray:
    """Return which moments of A lie within those of B, (Ta,) bool."""
    return (moments_a >= moments_b[0]) & (moments_a <= moments_b[-1])


if __name__ == '__main__':
    main()
