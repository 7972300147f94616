"""Measure how well one example finds a movement in long clips of other people.

Sessions are right repetitions of UI-PRMD's ten movements by one person, in random order
and joined by transitions, seen by a virtual camera from a random side. Of each movement
one repetition by anybody else is the example, seen from another random side. Where it
resembles the session, as it is or mirrored, is found by
mmposenorm.alignment.find_occurrences. Recordings of impossible bodies are left out.
"""

import mmposenorm.stopping  # noqa: F401

import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from find_repetitions import FPS, pause, see, true_result
from mmengine.registry import init_default_scope
from retrieve import ROWS, TRUTH, build_pr_vipe, markdown
from tqdm import tqdm
from warped_views import View, virtual_view

from mmposenorm import PoseNormInferencer
from mmposenorm.alignment import Occurrence, find_occurrences
from mmposenorm.atomic_files import atomic_path
from mmposenorm.datasets.clip_dataset import Clip
from mmposenorm.datasets.mocap_clips import MocapClips
from mmposenorm.engine.runtime import one_sentence_errors
from mmposenorm.evaluation.frame_descriptions import describe_frames
from mmposenorm.evaluation.spotting import (
    Spans,
    Spotted,
    spotting_precision,
    summarize_spotting,
)
from mmposenorm.skeletons import H36M_MIRRORED
from mmposenorm.transforms.network_input import prepare_keypoints

STEP = 2  # every second frame is compared, 25 a second
FILES = {'dev': 'uiprmd_dev.npz', 'train': 'uiprmd.npz'}
EXACT, DETECTED = 'exact 2D', "with a detector's errors"
# Thighs of a body differ by no more than this factor. Those of s10 in the shoulder
# extensions measure .64 and 1.08 m.
EVEN_THIGHS = 1.25
SHOWN = ('mAP@0.1', 'mAP@0.3', 'mAP@0.5')

# What describes the frames of a clip by row, (T, E) each.
Rows = dict[str, np.ndarray]


class Session(NamedTuple):
    """A long clip of one person, and examples of its movements by another person.

    Attributes:
        rows: What describes its frames.
        spans: First and last frames of the repetitions, (N, 2).
        labels: What each of them is, (N,).
        examples: An example of each movement, as it is and mirrored.
    """

    rows: Rows
    spans: np.ndarray
    labels: np.ndarray
    examples: dict[str, tuple[Rows, Rows]]


