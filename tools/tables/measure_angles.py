"""Measure how wrong joint angles are, and how much people differ who do the same.

Writes mmposenorm/comparison/angles.json, by which differences between clips are judged.
By angle, in degrees:

error      mean error of the estimate, on motion capture of people who were not trained
           on, with a detector's errors, seen from all around
per_sigma  the same divided by the mean expected error of the directions of the bones
           (0 if the weights do not estimate it)
spread     mean difference between two people who do the same movement right: true poses
           of UI-PRMD's training people, aligned
"""

import json
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from evaluate_weights import DETECTED, MOCAP, VIEWS, build_model, draw_motions
from mmengine.dataset import default_collate
from mmengine.registry import init_default_scope
from tqdm import tqdm

from mmposenorm import align, normalize_keypoints_3d
from mmposenorm.atomic_files import atomic_path
from mmposenorm.comparison.angle_curves import bone_sigma
from mmposenorm.datasets.npz_file import open_npz
from mmposenorm.engine.runtime import one_sentence_errors
from mmposenorm.geometry.angles import ANGLES, measure_angles
from mmposenorm.geometry.descriptors import limb_directions
from mmposenorm.geometry.kinematics import root_frame
from mmposenorm.geometry.normalization import body_up
from mmposenorm.registry import DATASETS

OUT = Path('mmposenorm/comparison/angles.json')
MEASURED = ('CMU test', 'UI-PRMD dev')
SPREAD = 'mocap/uiprmd.npz'


def parse_arguments(arguments: list[str] | None = None) -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(
        description=__doc__,
        epilog='example:\n  python tools/tables/measure_angles.py --motions 40',
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument('--checkpoint', help='weights; the shipped ones by default')
    parser.add_argument('--data', type=Path, default=Path('data'))
    parser.add_argument(
        '--motions', type=int, default=20, help='of each set (%(default)s)'
    )
    parser.add_argument(
        '--pairs',
        type=int,
        default=20,
        help='of people, of each movement (%(default)s)',
    )
    parser.add_argument('--out', type=Path, default=OUT, help='(%(default)s)')
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Measure, print a table and write the file."""
    args = parse_arguments(arguments)
    init_default_scope('mmposenorm')
    with one_sentence_errors():
        errors, per_sigma = measure_errors(args)
        figures = {
            'error': errors,
            'per_sigma': per_sigma,
            'spread': measure_spread(args.data / SPREAD, args.pairs),
        }
        content = {
            name: dict(zip(ANGLES, np.round(values, 3).tolist(), strict=True))
            for name, values in figures.items()
        }
        with atomic_path(args.out) as partial:
            partial.write_text(json.dumps(content, indent=1) + '\n')
    for i, angle in enumerate(ANGLES):
        row = '  '.join(f'{name} {values[i]:5.1f}' for name, values in figures.items())
        print(f'{angle:26} {row}')


def measure_errors(args: Namespace) -> tuple[np.ndarray, np.ndarray]:
    """Mean error of each angle, (N,), and its ratio to what the bones expect, (N,)."""
    model = build_model({'checkpoint': args.checkpoint}, DETECTED)
    errors, expected = [], []
    for name in MEASURED:
        with TemporaryDirectory() as folder:
            motions = draw_motions(args.data / MOCAP[name], Path(folder), args.motions)
            dataset = DATASETS.build(motions | {'views': VIEWS})
            for i in tqdm(range(len(dataset)), desc=name, delay=2, leave=False):
                batch = model.data_preprocessor(default_collate([dataset[i]]))
                error, sigma = _errors_of(model, batch)
                errors.append(error)
                expected.append(sigma)
    error = np.nanmean(np.concatenate(errors), axis=0)
    return error, error / np.concatenate(expected).mean(axis=0)


def _errors_of(model: torch.nn.Module, batch: dict) -> tuple[np.ndarray, np.ndarray]:
    """Errors of the angles of one clip, (T, N), and the bones' expected ones."""
    sample = model(**batch)[0]
    predicted, truth = sample.pred_instances, batch['inputs']['lifting_target'][0]
    estimated = measure_angles(predicted.normalized_poses, predicted.body_up)
    true_up = body_up(root_frame(truth.double())).numpy()
    true = measure_angles(normalize_keypoints_3d(truth.numpy()), true_up)
    sigma = predicted.get('direction_sigma')
    expected = np.full(true.shape, np.inf) if sigma is None else bone_sigma(sigma)
    return np.abs((estimated - true + 180) % 360 - 180), expected


def measure_spread(file: Path, count: int, seed: int = 0) -> np.ndarray:
    """Mean difference of each angle between people who do the same right, (N,)."""
    differences = [
        np.nanmean(np.abs((b - a + 180) % 360 - 180), axis=0)
        for a, b in _aligned_angles(file, count, np.random.default_rng(seed))
    ]
    return np.nanmean(differences, axis=0)


def _aligned_angles(
    file: Path, count: int, rng: np.random.Generator
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the angles of two people along the path of their aligned true poses."""
    index = json.loads(file.with_name('index.json').read_text())
    by_movement = defaultdict(list)
    for trial in index:
        if trial['file'] == file.name and trial['correct']:
            by_movement[trial['movement']].append((trial['subject'], trial['key']))
    with open_npz(file) as trials:
        for movement in tqdm(sorted(by_movement), desc='spread', delay=2, leave=False):
            every = [
                (one, other)
                for (who, one), (whom, other) in combinations(by_movement[movement], 2)
                if who != whom
            ]
            for i in rng.permutation(len(every))[:count]:
                yield _angles_of_pair(*(trials[key] for key in every[i]))


def _angles_of_pair(
    world_a: np.ndarray, world_b: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    clips = []
    for world in (world_a, world_b):
        poses = normalize_keypoints_3d(world)
        frames = root_frame(torch.from_numpy(world).double()).numpy()
        angles = measure_angles(poses, frames[:, 1])  # y is up in the world
        clips.append((limb_directions(poses), angles))
    (directions_a, angles_a), (directions_b, angles_b) = clips
    path = align(directions_a, directions_b).path
    return angles_a[path[:, 0]], angles_b[path[:, 1]]


if __name__ == '__main__':
    sys.exit(main())
