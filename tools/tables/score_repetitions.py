"""Calibrate the score on UI-PRMD's repetitions, and measure how it tells wrong ones.

A query is compared with right repetitions of other people who do the movement with the
same side of the body, each seen by a virtual camera from another random side. The curve
comes from right queries of the people of the training split, with a detector's errors.
Figures are measured on the people of the development split, whose references are
everybody else, with a detector's errors and from exact 2D.
"""

import mmposenorm.stopping  # noqa: F401

import json
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from find_repetitions import FPS, see, true_result
from scipy.stats import mannwhitneyu
from tqdm import tqdm
from warped_views import virtual_view

from mmposenorm import PoseNormInferencer, align
from mmposenorm.alignment.distances import pair_distances
from mmposenorm.alignment.options import NOISY_DIAGONAL_WEIGHT
from mmposenorm.atomic_files import atomic_path
from mmposenorm.comparison.descriptions import common_features, describe_frames
from mmposenorm.comparison.score import (
    CURVE_FILE,
    Deviations,
    distance_of,
    measure_deviations,
    score_of,
)
from mmposenorm.datasets.clip_dataset import Clip
from mmposenorm.datasets.mocap_clips import MocapClips
from mmposenorm.engine.runtime import one_sentence_errors
from mmposenorm.pose_result import PoseNormResult

SHARES = (90, 80, 70, 60, 50, 40, 30, 20, 10)
# People of whom one uses the left and one the right side are farther apart than those
# of one side, by more than this factor, in their true poses.
SAME_SIDE = 1.5
EXACT, DETECTED = 'exact 2D', "with a detector's errors"
# Left for right. Of the angles, four of the trunk come first, then left before right;
# of the directions, line of the shoulders and up come last, which stay.
MIRRORED = {
    'ranges': [0, 1, 2, 3, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14, 17, 16],
    'directions': [2, 3, 0, 1, 6, 7, 4, 5, 8, 9],
    'lasting': [2, 3, 0, 1, 6, 7, 4, 5, 8, 9],
}


class Repetition(NamedTuple):
    """A repetition, seen from two sides in each of several ways, and its true poses."""

    movement: str
    person: str
    right: bool
    views: dict[str, tuple[PoseNormResult, PoseNormResult]]
    true: PoseNormResult


class Pair(NamedTuple):
    """The number of a query, and by how much it differs from a reference."""

    query: int
    deviations: Deviations


