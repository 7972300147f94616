"""Measure how well repetitions are found in clips of motion capture.

UI-PRMD  repetitions of one person, each at a tempo of its own, joined with pauses; the
first and the last may be cut off. Seen by a virtual camera from a random side
CMU      jumping jacks, bends and squats of trials 13_29 to 13_31, their repetitions
marked at turning points of the motion capture
"""

import mmposenorm.stopping  # noqa: F401

import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from tqdm import tqdm

from mmposenorm import PoseNormInferencer, normalize_keypoints_3d
from mmposenorm.comparison.repetitions import find_repetitions
from mmposenorm.datasets.clip_dataset import Clip
from mmposenorm.datasets.frontal_views import frontal_camera, load_view_table
from mmposenorm.datasets.mocap_clips import MocapClips
from mmposenorm.engine.runtime import one_sentence_errors
from mmposenorm.geometry.cameras import project, world_to_camera
from mmposenorm.geometry.kinematics import root_frame
from mmposenorm.pose_result import PoseNormResult

FPS = 50
TEMPI = (0.6, 1.6)
LONGEST_PAUSE = 1.5  # seconds; half of the repetitions follow without a pause
MOST_CUT_OFF = 0.7  # of the first and of the last repetition, each in half of the clips
LEAST_LEFT = 0.5  # of a repetition that counts
LARGEST_STEP = 0.01  # metres between frames where repetitions are joined
NOISE = 0.01  # standard deviation of a keypoint's error, in heights of the person
LEAST_OVERLAP, MOST_OFF = 0.5, 0.2
# Trial: frames at which repetitions begin, and the last frame.
CMU = {
    '13_29': ((0, 57, 113, 169, 205), (810, 899, 999, 1100), (1595, 1726, 1875)),
    '13_30': ((24, 76, 105), (605, 707, 815)),
    '13_31': ((405, 485, 575),),
}


class Marked(NamedTuple):
    """A clip, (T, 17, 3), and the first and last frame of its repetitions, (N, 2)."""

    keypoints_world: np.ndarray
    spans: np.ndarray


class Counts(NamedTuple):
    """How many repetitions there are, were found, and were found where they are."""

    there: int
    found: int
    overlapping: int
    exact: int


