"""Measure how wrong joint angles are, and how much people differ who do the same.

Writes mmposenorm/comparison/angles.json, by which differences between clips are judged.
By angle, in degrees:

error      mean error of the estimate, on motion capture of people who were not trained
           on, with a detector's errors, seen from all around
per_sigma  the same divided by the mean expected error of the directions of the bones
           (0 if the weights do not estimate it)
spread     mean difference between two people who do the same movement right: true poses
           of UI-PRMD's training people, aligned

Prints, too, by which factor the error of each bone's direction exceeds what the weights
expect, on either set: by it the `calibration` of DirectionSigmaHead is still to be
multiplied. (UI-PRMD's joint centres are uncertain, those of the trunk most of all.)
"""

import mmposenorm.stopping  # noqa: F401

import json
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

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
from mmposenorm.geometry.distances import bone_angles_between
from mmposenorm.geometry.kinematics import LEFT_HIP, RIGHT_HIP, root_frame
from mmposenorm.geometry.normalization import body_up
from mmposenorm.models.uncertainty import NUM_BONES
from mmposenorm.registry import DATASETS
from mmposenorm.skeletons import H36M_KEYPOINTS

OUT = Path('mmposenorm/comparison/angles.json')
MEASURED = ('CMU test', 'UI-PRMD dev')
SPREAD = 'mocap/uiprmd.npz'


class Measured(NamedTuple):
    """A clip of a set: angles in degrees, (T, N), and bones in radians, (T, 16)."""

    name: str
    errors: np.ndarray
    expected: np.ndarray
    bone_errors: np.ndarray
    bone_expected: np.ndarray


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
        clips = list(measure_clips(args))
        error = np.nanmean(np.concatenate([clip.errors for clip in clips]), axis=0)
        expected = np.concatenate([clip.expected for clip in clips]).mean(axis=0)
        figures = {
            'error': error,
            'per_sigma': error / expected,
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
    for keypoint, *factors in zip(
        H36M_KEYPOINTS[1:], *bone_factors(clips), strict=True
    ):
        row = '  '.join(
            f'{name} {factor:.2f}'
            for name, factor in zip(MEASURED, factors, strict=True)
        )
        print(f'bone to {keypoint:15} {row}')


def bone_factors(clips: list[Measured]) -> list[np.ndarray]:
    """By how much the bones' errors exceed the expected ones, (16,) for each set."""
    factors = []
    for name in MEASURED:
        errors, expected = (
            np.concatenate([getattr(c, field) for c in clips if c.name == name])
            for field in ('bone_errors', 'bone_expected')
        )
        means = errors.mean(axis=0), expected.mean(axis=0)
        ones = np.ones(NUM_BONES)
        factors.append(np.divide(*means, out=ones, where=means[0] > 0))
    return factors


def measure_clips(args: Namespace) -> Iterator[Measured]:
    """Estimate the poses of clips and compare angles and bones with the true ones."""
    model = build_model({'checkpoint': args.checkpoint}, DETECTED)
    for name in MEASURED:
        with TemporaryDirectory() as folder:
            motions = draw_motions(args.data / MOCAP[name], Path(folder), args.motions)
            dataset = DATASETS.build(motions | {'views': VIEWS})
            for i in tqdm(range(len(dataset)), desc=name, delay=2, leave=False):
                batch = model.data_preprocessor(default_collate([dataset[i]]))
                yield measure_clip(name, model, batch)


def measure_clip(name: str, model: torch.nn.Module, batch: dict) -> Measured:
    """Compare the angles and bones of one clip with the true ones."""
    sample = model(**batch)[0]
    predicted, truth = sample.pred_instances, batch['inputs']['lifting_target'][0]
    true_poses = normalize_keypoints_3d(truth.numpy())
    estimated = measure_angles(predicted.normalized_poses, predicted.body_up)
    true = measure_angles(true_poses, body_up(root_frame(truth.double())).numpy())
    bones = bone_angles_between(
        torch.as_tensor(predicted.normalized_poses), torch.as_tensor(true_poses)
    ).numpy()
    bones[:, [RIGHT_HIP - 1, LEFT_HIP - 1]] = 0  # the root frame's x axis
    sigma = predicted.get('direction_sigma')
    unknown = sigma is None
    return Measured(
        name=name,
        errors=np.abs((estimated - true + 180) % 360 - 180),
        expected=np.full(true.shape, np.inf) if unknown else bone_sigma(sigma),
        bone_errors=bones,
        bone_expected=np.full(bones.shape, np.inf) if unknown else np.asarray(sigma),
    )


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