def parse_arguments(arguments: list[str] | None = None) -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(
        description=__doc__, formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument('--checkpoint', help='weights; those that ship by default')
    parser.add_argument('--data', type=Path, default=Path('data'))
    parser.add_argument(
        '--queries',
        type=int,
        default=8,
        help='of each person and movement, right and wrong each (%(default)s)',
    )
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument(
        '--write',
        action='store_true',
        help=f'the new curve to {CURVE_FILE.name}, which the package reads',
    )
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Print the figures, and write the curve if asked to."""
    args = parse_arguments(arguments)
    with one_sentence_errors():
        inferencer = PoseNormInferencer(checkpoint=args.checkpoint)
        rng = np.random.default_rng(args.seed)
        train, dev = (
            list(repetitions(args.data / 'mocap' / file, inferencer, args, rng))
            for file in ('uiprmd.npz', 'uiprmd_dev.npz')
        )
        usual = None
        if args.write:
            right = [repetition for repetition in train if repetition.right]
            measured = calibrate(list(compare_all(right, right, rng, DETECTED)))
            with atomic_path(CURVE_FILE) as partial:
                partial.write_text(json.dumps(measured, indent=1) + '\n')
            usual = Deviations(
                *(np.array(measured[name], float) for name in Deviations._fields)
            )
        print('| | AUC | one reference | score of right ones | of wrong ones |')
        print('|---|---|---|---|---|')
        for seen in (EXACT, DETECTED):
            found = list(compare_all(dev, train + dev, rng, seen))
            figures = ' | '.join(f'{x:.3g}' for x in measure(dev, found, usual))
            print(f'| {seen} | {figures} |')


def repetitions(
    file: Path,
    inferencer: PoseNormInferencer,
    args: Namespace,
    rng: np.random.Generator,
) -> Iterator[Repetition]:
    """Draw repetitions of each person and movement and see each from two sides."""
    clips = MocapClips(
        file, file.with_name('index.json'), test_mode=True, views=(0,)
    ).clips
    groups: dict[tuple, list[Clip]] = {}
    for clip in clips:
        right = not clip.clip_id.endswith('_inc')
        movement = clip.action.removesuffix(' (incorrect)')
        groups.setdefault((movement, clip.subject, right), []).append(clip)
    for (movement, person, right), group in tqdm(groups.items(), desc=file.stem):
        for number in sorted(rng.permutation(len(group))[: args.queries]):
            world = group[number].keypoints_world
            views = {
                seen: (look(world, inferencer, rng), look(world, inferencer, rng))
                for seen, look in ((EXACT, see_exactly), (DETECTED, see_detected))
            }
            yield Repetition(movement, person, right, views, true_result(world))


def see_exactly(
    world: np.ndarray, inferencer: PoseNormInferencer, rng: np.random.Generator
) -> PoseNormResult:
    """See a repetition from a random side, without any error."""
    return inferencer(see(world, rng), layout='h36m', fps=FPS)


def see_detected(
    world: np.ndarray, inferencer: PoseNormInferencer, rng: np.random.Generator
) -> PoseNormResult:
    """See a repetition from a random side as a detector does."""
    generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
    view = virtual_view(torch.from_numpy(world).float(), generator)
    return inferencer(view.keypoints, view.visible, layout='h36m', fps=FPS)


def compare_all(
    queries: list[Repetition],
    references: list[Repetition],
    rng: np.random.Generator,
    seen: str,
) -> Iterator[Pair]:
    """Compare each query with a right repetition of each other person of its side."""
    groups: dict[str, dict[str, list[Repetition]]] = {}
    for reference in references:
        if reference.right:
            people = groups.setdefault(reference.movement, {})
            people.setdefault(reference.person, []).append(reference)
    sides = {
        (movement, person): same_side(person, people)
        for movement, people in groups.items()
        for person in people
    }
    for number, query in enumerate(tqdm(queries, desc='pairs')):
        for person in sides[query.movement, query.person]:
            others = groups[query.movement][person]
            reference = others[rng.integers(len(others))]
            views = reference.views[seen][0], query.views[seen][1]
            yield Pair(number, measure_deviations(*views, match(*views)))


def same_side(person: str, people: dict[str, list[Repetition]]) -> list[str]:
    """Find the other people who use the same side in a movement, by true poses."""
    apart = {
        other: farthest(people[person][0].true, people[other][0].true)
        for other in people
        if other != person
    }
    nearest = min(apart.values())
    return [other for other in apart if apart[other] <= SAME_SIDE * nearest]


def farthest(clip_a: PoseNormResult, clip_b: PoseNormResult) -> float:
    """90th percentile of the distances of matched poses."""
    a, b = (describe_frames(clip, 'normalized') for clip in (clip_a, clip_b))
    of_a, of_b = match(clip_a, clip_b).T
    return float(np.percentile(pair_distances(a[of_a], b[of_b]), 90))


def match(clip_a: PoseNormResult, clip_b: PoseNormResult) -> np.ndarray:
    """Align two repetitions from beginning to end; return the path, (L, 2)."""
    kind = common_features(clip_a, clip_b)
    described = [describe_frames(clip, kind) for clip in (clip_a, clip_b)]
    return align(*described, diagonal_weight=NOISY_DIAGONAL_WEIGHT).path


def calibrate(pairs: list[Pair]) -> dict:
    """Compute usual deviations and the curve of the score from right repetitions.

    Args:
        pairs: Pairs of repetitions of people who do the same movement right.

    Returns:
        The fields of :class:`mmposenorm.comparison.score.Deviations`: their means, left
        and right averaged; ``shares`` in per cent, and the ``distances`` that these
        shares of the pairs reach.
    """
    means = {
        name: np.ma.masked_invalid([getattr(pair.deviations, name) for pair in pairs])
        .mean(axis=0)
        .filled(np.nan)
        for name in Deviations._fields
    }
    usual = Deviations(
        *(
            np.round((mean + mean[MIRRORED[name]]) / 2, 4)
            for name, mean in means.items()
        )
    )
    distances = [distance_of(pair.deviations, usual) for pair in pairs]
    quantiles = np.quantile(distances, 1 - np.array(SHARES) / 100)
    return {
        # An angle that is never seen, as those of the head are not, is not known.
        **{
            name: [None if np.isnan(value) else float(value) for value in values]
            for name, values in usual._asdict().items()
        },
        'shares': list(SHARES),
        'distances': [round(float(x), 3) for x in quantiles],
    }


def measure(
    queries: list[Repetition], pairs: list[Pair], usual: Deviations | None = None
) -> tuple[float, float, float, float]:
    """Measure how distances tell wrong queries from right ones.

    Args:
        queries: The queries.
        pairs: By how much they differ from references.
        usual: See :func:`mmposenorm.comparison.score.distance_of`.

    Returns:
        Area under the curve, averaged over movements, of the mean distance from all
        references and of that from a single one; the median score of right and of
        wrong queries against one reference.
    """
    by_query: dict[int, list[float]] = {}
    for pair in pairs:
        distance = distance_of(pair.deviations, usual)
        by_query.setdefault(pair.query, []).append(distance)
    means: dict[tuple[str, bool], list[float]] = {}
    singles: dict[tuple[str, bool], list[float]] = {}
    for number, found in by_query.items():
        query = queries[number]
        key = query.movement, query.right
        means.setdefault(key, []).append(np.mean(found))
        singles.setdefault(key, []).extend(found)
    scores = [
        np.median(
            [score_of(x) for (_, r), d in singles.items() if r is right for x in d]
        )
        for right in (True, False)
    ]
    return area(means), area(singles), *scores


def area(groups: dict[tuple[str, bool], list[float]]) -> float:
    """Average the area under the ROC curve over movements."""
    areas = []
    for movement in {movement for movement, _ in groups}:
        right, wrong = groups[movement, True], groups[movement, False]
        larger = mannwhitneyu(wrong, right).statistic
        areas.append(larger / (len(right) * len(wrong)))
    return float(np.mean(areas))


if __name__ == '__main__':
    sys.exit(main())