def parse_arguments(arguments: list[str] | None = None) -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(
        description=__doc__, formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument('--checkpoint', help='weights; those that ship by default')
    parser.add_argument('--data', type=Path, default=Path('data'))
    parser.add_argument(
        '--clips', type=int, default=3, help='joined of each set (%(default)s)'
    )
    parser.add_argument('--seed', type=int, default=0)
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Print the table."""
    args = parse_arguments(arguments)
    with one_sentence_errors():
        inferencer = PoseNormInferencer(checkpoint=args.checkpoint)
        print(
            '| | repetitions | found | F1 (overlap >= .5) | F1 (ends within 20 %) |\n'
            '|---|---|---|---|---|'
        )
        for name, clips in marked_clips(args).items():
            for row, counts in measure(clips, inferencer, args.seed, name).items():
                print(table_row(f'{name}, {row}', counts), flush=True)


def marked_clips(args: Namespace) -> dict[str, list[Marked]]:
    """Join the clips of UI-PRMD's development people, and cut those of CMU."""
    index = args.data / 'mocap' / 'index.json'
    ui_prmd = MocapClips(
        args.data / 'mocap' / 'uiprmd_dev.npz', index, test_mode=True, views=(0,)
    )
    cmu = MocapClips(
        args.data / 'mocap' / 'cmu_more.npz', index, test_mode=True, views=(0,)
    )
    rng = np.random.default_rng(args.seed)
    joined: dict[str, list[Marked]] = {'UI-PRMD, right': [], 'UI-PRMD, wrong': []}
    for repetitions in same_movements(ui_prmd.clips):
        wrong = repetitions[0].clip_id.endswith('_inc')
        name = 'UI-PRMD, wrong' if wrong else 'UI-PRMD, right'
        for _ in range(args.clips):
            count = rng.integers(3, len(repetitions) + 1)
            first = rng.integers(len(repetitions) - count + 1)
            chosen = repetitions[first : first + count]
            joined[name].append(join([c.keypoints_world for c in chosen], rng))
    return joined | {'CMU': list(cut(cmu.clips))}


def same_movements(clips: list[Clip]) -> list[list[Clip]]:
    """Group the repetitions of each person and movement, right or wrong, in order."""
    groups: dict[tuple, list[Clip]] = {}
    for clip in sorted(clips, key=lambda clip: clip.clip_id):
        key = clip.subject, clip.action, clip.clip_id.endswith('_inc')
        groups.setdefault(key, []).append(clip)
    return [group for group in groups.values() if len(group) > 2]


def join(repetitions: list[np.ndarray], rng: np.random.Generator) -> Marked:
    """Join repetitions, (T, 17, 3) each, at changing tempo and with pauses."""
    parts: list[np.ndarray] = []
    spans, length = [], 0
    for number, repetition in enumerate(repetitions):
        whole = played(repetition, np.exp(rng.uniform(*np.log(TEMPI))))
        part = whole
        cut_off = int(rng.uniform(0, MOST_CUT_OFF) * len(whole))
        if number == 0 and rng.random() < 0.5:
            part = whole[cut_off:]
        elif number == len(repetitions) - 1 and rng.random() < 0.5:
            part = whole[: len(whole) - cut_off]
        if parts:
            parts.append(pause(parts[-1][-1], part[0], rng))
            length += len(parts[-1])
        if len(part) >= LEAST_LEFT * len(whole):
            spans.append((length, length + len(part) - 1))
        parts.append(part)
        length += len(part)
    return Marked(np.concatenate(parts), np.array(spans).reshape(-1, 2))


def played(keypoints_world: np.ndarray, tempo: float) -> np.ndarray:
    """Play a clip at another tempo."""
    times = np.linspace(
        0, len(keypoints_world) - 1, round(len(keypoints_world) / tempo)
    )
    before = np.minimum(times.astype(int), len(keypoints_world) - 2)
    share = (times - before)[:, None, None].astype(np.float32)
    return (1 - share) * keypoints_world[before] + share * keypoints_world[before + 1]


def pause(
    before: np.ndarray, after: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Frames between two poses, (17, 3) each, in which a person hardly moves."""
    frames = round(FPS * rng.uniform(0, LONGEST_PAUSE)) if rng.random() < 0.5 else 0
    step = np.linalg.norm(after - before, axis=-1).mean() / LARGEST_STEP
    share = np.linspace(0, 1, max(frames, int(step)) + 2, dtype=np.float32)[1:-1]
    share = (share**2 * (3 - 2 * share))[:, None, None]
    return (1 - share) * before + share * after


def cut(clips: list[Clip]) -> Iterator[Marked]:
    """Cut the marked exercises out of the trials of CMU."""
    trials = {clip.clip_id: clip.keypoints_world for clip in clips}
    for trial, exercises in CMU.items():
        for begins in exercises:
            first, last = begins[0], begins[-1]
            edges = np.array(begins) - first
            spans = np.stack([edges[:-1], edges[1:] - 1], axis=1)
            yield Marked(trials[trial][first:last], spans)


def measure(
    clips: list[Marked], inferencer: PoseNormInferencer, seed: int, name: str
) -> dict[str, Counts]:
    """Find repetitions in what a camera sees, and in the true poses."""
    counts: dict[str, list[Counts]] = {}
    for number, clip in enumerate(tqdm(clips, desc=name, delay=2, leave=False)):
        rng = np.random.default_rng((seed, number))
        keypoints = see(clip.keypoints_world, rng)
        height = np.ptp(keypoints[..., 1], axis=1).max()
        noisy = keypoints + NOISE * height * rng.standard_normal(keypoints.shape)
        results = {
            'clean 2D': inferencer(keypoints, layout='h36m', fps=FPS),
            'noisy 2D': inferencer(noisy, layout='h36m', fps=FPS),
            'true poses': true_result(clip.keypoints_world),
        }
        for row, result in results.items():
            found = find_repetitions(result).spans
            counts.setdefault(row, []).append(count(found, clip.spans))
    return {
        row: Counts(*np.sum(all_counts, axis=0)) for row, all_counts in counts.items()
    }


def see(keypoints_world: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Project a clip into a camera on a random side, (T, 17, 2)."""
    rows = load_view_table()
    row = rows[rng.integers(len(rows))]
    camera = frontal_camera(keypoints_world, rng.uniform(-180, 180), row)
    points = torch.from_numpy(keypoints_world).float()
    return project(world_to_camera(points, camera), camera).numpy()


def true_result(keypoints_world: np.ndarray) -> PoseNormResult:
    """Build the result that inference would give if it made no error."""
    count = len(keypoints_world)
    up = root_frame(torch.from_numpy(keypoints_world))[:, 1].numpy()
    return PoseNormResult(
        joint_rotations=np.zeros((count, 0, 4), np.float32),
        normalized_poses=np.asarray(normalize_keypoints_3d(keypoints_world)),
        body_up=up,
        keypoints=np.zeros((count, 17, 2), np.float32),
        keypoints_visible=np.ones((count, 17), np.float32),
        frame_times=np.arange(count) / FPS,
        _pose_features=None,
    )


def count(found: np.ndarray, true: np.ndarray) -> Counts:
    """Count the true spans, (N, 2), that one found span each, (M, 2), agrees with.

    Spans overlap if their intersection is at least half of their union. They are exact
    if both ends are off by at most 20 % of the true span's length.
    """
    first, last = np.maximum(true[:, None], found), np.minimum(true[:, None], found)
    lengths = true[:, 1] - true[:, 0] + 1
    both = np.maximum(last[..., 1] - first[..., 0] + 1, 0)
    either = first[..., 1] - last[..., 0] + 1
    off = np.abs(true[:, None] - found).max(axis=-1, initial=0)
    # Found spans do not overlap, so at most one of them is the best of two true spans.
    overlapping = (both >= LEAST_OVERLAP * either).any(axis=1).sum()
    exact = (off <= MOST_OFF * lengths[:, None]).any(axis=1).sum()
    return Counts(len(true), len(found), int(overlapping), int(exact))


def table_row(name: str, counts: Counts) -> str:
    """Write a row of the table."""
    both = counts.there + counts.found
    scores = (2 * hits / both for hits in (counts.overlapping, counts.exact))
    cells = (name, counts.there, counts.found, *(f'{score:.3f}' for score in scores))
    return '| ' + ' | '.join(map(str, cells)) + ' |'


if __name__ == '__main__':
    sys.exit(main())
