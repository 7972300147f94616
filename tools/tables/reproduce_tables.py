"""Evaluate the rows of Tables 1 to 3 and print them beside the paper's figures.

Where a checkpoint is missing, the row shows the command that trains it. Features that
another program computed, e.g. SMPL parameters, can be added to Table 2 from an npz file
with the arrays PAIR/source and PAIR/target; tools/tables/build_pairs.py writes the
frames to compute them for.
"""

import mmposenorm.stopping  # noqa: F401

import os
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.registry import init_default_scope

from mmposenorm.atomic_files import atomic_path
from mmposenorm.engine.runtime import (
    add_cfg_options,
    build_runner,
    one_sentence_errors,
    read_config,
)
from mmposenorm.evaluation.correspondence import measure_pairs, summarize_pairs
from mmposenorm.evaluation.feature_files import load_features
from mmposenorm.registry import DATASETS

CONFIGS = Path(__file__).resolve().parents[2] / 'configs'

# Heading, key of the figure and digits of each column. Keys of the paper's figures
# begin with 'paper'.
Columns = Sequence[tuple[str, str, int]]
TABLE_1: Columns = (
    ('MPJPE, paper', 'paper.mpjpe', 2),
    ('Delta, paper', 'paper.delta', 2),
    ('MPJPE', 'posenorm/MPJPE_mm', 1),
    ('P-MPJPE', 'posenorm/P-MPJPE_mm', 1),
    ('normalized error', 'posenorm/normalized_error_mm', 1),
    ('Delta-MPJPE', 'posenorm/Delta-MPJPE_mm', 1),
    ('MPJPE, clips', 'posenorm/MPJPE_clips_mm', 1),
    ('normalized error, clips', 'posenorm/normalized_error_clips_mm', 1),
    ('between views', 'posenorm/view_consistency_mm', 1),
    ('between bodies', 'posenorm/body_consistency_mm', 1),
)
TABLES_2_3: Columns = (
    ('hit@5, paper', 'paper.hit', 2),
    ('"MSE", paper', 'paper.mse', 2),
    *((f'hit@{k}', f'correspondence/hit@{k}', 2) for k in (1, 3, 5, 10)),
    ('MAE', 'correspondence/MAE', 2),
    ('MSE', 'correspondence/MSE', 0),
    ('median', 'correspondence/median', 1),
    ('hit@5, clips', 'correspondence/hit@5_clips', 2),
    ('MAE, clips', 'correspondence/MAE_clips', 2),
    ('hit@5, one match', 'correspondence/hit@5_single', 2),
    ('hit@5, one match, clips', 'correspondence/hit@5_single_clips', 2),
    ('MAE, one match', 'correspondence/MAE_single', 2),
    ('frames with one match', 'correspondence/single_share', 1),
)


def parse_arguments() -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(
        description=__doc__,
        epilog='example:\n'
        '  python tools/tables/reproduce_tables.py --tables 2 3 '
        '--features SMPL=smpl.npz',
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        '--rows',
        type=Path,
        default=Path(__file__).with_name('rows_cmu.py'),
        help='list of rows (default: tools/tables/rows_cmu.py)',
    )
    parser.add_argument(
        '--tables',
        type=int,
        nargs='+',
        choices=(1, 2, 3),
        default=(1, 2, 3),
        help='tables to print (default: all)',
    )
    parser.add_argument(
        '--work-dirs',
        type=Path,
        default=Path('work_dirs'),
        help='work folders of the trained models (default: %(default)s)',
    )
    parser.add_argument(
        '--features',
        nargs='+',
        default=[],
        metavar='NAME=FILE',
        help='features of another program to add to Table 2',
    )
    parser.add_argument('--out', type=Path, help='Markdown file for the tables')
    add_cfg_options(
        parser,
        'all configs of Tables 2 and 3',
        'test_dataloader.dataset.features_before_drop=True',
    )
    args = parser.parse_args()
    for name_and_file in args.features:
        if '=' not in name_and_file:
            parser.error(f'--features has {name_and_file!r}; expected NAME=FILE')
    return args


def main() -> None:
    """Print the selected tables."""
    args = parse_arguments()
    with one_sentence_errors():
        if not args.rows.is_file():
            raise FileNotFoundError(
                f'List of rows {args.rows} not found. Leave out --rows to use '
                'tools/tables/rows_cmu.py.'
            )
        rows = Config.fromfile(args.rows)
        if args.out is not None:  # fail now rather than after all rows
            args.out.parent.mkdir(parents=True, exist_ok=True)
        # Tables 2 and 3 first: their pairs and features are checked at once.
        parts = {}
        for number in sorted({2, 3} & set(args.tables)):
            described, lines = correspondence_table(number, rows, args)
            parts[number] = [heading(number, rows) + described, lines]
        if 1 in args.tables:
            columns = columns_of(rows.table1, TABLE_1)
            parts[1] = [heading(1, rows), table(rows.table1, columns, args, {})]
    text = '\n\n'.join(part for n in sorted(parts) for part in parts[n]) + '\n'
    print(text)
    if args.out is not None:
        with atomic_path(args.out) as partial:
            partial.write_text(text)


def heading(number: int, rows: Config) -> str:
    """Return the title of a table with its data and training budget.

    A list of rows with a ``heading`` is no table of the paper.
    """
    titles = {
        1: 'robustness to the body, in mm',
        2: 'dense correspondence',
        3: 'dense correspondence, ablations',
    }
    if 'heading' in rows:
        return f'## {rows.heading}\n\nData: {rows.data}. Budget: {rows.budget}.'
    return (
        f'## Table {number}: {titles[number]}\n\n'
        f"Data: {rows.data}. Budget: {rows.budget}. The paper's figures are its own, "
        'on Human3.6M.'
    )


