"""Measure whether what is said of two clips is true.

figures  a stick figure does squats, right in A and with one thing wrong in B, both seen
from the same of eight sides: in how many cases the true difference is named first, and
in how many of the others something else is
views    one motion of people who were not trained on (motion capture, with a detector's
errors), seen from the front in A and from 45 or 90 degrees in B: in how many pairs a
difference is named, and how many are called unlike
actions  two clips of Penn Action and of motion capture that show the same action or
different ones: AUC of the distance of the verdict, and what it says
"""

import mmposenorm.stopping  # noqa: F401

import json
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections import defaultdict
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from evaluate_weights import DETECTED, MOCAP, build_model, draw_motions
from mmengine.dataset import default_collate
from mmengine.registry import init_default_scope
from sklearn.metrics import roc_auc_score
from tqdm import tqdm

from mmposenorm import PoseNormInferencer, compare
from mmposenorm.comparison import Comparison, mirror_result
from mmposenorm.comparison.differences import limb_of
from mmposenorm.comparison.verdict import judge
from mmposenorm.datasets.frontal_views import frontal_camera, load_view_table
from mmposenorm.datasets.synthetic.exercise import draw_squats
from mmposenorm.engine.runtime import one_sentence_errors
from mmposenorm.geometry.cameras import project, world_to_camera
from mmposenorm.pose_result import PoseNormResult
from mmposenorm.registry import DATASETS

PARTS = ('figures', 'views', 'actions')
SIDES = range(0, 360, 45)
NOISES = (0.0, 0.01)  # of the keypoints, relative to the height in the picture
# What is wrong in B, and how the first difference must read: kind and limb or angle.
WRONG = {
    'trunk leans 30 degrees': ({'lean': 30}, 'trunk_lean_forward'),
    'left elbow bent by 80 degrees': ({'elbow': 80}, 'left_elbow_flexion'),
    'left knee bent by 40 degrees': ({'knee': 40}, 'left_knee_flexion'),
    'left arm raised by 50 degrees': ({'shoulder': 50}, 'left_shoulder_elevation'),
    'left arm 0.4 s late': ({'arm_delay': 0.4}, 'timing of the left arm'),
    'one of three squats missing': ({}, 'missing'),
}


