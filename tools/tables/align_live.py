"""Measure what it costs to know no future: live estimates and live alignment.

A person who moves now is estimated from the frames so far and a few more, the
look-ahead, and aligned with a reference frame by frame. Each row is a look-ahead in
frames of 20 ms; the last one knows all of the clip.

limbs    mean angle between the limb directions of the live estimate and of that of the
         whole clip, in degrees
hit@5    share of frames whose nearest frame in the reference is at most 5 frames off,
         in per cent
offline  distance between where live alignment sees the person and where align does once
         the clip is over: mean and 95th percentile, in per cent of the reference, over
         the frames that align matches
truth    the same for the distance from the truth; in the last row, that of align

Each view that plays live goes through a random time warp, as in align_views.py, and is
aligned with the other views as they are; OpenPose's people, who all do something else,
each with themselves.

Example:
    python tools/tables/align_live.py
    python tools/tables/align_live.py --movements mocap --trials 10
"""

import mmposenorm.stopping  # noqa: F401

import argparse
from collections.abc import Iterator, Sequence
from itertools import permutations
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.interpolate import interp1d
from tqdm import tqdm
from warped_views import FILMED, View, filmed_views, mocap_views, warp_view

from mmposenorm import PoseNormInferencer
from mmposenorm.alignment import OnlineAlignment, align, frame_distances
from mmposenorm.engine.runtime import one_sentence_errors
from mmposenorm.evaluation.limb_directions import limb_direction_errors
from mmposenorm.keypoints import extract_person, to_h36m
from mmposenorm.live import PoseStream
from mmposenorm.live.guide import BEGIN_COST, LOOK_BACK, frames_at_rate
from mmposenorm.pose_result import PoseNormResult

LOOK_AHEADS = 0, 2, 5, 10, 20
_NEAR = 5  # frames
_POSE_EVERY = 10  # frames, since a pose takes as long as a feature
_MOCAP, _OPENPOSE = 'mocap', 'openpose'
# As compare aligns.
_OFFLINE = {'diagonal_weight': 1.5, 'open_begin': True, 'open_end': True}


