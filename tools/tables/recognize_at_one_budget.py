r"""Print Table 4's features that were trained alike, with three seeds each.

All rows saw a hundred thousand frames of the same motion capture. Train them by
  python tools/train.py configs/table4/NAME.py
  python tools/train.py configs/table4/NAME.py --work-dir work_dirs/NAME_seed1 \
      --cfg-options randomness.seed=1
and so on. Where a checkpoint is missing, the row shows the command that trains it.
"""

import mmposenorm.stopping  # noqa: F401

import os
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from mmengine.config import Config
from mmengine.registry import init_default_scope
from recognize_actions import (
    ANGLES,
    CONFIGS,
    VARIANTS,
    evaluate,
    markdown,
    use_clips,
    use_views,
    whitened,
)

from mmposenorm.atomic_files import atomic_path
from mmposenorm.engine.runtime import one_sentence_errors

Change = Callable[[Config, Namespace], None]
# Title, how a config is changed, and heading and key of each column of a table.
TABLES: dict[str, tuple[str, Change, dict[str, str]]] = {
    'actions': (
        'On Penn Action',
        use_clips,
        {
            'top-1': 'top1',
            'any of 5': 'any5',
            'vote of 5': 'vote5',
            'mean of actions': 'mean_class',
        },
    ),
    'views': (
        'Across views, on UTD-MHAD',
        use_views,
        {f'{angle} degrees': f'top1_{angle}' for angle in ANGLES},
    ),
}


def parse_arguments() -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(
        description=__doc__,
        epilog='example:\n  python tools/tables/recognize_at_one_budget.py '
        '--out table.md',
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        '--tables', nargs='+', choices=TABLES, default=list(TABLES),
        help='tables to print (default: all)',
    )  # fmt: skip
    parser.add_argument(
        '--seeds', nargs='+', type=int, default=[0, 1, 2], metavar='SEED',
        help='seeds of the trainings (default: 0 1 2)',
    )  # fmt: skip
    parser.add_argument(
        '--rows', type=Path, default=Path(__file__).with_name('rows_penn.py'),
        help='list of rows (default: tools/tables/rows_penn.py)',
    )  # fmt: skip
    parser.add_argument(
        '--penn-action', default='data/penn_action', metavar='DIR',
        help='folder of Penn Action (default: %(default)s)',
    )  # fmt: skip
    parser.add_argument(
        '--views-dir', default='data/utd_mhad_views', metavar='DIR',
        help='folder written by tools/dataset_converters/utd_mhad.py '
        '(default: %(default)s)',
    )  # fmt: skip
    parser.add_argument(
        '--work-dirs', type=Path, default=Path('work_dirs'), metavar='DIR',
        help='work folders of the trained models (default: %(default)s)',
    )  # fmt: skip
    parser.add_argument('--out', type=Path, help='Markdown file for the tables')
    # What use_clips asks for.
    parser.set_defaults(clips_dir=None, protocol='folds')
    return parser.parse_args()


def main() -> None:
    """Print the tables."""
    args = parse_arguments()
    init_default_scope('mmposenorm')
    with one_sentence_errors():
        rows = Config.fromfile(args.rows).one_budget
        text = '\n\n'.join(table(rows, args, *TABLES[name]) for name in args.tables)
    print(text)
    if args.out is not None:
        with one_sentence_errors(), atomic_path(args.out) as partial:
            partial.write_text(text + '\n')


def table(
    rows: Sequence[dict],
    args: Namespace,
    title: str,
    change: Change,
    columns: dict[str, str],
) -> str:
    """Format the rows' figures on one data set: mean and deviation of the seeds."""
    figures = [measure_row(row, args, change) for row in rows]
    papers = ['top-1, paper', 'top-5, paper'] if change is use_clips else []
    text = f'## {title}'
    for variant, name in VARIANTS.items():
        lines = []
        for row, found in zip(rows, figures, strict=True):
            known = [f'{value:.2f}' for value in row.get('paper', {}).values()]
            cells = (known or ['', ''])[: len(papers)]
            if isinstance(found, str):
                cells.append(found)
            else:
                keys = [f'{row.prefix}{variant}/{key}' for key in columns.values()]
                cells += [spread([some[key] for some in found]) for key in keys]
            lines.append((row.name, cells))
        text += f'\n\n### {name}\n\n{markdown([*papers, *columns], lines)}'
    return text


def spread(values: Sequence[float]) -> str:
    """Format the mean and, of several values, their standard deviation."""
    if len(values) == 1:
        return f'{values[0]:.1f}'
    return f'{np.mean(values):.1f} ± {np.std(values, ddof=1):.1f}'


def measure_row(
    row: dict, args: Namespace, change: Change
) -> list[dict[str, float]] | str:
    """Test the models of all seeds of a row, or say how to train one that is missing.

    A row without ``trained`` has no seeds and is tested once.
    """
    if not row.get('trained', True):
        return [measure_model(row, None, args, change)]
    checkpoints = []
    for seed in args.seeds:
        config = CONFIGS / row.config
        name = config.stem + (f'_seed{seed}' if seed else '')
        iterations = Config.fromfile(config).train_cfg.max_iters
        checkpoints.append(args.work_dirs / name / f'iter_{iterations}.pth')
        if not checkpoints[-1].is_file():
            command = f'python tools/train.py {os.path.relpath(config)}'
            if seed:
                command += f' --work-dir {args.work_dirs / name}'
                command += f' --cfg-options randomness.seed={seed}'
            return f'{checkpoints[-1]} is missing: `{command}`'
    return [measure_model(row, file, args, change) for file in checkpoints]


def measure_model(
    row: dict, checkpoint: Path | None, args: Namespace, change: Change
) -> dict[str, float]:
    """Test one model, both as pooled and whitened."""
    config = Config.fromfile(CONFIGS / row.config)
    config.test_evaluator = [
        metric for metric in config.test_evaluator if metric.prefix == row.prefix
    ]
    config.load_from = checkpoint
    change(config, args)
    config.test_evaluator += [whitened(metric) for metric in config.test_evaluator]
    print(f'Evaluating {row.name}, {checkpoint} ...', file=sys.stderr)
    return evaluate(config)


if __name__ == '__main__':
    main()