def parse_arguments(arguments: list[str] | None = None) -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(
        description=__doc__, formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument('--people', choices=FILES, default='dev')
    parser.add_argument(
        '--seen', nargs='+', choices=(EXACT, DETECTED), default=(EXACT, DETECTED)
    )
    parser.add_argument('--data', type=Path, default=Path('data'))
    parser.add_argument(
        '--sessions', type=int, default=2, help='of each person (%(default)s)'
    )
    parser.add_argument(
        '--repetitions', type=int, default=3, help='of each movement (%(default)s)'
    )
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument(
        '--checkpoint', help='weights of our rows; those that ship by default'
    )
    parser.add_argument(
        '--work-dirs',
        type=Path,
        default=Path('work_dirs'),
        help='work folders of the trained models (%(default)s)',
    )
    parser.add_argument('--out', type=Path, help='Markdown file for the tables')
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Print the tables."""
    args = parse_arguments(arguments)
    init_default_scope('mmposenorm')
    with one_sentence_errors():
        everybody = {
            name: right_repetitions(args.data / 'mocap' / file)
            for name, file in FILES.items()
        }
        describer = Describer(args)
        parts = []
        for seen in args.seen:
            rng = np.random.default_rng(args.seed)
            sessions = list(draw_sessions(everybody, describer, seen, args, rng))
            figures = {
                name: measure(sessions, name)
                for name in tqdm(sessions[0].rows, desc='rows', delay=2)
            }
            parts.append(tables(figures, seen))
            print(parts[-1], flush=True)
        if args.out is not None:
            with atomic_path(args.out) as partial:
                partial.write_text('\n'.join(parts))


def right_repetitions(file: Path) -> dict[str, dict[str, list[np.ndarray]]]:
    """Read the right repetitions of each person and movement, (T, 17, 3) each."""
    if not file.is_file():
        raise FileNotFoundError(f'{file} not found. Name the folder of the data.')
    clips: list[Clip] = MocapClips(file, test_mode=True, views=(0,)).clips
    people: dict[str, dict[str, list[np.ndarray]]] = {}
    for clip in sorted(clips, key=lambda clip: clip.clip_id):
        right = not clip.clip_id.endswith('_inc')
        if right and has_even_thighs(clip.keypoints_world):
            movements = people.setdefault(clip.subject, {})
            movements.setdefault(clip.action, []).append(clip.keypoints_world)
    return people


def has_even_thighs(world: np.ndarray) -> bool:
    """Tell whether the thighs of somebody, (T, 17, 3), are about as long."""
    right, left = (
        np.linalg.norm(world[:, knee] - world[:, hip], axis=-1).mean()
        for hip, knee in ((1, 2), (4, 5))
    )
    return max(right, left) <= EVEN_THIGHS * min(right, left)


def draw_sessions(
    everybody: dict[str, dict[str, dict[str, list[np.ndarray]]]],
    describer: 'Describer',
    seen: str,
    args: Namespace,
    rng: np.random.Generator,
) -> Iterator[Session]:
    """Draw sessions of each person with examples by others, and look at them."""
    people = {who: some for file in everybody.values() for who, some in file.items()}
    movements = sorted({name for some in people.values() for name in some})
    chosen = [*everybody[args.people]]
    for person in tqdm(chosen * args.sessions, desc=seen):
        world, spans, labels = join(people[person], args.repetitions, rng)
        examples = {}
        for movement in movements:
            others = [w for w in people if w != person and movement in people[w]]
            repetitions = people[others[rng.integers(len(others))]][movement]
            example = repetitions[rng.integers(len(repetitions))]
            examples[movement] = describer.both_ways(example, seen, rng)
        session = describer(world, look(world, seen, rng))
        yield Session(session, spans, labels, examples)


def join(
    movements: dict[str, list[np.ndarray]], count: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Join repetitions of all movements in random order.

    Args:
        movements: The repetitions of a person.
        count: How many of each movement.
        rng: Random generator.

    Returns:
        The clip, (T, 17, 3), the first and last frames of the repetitions, (N, 2), and
        what each is, (N,).
    """
    drawn = [
        (name, some[i])
        for name, some in movements.items()
        for i in rng.permutation(len(some))[:count]
    ]
    parts: list[np.ndarray] = []
    spans, labels, length = [], [], 0
    for number in rng.permutation(len(drawn)):
        name, repetition = drawn[number]
        if parts:
            parts.append(pause(parts[-1][-1], repetition[0], rng))
            length += len(parts[-1])
        spans.append((length, length + len(repetition) - 1))
        labels.append(name)
        parts.append(repetition)
        length += len(repetition)
    return np.concatenate(parts), np.array(spans), np.array(labels)


def look(world: np.ndarray, seen: str, rng: np.random.Generator) -> View:
    """See a clip from a random side, exactly or as a detector does."""
    if seen == DETECTED:
        generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
        return virtual_view(torch.from_numpy(world).float(), generator)
    visible = np.ones(world.shape[:2], np.float32)
    return View(see(world, rng), visible, FPS, np.arange(len(world), dtype=float))


class Describer:
    """Describes the frames of clips by the rows of the table."""

    def __init__(self, args: Namespace) -> None:
        self.inferencer = PoseNormInferencer(checkpoint=args.checkpoint)
        self.pr_vipe = build_pr_vipe([], args.work_dirs)
        self.rows = [*ROWS, TRUTH]
        if isinstance(self.pr_vipe, str):
            print(f'Without Pr-VIPE: {self.pr_vipe}', file=sys.stderr)
            self.rows = [row for row in self.rows if row.model != 'pr_vipe']

    @torch.inference_mode()
    def __call__(self, world: np.ndarray, view: View) -> Rows:
        """Describe every second frame of a clip, given its true poses and a view."""
        labels, visible = prepare_keypoints(
            torch.from_numpy(view.keypoints)[None], torch.from_numpy(view.visible)[None]
        )
        result = self.inferencer(
            view.keypoints, view.visible, layout='h36m', fps=view.fps
        )
        fields: dict[str, Any] = {
            'input': {'keypoint_labels': labels[0]},
            'ours': result.to_data_sample().pred_instances,
            'truth': {'normalized_poses': true_result(world).normalized_poses},
        }
        if not isinstance(self.pr_vipe, str):
            prepared = {'keypoint_labels': labels, 'keypoints_visible': visible}
            embedded = self.pr_vipe(prepared)['pose_features'][0]
            fields['pr_vipe'] = {'pose_features': embedded}
        return {
            row.name: describe_frames(fields[row.model], **row.description)[::STEP]
            for row in self.rows
        }

    def both_ways(
        self, world: np.ndarray, seen: str, rng: np.random.Generator
    ) -> tuple[Rows, Rows]:
        """Describe a clip from a random side, and its mirror image."""
        view = look(world, seen, rng)
        mirrored = view._replace(
            keypoints=view.keypoints[:, H36M_MIRRORED] * np.float32([-1, 1]),
            visible=view.visible[:, H36M_MIRRORED],
        )
        other_world = world[:, H36M_MIRRORED] * np.float32([-1, 1, 1])
        return self(world, view), self(other_world, mirrored)


def measure(sessions: list[Session], row: str) -> dict[str, np.ndarray]:
    """Measure the average precision of each movement by one description."""
    return spotting_precision([spot(session, row) for session in sessions])


def spot(session: Session, row: str) -> Spotted:
    """Find the movements of a session by their examples, as they are and mirrored."""
    spans, labels, scores = [], [], []
    for movement, examples in session.examples.items():
        found = [
            occurrence
            for example in examples
            for occurrence in find_occurrences(example[row], session.rows[row])
        ]
        for one in without_overlaps(found):
            spans.append((STEP * one.start, STEP * one.end + STEP - 1))
            labels.append(movement)
            scores.append(-one.distance)
    return Spotted(
        Spans(np.array(spans), np.array(labels), np.array(scores)),
        Spans(session.spans, session.labels, np.zeros(len(session.labels))),
    )


def without_overlaps(found: list[Occurrence]) -> list[Occurrence]:
    """Leave out occurrences that overlap with nearer ones."""
    kept: list[Occurrence] = []
    for one in sorted(found, key=lambda one: one.distance):
        if all(one.end < other.start or other.end < one.start for other in kept):
            kept.append(one)
    return kept


def tables(figures: dict[str, dict[str, np.ndarray]], seen: str) -> str:
    """Lay out the means over the movements, and each movement at tIoU .5.

    Args:
        figures: Average precision of each movement, by row.
        seen: How the clips were seen.
    """
    means = {
        name: [f'{summarize_spotting(found)[key]:.1f}' for key in SHOWN]
        for name, found in figures.items()
    }
    movements = {
        movement: [f'{100 * found[movement][-1]:.0f}' for found in figures.values()]
        for movement in next(iter(figures.values()))
    }
    return (
        f'## Found by one example, {seen}\n\n{markdown(list(SHOWN), means)}\n'
        f'### Each movement, tIoU .5, {seen}\n\n{markdown(list(figures), movements)}'
    )


if __name__ == '__main__':
    sys.exit(main())