def parse_args(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    movements = [*FILMED, _MOCAP, _OPENPOSE]
    parser.add_argument(
        '--movements',
        nargs='+',
        choices=movements,
        default=['balance', _MOCAP, _OPENPOSE],
        metavar='NAME',
        help=f'movements to measure: {"; ".join(movements)} (default: balance, mocap '
        'and openpose)',
    )
    parser.add_argument(
        '--trials', type=int, default=4, help='trials of mocap (%(default)s)'
    )
    parser.add_argument(
        '--look-aheads',
        nargs='+',
        type=int,
        default=LOOK_AHEADS,
        metavar='FRAMES',
        help='default: 0 2 5 10 20',
    )
    parser.add_argument(
        '--mocap',
        type=Path,
        default=Path('data/cmu_h36m17/test.npz'),
        help='npz file of motion capture (%(default)s)',
    )
    parser.add_argument(
        '--openpose',
        type=Path,
        default=Path('data/openpose_body25'),
        help="folder of OpenPose's folders (%(default)s)",
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
        inferencer = PoseNormInferencer()
        for name in args.movements:
            rows: dict[str, list[Score]] = {}
            for views in find_views(name, args):
                for row, scores in measure(views, inferencer, args.look_aheads, name):
                    rows.setdefault(row, []).extend(scores)
            print(f'\n{name}: {table(rows)}', flush=True)


class Clip(NamedTuple):
    """A view, as it is and as it plays live.

    Attributes:
        view: The view that a live one is aligned with.
        live: The same, warped.
    """

    view: View
    live: View


class Score(NamedTuple):
    """Of one pair of clips; see the columns of the table."""

    limbs: float
    hits: float
    offline: float
    offline_95: float
    truth: float
    truth_95: float


class Estimate(NamedTuple):
    """What is estimated of a clip while its frames arrive, of N moments.

    Attributes:
        moments: Frame of the clip of each, which may lie between two, (N,).
        features: (N, E).
        poses: Normalized poses of some of them, (P, 17, 3).
        pose_moments: Their moments, (P,).
    """

    moments: np.ndarray
    features: np.ndarray
    poses: np.ndarray
    pose_moments: np.ndarray


def find_views(name: str, args: argparse.Namespace) -> Iterator[list[Clip]]:
    """Yield the clips of each movement, of which each is aligned with each other.

    A single clip is aligned with itself.
    """
    rng = np.random.default_rng(0)
    if name == _OPENPOSE:
        movements = [[openpose_view(path)] for path in sorted(args.openpose.iterdir())]
    elif name == _MOCAP:
        movements = mocap_views(args.mocap, args.trials)
    else:
        movements = [filmed_views(name, args.work_dir)]
    for views in movements:
        yield [Clip(view, warp_view(view, rng)) for view in views]


def openpose_view(folder: Path) -> View:
    """Read the largest person of a folder of OpenPose's files."""
    person = extract_person(folder, fps=30)
    keypoints, visible = to_h36m(person.keypoints, person.visible, person.layout)
    return View(keypoints, visible, 30.0, np.arange(len(keypoints), dtype=float))


def measure(
    clips: list[Clip],
    inferencer: PoseNormInferencer,
    look_aheads: Sequence[int],
    name: str,
) -> Iterator[tuple[str, list[Score]]]:
    """Align each clip, played live, with each other clip.

    Yields:
        The name of a row and the scores of all pairs.
    """
    whole = [
        (infer(clip.view, inferencer), infer(clip.live, inferencer)) for clip in clips
    ]
    pairs = list(permutations(range(len(clips)), 2)) or [(0, 0)]
    offline = {
        (a, b): path_of(whole[a][0].pose_features, whole[b][1].pose_features)
        for a, b in pairs
    }
    for look_ahead in tqdm(look_aheads, desc=name, delay=2, leave=False):
        estimates = [stream(clip.live, inferencer, look_ahead) for clip in clips]
        scores = [
            score(
                whole[a][0].pose_features,
                estimates[b],
                whole[b][1],
                offline[a, b],
                (clips[a].view, clips[b].live),
            )
            for a, b in pairs
        ]
        yield f'{look_ahead} frames', scores
    yield (
        'whole clip',
        [score_whole(clips, whole, offline[pair], *pair) for pair in pairs],
    )


def infer(view: View, inferencer: PoseNormInferencer) -> PoseNormResult:
    """Estimate a whole clip."""
    result = inferencer(view.keypoints, view.visible, layout='h36m', fps=view.fps)
    assert isinstance(result, PoseNormResult)
    return result


def stream(view: View, inferencer: PoseNormInferencer, look_ahead: int) -> Estimate:
    """Estimate a clip frame by frame."""
    poses = PoseStream(inferencer, look_ahead)
    features, found = {}, {}
    for frame, (keypoints, visible) in enumerate(
        zip(view.keypoints, view.visible, strict=True)
    ):
        if not poses.add(keypoints, visible, frame / view.fps):
            continue
        moment = poses.time * view.fps
        features[moment] = poses.feature()
        if frame % _POSE_EVERY == 0:
            found[moment] = poses.pose().normalized_poses[0]
    return Estimate(
        np.array(list(features)),
        np.stack(list(features.values())),
        np.stack(list(found.values())),
        np.array(list(found)),
    )


def path_of(reference: np.ndarray, live: np.ndarray) -> np.ndarray:
    """Mean frame of the reference that align matches with each live frame, (T,)."""
    path = align(reference, live, **_OFFLINE).path
    count = np.bincount(path[:, 1], minlength=len(live))
    total = np.bincount(path[:, 1], path[:, 0], minlength=len(live))
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def positions(reference: np.ndarray, live: Estimate, fps: float) -> np.ndarray:
    """Frame of the reference in which live alignment sees each moment, (N,).

    As :class:`mmposenorm.live.LiveGuide` aligns.
    """
    rate = fps * (len(live.moments) - 1) / np.ptp(live.moments)
    frames = frames_at_rate(np.arange(len(reference)) / fps, rate)
    online = OnlineAlignment(
        reference[frames],
        look_back=LOOK_BACK * rate,
        begin_cost=BEGIN_COST,
        loops=False,
    )
    return frames[[online.update(frame).reference_frame for frame in live.features]]


def score(
    reference: np.ndarray,
    live: Estimate,
    whole: PoseNormResult,
    matched: np.ndarray,
    views: tuple[View, View],
) -> Score:
    """Score a live clip against what is known once it is over."""
    found = positions(reference, live, views[1].fps)
    poses = at_moments(whole.normalized_poses, live.pose_moments)
    limbs = limb_direction_errors(live.poses, poses.astype(np.float32))
    true = at_moments(views[1].moments, live.moments)
    hits = hit_rate(reference, live.features, views[0].moments, true)
    off = np.abs(found - at_moments(matched, live.moments))
    return _score(
        float(np.nanmean(limbs)), hits, off, np.abs(found - true), len(reference)
    )


def at_moments(values: np.ndarray, moments: np.ndarray) -> np.ndarray:
    """Interpolate the values of frames, (T, ...), at moments, (N,)."""
    last = len(values) - 1
    return interp1d(np.arange(last + 1), values, axis=0)(moments.clip(0, last))


def score_whole(
    clips: list[Clip], whole: list, matched: np.ndarray, a: int, b: int
) -> Score:
    """Score align once the clip is over."""
    reference, live = whole[a][0].pose_features, whole[b][1].pose_features
    view, true = clips[a].view, clips[b].live.moments
    hits = hit_rate(reference, live, view.moments, true)
    return _score(0.0, hits, np.zeros(1), np.abs(matched - true), len(reference))


def _score(
    limbs: float, hits: float, offline: np.ndarray, truth: np.ndarray, frames: int
) -> Score:
    shares = []
    for off in (offline, truth):
        off = 100 * off[np.isfinite(off)] / frames
        shares += [off.mean(), np.quantile(off, 0.95)] if len(off) else [np.nan] * 2
    return Score(limbs, hits, *shares)


def hit_rate(
    reference: np.ndarray, live: np.ndarray, moments: np.ndarray, true: np.ndarray
) -> float:
    """Share of live frames whose nearest frame is at most 5 frames off, in per cent."""
    nearest = frame_distances(live, reference).argmin(axis=1)
    return float(100 * (np.abs(moments[nearest] - true) <= _NEAR).mean())


def table(rows: dict[str, list[Score]]) -> str:
    """Format the mean scores of all pairs."""
    count = len(next(iter(rows.values())))
    lines = [
        f'mean of {count} pairs',
        f'{"look-ahead":12}{"limbs":>7}{"hit@5":>7}{"offline":>9}{"95 %":>6}'
        f'{"truth":>7}{"95 %":>6}',
    ]
    for row, scores in rows.items():
        values = np.mean(scores, axis=0)
        lines.append(
            f'{row:12}'
            + ''.join(
                f'{value:>{width}.1f}'
                for value, width in zip(values, (7, 7, 9, 6, 7, 6), strict=True)
            )
        )
    return '\n'.join(lines)


if __name__ == '__main__':
    main()