def columns_of(entries: Sequence[dict], columns: Columns) -> Columns:
    """Leave out the columns of the paper's figures where no row has any."""
    if any('paper' in entry for entry in entries):
        return columns
    return [column for column in columns if not column[1].startswith('paper.')]


def correspondence_table(number: int, rows: Config, args: Namespace) -> tuple[str, str]:
    """Format Table 2 or 3.

    Args:
        number: 2 or 3.
        rows: The list of rows.
        args: The command line.

    Returns:
        A description of the protocol, and the table.
    """
    init_default_scope('mmposenorm')
    entries = rows[f'table{number}']
    description = row_config(entries[0], args, args.cfg_options).test_dataloader.dataset
    pairs = DATASETS.build(description).pairs
    summaries = {}
    for name_and_file in args.features if number == 2 else ():
        name, _, file = name_and_file.partition('=')
        features = load_features(file, pairs, description.features_before_drop)
        summaries[name] = summarize_pairs(measure_pairs(pairs, features))
    lines = table(entries, TABLES_2_3, args, args.cfg_options)
    for name, summary in summaries.items():
        figures = {f'correspondence/{key}': value for key, value in summary.items()}
        lines += '\n' + format_row(name, {}, figures, TABLES_2_3)
    frames = sum(len(pair.target_ids) for pair in pairs)
    sees = 'whole' if description.features_before_drop else 'dropped'
    protocol = (
        f' {len(pairs)} pairs of views {pairs[0].source_view} and '
        f'{pairs[0].target_view}, {frames} target frames; frames kept with p = '
        f'{description.keep_probability}, never more than four dropped in a row, seed '
        f'{description.seed}; the models see the {sees} sequence. Truth: dynamic time '
        'warping on the frame numbers, the nearest match, the earlier on ties. '
        'Retrieval: the nearest source frame by Euclidean distance. Errors count '
        'frames of the dropped source. "One match": no frame of the motion more than '
        '10 frames away shows the same pose within 20 mm. Averages over frames, or '
        'over clips where it says so. The paper\'s "MSE" cannot be squared frames; '
        'compare it with the MAE.'
    )
    return protocol, lines


def table(
    entries: Sequence[dict], columns: Columns, args: Namespace, options: dict
) -> str:
    """Evaluate rows and format them in Markdown.

    Args:
        entries: The rows.
        columns: The columns.
        args: The command line.
        options: Fields to change in the configs.

    Returns:
        The table.
    """
    lines = [
        '| | ' + ' | '.join(heading for heading, _, _ in columns) + ' |',
        '|---|' + '---:|' * len(columns),
    ]
    for entry in entries:
        figures = evaluate(entry, args, options)
        lines.append(
            format_row(entry['name'], entry.get('paper', {}), figures, columns)
        )
    return '\n'.join(lines)


def format_row(
    name: str, paper: dict, figures: dict[str, float] | str, columns: Columns
) -> str:
    """Lay out a row: the paper's figures, then ours or why there are none."""
    paper = {f'paper.{key}': value for key, value in paper.items()}
    known = paper | (figures if isinstance(figures, dict) else {})
    cells = [f'{known[key]:.{n}f}' if key in known else '' for _, key, n in columns]
    if isinstance(figures, str):
        first_of_ours = [key.startswith('paper.') for _, key, _ in columns].index(False)
        cells[first_of_ours] = figures
    return f'| {name} | ' + ' | '.join(cells) + ' |'


def evaluate(entry: dict, args: Namespace, options: dict) -> dict[str, float] | str:
    """Measure a row as ``tools/test.py`` does.

    Args:
        entry: The row.
        args: The command line.
        options: Fields to change in the config.

    Returns:
        The figures, or how to get the checkpoint that they need.
    """
    file = entry.get('file')
    if file is not None and not Path(file).is_file():
        return f'{file} is missing: {entry["source"]}'
    config = row_config(entry, args, options)
    checkpoint = find_checkpoint(entry, config, args.work_dirs)
    if checkpoint is not None and not checkpoint.is_file():
        trained_by = CONFIGS / entry.get('trained_by', entry['config'])
        command = f'python tools/train.py {os.path.relpath(trained_by)}'
        return f'{checkpoint} is missing: `{command}`'
    config.load_from = None if checkpoint is None else str(checkpoint)
    config.work_dir = str(args.work_dirs / 'tables' / Path(entry['config']).stem)
    config.launcher = 'none'
    config.log_level = 'WARNING'
    print(f'Evaluating {entry["name"]} ...', file=sys.stderr)
    return build_runner(config, 'test').test()


def row_config(entry: dict, args: Namespace, options: dict[str, Any]) -> Config:
    """Read the config of a row and change what the command line says."""
    return read_config(CONFIGS / entry['config'], options)


def find_checkpoint(entry: dict, config: Config, work_dirs: Path) -> Path | None:
    """Name the checkpoint of a row: its own, or the last of its training, or none."""
    if 'checkpoint' in entry:
        return None if entry['checkpoint'] is None else Path(entry['checkpoint'])
    stem = Path(entry.get('trained_by', entry['config'])).stem
    return work_dirs / stem / f'iter_{config.train_cfg.max_iters}.pth'


if __name__ == '__main__':
    main()