def parse_arguments(arguments: list[str] | None = None) -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(
        description=__doc__,
        epilog='example:\n  python tools/tables/tell_differences.py --only figures',
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument('--checkpoint', help='weights; the shipped ones by default')
    parser.add_argument('--data', type=Path, default=Path('data'))
    parser.add_argument('--only', nargs='+', choices=PARTS, default=PARTS)
    parser.add_argument(
        '--motions', type=int, default=14, help='of each set (%(default)s)'
    )
    parser.add_argument(
        '--pairs',
        type=int,
        default=200,
        help='of equal and of different actions, of each set (%(default)s)',
    )
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Print the figures."""
    args = parse_arguments(arguments)
    init_default_scope('mmposenorm')
    with one_sentence_errors():
        inferencer = PoseNormInferencer(checkpoint=args.checkpoint)
        if 'figures' in args.only:
            measure_figures(inferencer)
        if {'views', 'actions'} & set(args.only):
            filmed = {
                name: list(film_motions(args, file)) for name, file in MOCAP.items()
            }
            if 'views' in args.only:
                measure_views(filmed)
            if 'actions' in args.only:
                measure_actions(inferencer, filmed, args)


def measure_figures(inferencer: PoseNormInferencer) -> None:
    """Compare stick figures that do one thing differently."""
    told: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    views = [(noise, side) for noise in NOISES for side in SIDES]
    for noise, side in tqdm(views, desc='figures', delay=2, leave=False):
        right = see_figure(inferencer, draw_squats(3), side, noise)
        for name, (wrong, expected) in WRONG.items():
            squats = draw_squats(2 if expected == 'missing' else 3, **wrong)
            comparison = compare(right, see_figure(inferencer, squats, side, noise))
            told[name].append(is_told(comparison, expected))
    print('difference                          named first  something else first')
    for name, cases in told.items():
        true, false = np.sum(cases, axis=0)
        print(f'{name:35} {true:3d} of {len(cases)}    {false:3d}')
    true = np.mean([case[0] for cases in told.values() for case in cases])
    print(f'all: {true:.0%} named first')


def see_figure(
    inferencer: PoseNormInferencer, world: np.ndarray, side: float, noise: float
) -> PoseNormResult:
    """Film a figure from a side, with noise, and infer its poses."""
    camera = frontal_camera(world, side, load_view_table()[0])
    points = world_to_camera(torch.from_numpy(world), camera)
    keypoints = project(points, camera).numpy()
    size = noise * np.ptp(keypoints[..., 1])
    generator = np.random.default_rng(0)
    keypoints += size * generator.normal(size=keypoints.shape)
    return inferencer(keypoints, layout='h36m', fps=50)


def is_told(comparison: Comparison, expected: str) -> tuple[bool, bool]:
    """Whether the first difference is the expected one, or another."""
    if not comparison.differences:
        return False, False
    first = comparison.differences[0]
    said = {first.angle, first.kind, f'{first.kind} of the {limb_of(first.angle)}'}
    if first.kind == 'timing':
        said.remove(first.angle)
    return expected in said, expected not in said


def film_motions(args: Namespace, file: str) -> Iterator[tuple[dict, PoseNormResult]]:
    """Yield the description and the result of motions seen from three sides."""
    model = build_model({'checkpoint': args.checkpoint}, DETECTED)
    with TemporaryDirectory() as folder:
        motions = draw_motions(args.data / file, Path(folder), args.motions)
        dataset = DATASETS.build(motions | {'views': (0, 45, 90)})
        for i in tqdm(range(len(dataset)), desc=file, delay=2, leave=False):
            batch = model.data_preprocessor(default_collate([dataset[i]]))
            inputs, described = batch['inputs'], batch['data_samples']
            result = model.inferencer.infer_checked(
                inputs['keypoints'][0].numpy(),
                inputs['keypoints_visible'][0].numpy(),
                float(described['fps'][0]),
            )
            yield {key: some[0] for key, some in described.items()}, result


def measure_views(filmed: dict) -> None:
    """Compare each motion from the front with the same from other sides."""
    for name, clips in filmed.items():
        by_clip: dict[str, dict[str, PoseNormResult]] = defaultdict(dict)
        for described, result in clips:
            by_clip[described['clip_id']][described['view']] = result
        for view in ('yaw+45', 'yaw+90'):
            said = [
                compare(views['yaw+0'], views[view])
                for views in by_clip.values()
                if {'yaw+0', view} <= set(views)
            ]
            false = sum(bool(comparison.differences) for comparison in said)
            unlike = sum(comparison.verdict.kind != 'alike' for comparison in said)
            print(
                f'{name}, front and {view}: of {len(said)} pairs of the same motion '
                f'{false} with a difference, {unlike} not called alike'
            )


def measure_actions(
    inferencer: PoseNormInferencer, filmed: dict, args: Namespace
) -> None:
    """Judge pairs of clips of equal and of different actions."""
    sets = {
        name: [(described['action'], described['clip_id'], result)
               for described, result in clips]
        for name, clips in filmed.items()
    }  # fmt: skip
    sets['Penn Action'] = list(infer_penn_action(inferencer, args.data))
    for name, clips in sets.items():
        kinds, distances, are_equal = [], [], []
        for a, b, is_equal in draw_pairs(clips, args.pairs):
            mirrored = mirror_result(
                a, inferencer.skeleton.joint_names, inferencer.embed
            )
            kinds.append(judge(a, b, lambda mirrored=mirrored: mirrored).kind)
            distances.append(min(judge(c, b).distance for c in (a, mirrored)))
            are_equal.append(is_equal)
        print(f'{name}: AUC {roc_auc_score(~np.array(are_equal), distances):.3f}')
        for is_equal in (True, False):
            some = [k for k, e in zip(kinds, are_equal, strict=True) if e == is_equal]
            shares = {kind: some.count(kind) / len(some) for kind in sorted(set(some))}
            what = 'equal' if is_equal else 'different'
            print(f'  {len(some)} pairs of {what} actions: {json.dumps(shares)}')


def infer_penn_action(
    inferencer: PoseNormInferencer, data: Path, each: int = 8
) -> Iterator[tuple[str, str, PoseNormResult]]:
    """Yield action, name and result of some clips of each action."""
    dataset = DATASETS.build(
        {'type': 'PennAction', 'data_root': data / 'penn_action', 'split': 'all'}
    )
    taken: dict[str, int] = defaultdict(int)
    generator = np.random.default_rng(0)
    for i in generator.permutation(len(dataset.clips)):
        clip = dataset.clips[i]
        if taken[clip.action] < each:
            taken[clip.action] += 1
            result = inferencer.infer_checked(
                clip.keypoints, clip.keypoints_visible, clip.fps
            )
            yield clip.action, clip.clip_id, result


def draw_pairs(
    clips: list[tuple[str, str, PoseNormResult]], count: int
) -> Iterator[tuple[PoseNormResult, PoseNormResult, bool]]:
    """Yield pairs of different clips, as many of equal as of different actions."""
    generator = np.random.default_rng(0)
    every = list(permutations(range(len(clips)), 2))
    for is_equal in (True, False):
        fitting = [
            (i, j)
            for i, j in every
            if (clips[i][0] == clips[j][0]) == is_equal and clips[i][1] != clips[j][1]
        ]
        for k in generator.permutation(len(fitting))[:count]:
            i, j = fitting[k]
            yield clips[i][2], clips[j][2], is_equal


if __name__ == '__main__':
    sys.exit(main())
