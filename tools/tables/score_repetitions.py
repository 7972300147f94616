"""Calibrate the score on UI-PRMD's repetitions, and measure how it tells wrong ones.

A query is compared with right repetitions of other people who do the movement with the
same side of the body, each seen by a virtual camera from another random side. The curve
comes from right queries of the people of the training split. Figures are measured on
the people of the development split, whose references are everybody else.
"""

import json
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from find_repetitions import FPS, see, true_result
from scipy.stats import mannwhitneyu
from tqdm import tqdm

from mmposenorm import PoseNormInferencer, align
from mmposenorm.atomic_files import atomic_path
from mmposenorm.comparison.descriptions import common_features, describe_frames
from mmposenorm.comparison.score import (
    CURVE_FILE,
    clip_distance,
    score_of,
)
from mmposenorm.datasets.clip_dataset import Clip
from mmposenorm.datasets.mocap_clips import MocapClips
from mmposenorm.engine.runtime import one_sentence_errors
from mmposenorm.pose_result import PoseNormResult

DIAGONAL_WEIGHT = 1.5
SHARES = (90, 80, 70, 60, 50, 40, 30, 20, 10)
# People of whom one uses the left and one the right side are farther apart than those
# of one side, by more than this factor, in their true poses.
SAME_SIDE = 1.5


class Repetition(NamedTuple):
    """A repetition, seen from two sides, and its true poses."""

    movement: str
    person: str
    right: bool
    views: tuple[PoseNormResult, PoseNormResult]
    true: PoseNormResult


class Pair(NamedTuple):
    """The number of a query, and its distance from a reference."""

    query: int
    distance: float


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
        if args.write:
            pairs = compare_all(train, train, rng)
            right = [pair for pair in pairs if train[pair.query].right]
            with atomic_path(CURVE_FILE) as partial:
                partial.write_text(json.dumps(curve(right), indent=1) + '\n')
        print('| | AUC | one reference | score of right ones | of wrong ones |')
        print('|---|---|---|---|---|')
        found = list(compare_all(dev, train + dev, rng))
        figures = ' | '.join(f'{x:.3g}' for x in measure(dev, found))
        print(f'| UI-PRMD dev | {figures} |')


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
            first, second = (
                inferencer(see(world, rng), layout='h36m', fps=FPS) for _ in range(2)
            )
            views = first, second
            yield Repetition(movement, person, right, views, true_result(world))


def compare_all(
    queries: list[Repetition], references: list[Repetition], rng: np.random.Generator
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
            yield Pair(number, distance(reference.views[0], query.views[1]))


def same_side(person: str, people: dict[str, list[Repetition]]) -> list[str]:
    """Find the other people who use the same side in a movement, by true poses."""
    apart = {
        other: distance(people[person][0].true, people[other][0].true)
        for other in people
        if other != person
    }
    nearest = min(apart.values())
    return [other for other in apart if apart[other] <= SAME_SIDE * nearest]


def distance(clip_a: PoseNormResult, clip_b: PoseNormResult) -> float:
    """Align two repetitions from beginning to end and measure their distance."""
    kind = common_features(clip_a, clip_b)
    described = [describe_frames(clip, kind) for clip in (clip_a, clip_b)]
    alignment = align(*described, diagonal_weight=DIAGONAL_WEIGHT)
    return clip_distance(clip_a, clip_b, alignment)


def curve(pairs: list[Pair]) -> dict:
    """Compute the curve of the score from pairs of right repetitions."""
    old = json.loads(CURVE_FILE.read_text())['unit']
    distances = np.array([pair.distance for pair in pairs])
    median = float(np.median(distances))
    quantiles = np.quantile(distances / median, 1 - np.array(SHARES) / 100)
    return {
        'unit': round(old * median, 4),
        'shares': list(SHARES),
        'distances': [round(float(x), 3) for x in quantiles],
    }


def measure(
    queries: list[Repetition], pairs: list[Pair]
) -> tuple[float, float, float, float]:
    """Measure how distances tell wrong queries from right ones.

    Args:
        queries: The queries.
        pairs: Their distances from references.

    Returns:
        Area under the curve, averaged over movements, of the mean distance from all
        references and of that from a single one; the median score of right and of
        wrong queries against one reference.
    """
    by_query: dict[int, list[float]] = {}
    for pair in pairs:
        by_query.setdefault(pair.query, []).append(pair.distance)
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
