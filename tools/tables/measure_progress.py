"""Print Kendall's tau on Penn Action: do nearest frames keep the order of an action?

For every second frame of a clip, the nearest frame of another clip of the same action
is taken. Tau is 1 if these are in the same order, -1 if they are in the opposite one.
It is averaged over all ordered pairs of clips of an action, for 13 actions (protocol of
TCC and its successors). A frame is described on its own, or by what the frames around
it show as well, in all rows alike. All rows see the same poses, with unseen joints
completed, and nothing was trained on these clips.
"""

import mmposenorm.stopping  # noqa: F401

import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from pathlib import Path

from evaluate_weights import LIMBS_AND_UP
from mmengine.config import Config, ConfigDict
from mmengine.registry import init_default_scope
from recognize_actions import CONFIGS, evaluate, markdown

from mmposenorm.atomic_files import atomic_path
from mmposenorm.engine.runtime import one_sentence_errors

UPRIGHT = {
    'features': ['normalized_poses', 'body_up'],
    'descriptor': 'upright_keypoints',
}
# Of each config of Table 4 the rows, and what describes a frame in them.
ROWS: dict[str, dict[str, list]] = {
    'table4/input.py': {
        'plain 2D coordinates': ['keypoint_labels'],
        'Euler angles, 2D poses': [
            {'features': 'keypoint_labels', 'descriptor': 'bone_angles'}
        ],
    },
    'table4/ours.py': {
        'normalized poses': ['normalized_poses'],
        'poses set upright by body up': [UPRIGHT],
        'limb directions': LIMBS_AND_UP[:1],
        'limb directions + body up': LIMBS_AND_UP,
        'pose features': ['pose_features'],
    },
}


CONTEXTS: dict[str, dict] = {
    'Each frame on its own': {},
    'With the second before and after': {'offsets': list(range(-30, 31, 10))},
    'With half a clip before and after': {
        'offsets': [eighths / 8 for eighths in range(-4, 5)],
        'in_clip_lengths': True,
    },
}


def parse_arguments(arguments: list[str] | None = None) -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(
        description=__doc__,
        epilog='example:\n  python tools/tables/measure_progress.py --split train',
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        '--penn-action', default='data/penn_action', metavar='DIR',
        help='folder of Penn Action (default: %(default)s)',
    )  # fmt: skip
    parser.add_argument(
        '--split', choices=('train', 'test', 'all'), default='test',
        help='which clips are compared with one another (default: %(default)s)',
    )  # fmt: skip
    parser.add_argument(
        '--stride', type=int, default=2,
        help='take every second frame, or every so many (default: %(default)s)',
    )  # fmt: skip
    parser.add_argument(
        '--checkpoint',
        help='weights with pose features instead of those that ship',
    )
    parser.add_argument('--out', type=Path, help='Markdown file for the table')
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Print the table."""
    args = parse_arguments(arguments)
    init_default_scope('mmposenorm')
    with one_sentence_errors():
        text = table(measure(args), args) + '\n'
        print(text)
        if args.out is not None:
            with atomic_path(args.out) as partial:
                partial.write_text(text)


def measure(args: Namespace) -> dict[str, dict[str, dict[str, float]]]:
    """Return the taus by context, row and action."""
    measured: dict[str, dict[str, dict[str, float]]] = {title: {} for title in CONTEXTS}
    for path, rows in ROWS.items():
        config = Config.fromfile(CONFIGS / path)
        if config.model.type == 'InferredPoses' and args.checkpoint is not None:
            config.model.checkpoint = args.checkpoint
        dataset = config.test_dataloader.dataset
        dataset.data_root, dataset.split = args.penn_action, args.split
        metrics = {
            f'{title}: {name}': {'features': parts, **context}
            for title, context in CONTEXTS.items()
            for name, parts in rows.items()
        }
        config.test_evaluator = [
            ConfigDict(type='KendallsTau', prefix=prefix, stride=args.stride, **options)
            for prefix, options in metrics.items()
        ]
        print(f'Evaluating {path} ...', file=sys.stderr)
        found = evaluate(config)
        for title, of_rows in measured.items():
            of_rows |= {name: with_prefix(found, f'{title}: {name}/') for name in rows}
    return measured


def with_prefix(figures: dict[str, float], prefix: str) -> dict[str, float]:
    """Pick the figures of a metric, without its prefix."""
    return {
        key.removeprefix(prefix): value
        for key, value in figures.items()
        if key.startswith(prefix)
    }


def table(measured: dict[str, dict[str, dict[str, float]]], args: Namespace) -> str:
    """Lay out a table for each context: the mean of the actions, then each action."""
    text = (
        "## Kendall's tau on Penn Action\n\n"
        f'Clips of the {args.split} split, every frame in {args.stride}, nearest '
        'frames by Euclidean distance. Means over the ordered pairs of clips of an '
        'action, then over the actions; `unlike`: pairs of clips of different actions.'
    )
    for title, rows in measured.items():
        lines = [
            (name, ['never', *(f'{tau:.3f}' for tau in taus.values())])
            for name, taus in rows.items()
        ]
        [first, *_] = rows.values()
        columns = [name.replace('_', ' ') for name in first]
        columns = ['trained on Penn Action', *columns]
        text += f'\n\n### {title}\n\n{markdown(columns, lines)}'
    return text


if __name__ == '__main__':
    main()
