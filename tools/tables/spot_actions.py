"""Measure how well labelled examples find actions in films that cut between people.

Penn Action: of each action's training clips, the first half are examples, and films are
clips of the other half, one after another; clips of one video have numbers that follow
each other, so that they are in one half. UTD-MHAD: examples are clips of two people
seen from the front, films are clips of two others, from the front or from the side;
write the views with tools/dataset_converters/utd_mhad.py first. The examples go into a
library, and PoseLibrary.spot divides the films up. No action is missing from the
examples, and a film shows nothing else than actions.
"""

import mmposenorm.stopping  # noqa: F401

import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from retrieve import markdown
from tqdm import tqdm

from mmposenorm import PoseNormInferencer
from mmposenorm.atomic_files import atomic_path
from mmposenorm.datasets.action_clips import ActionClip, ActionClips
from mmposenorm.datasets.penn_action import PennAction
from mmposenorm.engine.runtime import one_sentence_errors
from mmposenorm.evaluation.spotting import (
    Spans,
    Spotted,
    spotting_precision,
    summarize_spotting,
)
from mmposenorm.library import Label, PoseLibrary
from mmposenorm.skeletons import MIN_VISIBLE

CLIPS_OF_A_FILM = 10
EXAMPLE_PEOPLE = {'s1', 's3'}  # of UTD-MHAD, by the usual protocol
SHOWN = ('mAP@0.1', 'mAP@0.3', 'mAP@0.5')
LONGEST = 86_400.0  # s; a label that reaches beyond its clip is cut there

# Examples and clips of films.
Split = tuple[list[ActionClip], list[ActionClip]]


def parse_arguments(arguments: list[str] | None = None) -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(
        description=__doc__, formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument('--data', type=Path, default=Path('data'))
    parser.add_argument(
        '--views-dir',
        type=Path,
        default=Path('data/utd_mhad_views'),
        help='folder written by tools/dataset_converters/utd_mhad.py (%(default)s)',
    )
    parser.add_argument(
        '--examples', type=int, default=8, help='of each action, at most (%(default)s)'
    )
    parser.add_argument(
        '--tests', type=int, default=6, help='clips of each action (%(default)s)'
    )
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--checkpoint', help='weights; those that ship by default')
    parser.add_argument('--out', type=Path, help='Markdown file for the table')
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Print the table."""
    args = parse_arguments(arguments)
    with one_sentence_errors():
        inferencer = PoseNormInferencer(checkpoint=args.checkpoint)
        rows = {}
        for name, (examples, tests) in splits(args).items():
            rng = np.random.default_rng(args.seed)
            examples = draw(examples, args.examples, rng)
            tests = draw(tests, args.tests, rng)
            precision = spotting_precision(measure(inferencer, examples, tests, name))
            figures = summarize_spotting(precision)
            counts = len(precision), len(examples), len(tests)
            rows[name] = [*map(str, counts), *(f'{figures[key]:.1f}' for key in SHOWN)]
        table = markdown(['actions', 'examples', 'clips of films', *SHOWN], rows)
        print(table, flush=True)
        if args.out is not None:
            with atomic_path(args.out) as partial:
                partial.write_text(table)


def splits(args: Namespace) -> dict[str, Split]:
    """Read the data sets, each as examples and clips of films."""
    found = {'Penn Action': halves(PennAction(args.data / 'penn_action').clips)}
    clips = ActionClips(args.views_dir).clips
    for view, name in (('yaw+0', 'the front'), ('yaw+90', 'the side')):
        found[f'UTD-MHAD, films from {name}'] = (
            [c for c in clips if c.view == 'yaw+0' and c.subject in EXAMPLE_PEOPLE],
            [c for c in clips if c.view == view and c.subject not in EXAMPLE_PEOPLE],
        )
    return found


def halves(clips: Iterable[ActionClip]) -> Split:
    """Divide the clips of each action in which a body is seen."""
    actions: dict[str, list[ActionClip]] = defaultdict(list)
    for clip in clips:
        if (clip.keypoints_visible >= MIN_VISIBLE).any():
            actions[clip.action].append(clip)
    examples: list[ActionClip] = []
    tests: list[ActionClip] = []
    for some in actions.values():
        examples += some[: len(some) // 2]
        tests += some[len(some) // 2 :]
    return examples, tests


def draw(
    clips: list[ActionClip], count: int, rng: np.random.Generator
) -> list[ActionClip]:
    """Draw so many clips of each action, and put them into random order."""
    actions: dict[str, list[ActionClip]] = defaultdict(list)
    for clip in clips:
        actions[clip.action].append(clip)
    drawn = [
        some[number]
        for some in actions.values()
        for number in rng.permutation(len(some))[:count]
    ]
    return [drawn[number] for number in rng.permutation(len(drawn))]


def measure(
    inferencer: PoseNormInferencer,
    examples: list[ActionClip],
    tests: list[ActionClip],
    name: str,
) -> list[Spotted]:
    """Find the actions in films of the clips, by a library of the examples."""
    with TemporaryDirectory() as folder:
        library = PoseLibrary.open(folder, inferencer, create=True)
        for number, clip in enumerate(tqdm(examples, desc='examples', delay=2)):
            library.add(
                clip.keypoints,
                str(number),
                visible=clip.keypoints_visible,
                layout='h36m',
                fps=clip.fps,
            )
        library.save()
        library.label(
            Label(str(number), 0.0, LONGEST, clip.action)
            for number, clip in enumerate(examples)
        )
        films = range(0, len(tests), CLIPS_OF_A_FILM)
        return [
            spot(library, tests[start : start + CLIPS_OF_A_FILM])
            for start in tqdm(films, desc=name, delay=2)
        ]


def spot(library: PoseLibrary, clips: list[ActionClip]) -> Spotted:
    """Find the actions in a film of clips that follow each other."""
    parts = [
        library.inferencer.embed_moments(
            clip.keypoints, clip.keypoints_visible, 'h36m', clip.fps
        )[0]
        for clip in clips
    ]
    ends = np.cumsum([len(part) for part in parts])
    true = np.stack([ends - [len(part) for part in parts], ends - 1], axis=1)
    found = library.spot(np.concatenate(parts))
    return Spotted(
        Spans(
            np.array([(one.start, one.end) for one in found]).reshape(-1, 2),
            np.array([one.action for one in found]),
            np.array([-one.distance for one in found]),
        ),
        Spans(true, np.array([clip.action for clip in clips]), np.zeros(len(clips))),
    )


if __name__ == '__main__':
    sys.exit(main())
