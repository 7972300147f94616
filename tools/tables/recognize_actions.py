"""Print the tables of action recognition by rank pooling and nearest neighbours.

  actions   Table 4: Penn Action, beside the paper's figures
  views     UTD-MHAD: neighbours are other people, seen from another side
  missing   the main rows of Table 4 with a share of the joints removed

Where a checkpoint is missing, the row shows the command that trains it.
"""

import mmposenorm.stopping  # noqa: F401

import json
import os
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config, ConfigDict
from mmengine.dataset import default_collate
from mmengine.device import get_device
from mmengine.evaluator import Evaluator
from mmengine.registry import init_default_scope
from scipy import stats

from mmposenorm.atomic_files import atomic_path
from mmposenorm.checkpoints import read_training_weights
from mmposenorm.engine.runtime import one_sentence_errors
from mmposenorm.inference import PoseNormInferencer
from mmposenorm.registry import DATASETS, MODELS

OURS = ('InferredPoses', 'InferredFeatures')  # models that load weights themselves
REFERENCE = 'plain_2d'  # the other rows are compared with it
SEEDS = (0, 1, 2, 3, 4)
ANGLES = (0, 45, 90, 180)
SHARES = (0, 0.1, 0.2, 0.4)
# How long a joint is missing, in frames; None: throughout the clip.
STRETCHES = {'for half a second': 15, 'all the time': None}
WHITENED = '_whitened'
SHRINKAGE = 0.2
VARIANTS = {
    '': 'As pooled',
    WHITENED: f'Whitened by the gallery (shrinkage {SHRINKAGE})',
}
Figures = dict[str, float]  # of a table, by the names of the metrics
PROTOCOLS = {
    'folds': 'cross-validation in 5 folds of the training split, means over '
    f'{len(SEEDS)} seeds of the folds',
    'official': 'clips of the test split, compared with those of the training split',
}
CONFIGS = Path(__file__).resolve().parents[2] / 'configs'


def parse_arguments() -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(
        description=__doc__,
        epilog='example:\n  python tools/tables/recognize_actions.py --tables actions',
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        '--tables', nargs='+', choices=('actions', 'views', 'missing'),
        default=('actions', 'views', 'missing'), help='tables to print (default: all)',
    )  # fmt: skip
    parser.add_argument(
        '--protocol', choices=PROTOCOLS, default='folds',
        help='cross-validation of the training split, or the official split '
        '(default: %(default)s)',
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
        '--clips-dir', type=Path, metavar='DIR',
        help='use these clips instead of Penn Action: a folder of npz or JSON files '
        'with keypoints and an action, as for the data set ActionClips',
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
    parser.add_argument(
        '--checkpoint',
        help='weights for the rows of our own models (default: those that ship)',
    )
    parser.add_argument('--out', type=Path, help='Markdown file for the tables')
    return parser.parse_args()


def main() -> None:
    """Print the tables that the command line asks for."""
    args = parse_arguments()
    makers = {'actions': actions_table, 'views': views_table, 'missing': missing_table}
    init_default_scope('mmposenorm')
    target = nullcontext() if args.out is None else atomic_path(args.out)
    with one_sentence_errors(), target as partial:
        rows = Config.fromfile(args.rows)
        check_checkpoint(rows, args)
        text = '\n\n'.join(makers[name](rows, args) for name in args.tables) + '\n'
        print(text)
        if partial is not None:
            partial.write_text(text)


def check_checkpoint(rows: Config, args: Namespace) -> None:
    """Raise an error if a row cannot use ``--checkpoint``, before any is measured."""
    if args.checkpoint is None:
        return
    inferencer = PoseNormInferencer(checkpoint=args.checkpoint, device='cpu')
    needs_features = any(
        'pose_features' in str(metric.features)
        for table in args.tables
        for row in (rows.missing if table == 'missing' else rows.table4)
        for metric in metrics_of_ours(row, args, only_its_own=table == 'missing')
    )
    if needs_features and not inferencer.has_features:
        raise ValueError(
            f'--checkpoint {args.checkpoint} holds no pose embedder, so there are no '
            'features. Give a checkpoint of one.'
        )


def metrics_of_ours(row: dict, args: Namespace, only_its_own: bool) -> list[dict]:
    """Return the metrics that a row computes with the weights of ``--checkpoint``."""
    config = Config.fromfile(CONFIGS / row.config)
    if 'trained_by' in row or config.model.type not in OURS:
        return []
    return [
        metric
        for metric in config.test_evaluator
        if not only_its_own or metric.prefix == row.prefix
    ]


def actions_table(rows: Config, args: Namespace) -> str:
    """Format Table 4, with each row's difference from plain 2D coordinates."""
    details = args.work_dirs / 'table4'
    figures = measure_rows(rows.table4, args, use_clips, details)
    text = (
        f'## Table 4: action recognition on {clips_name(args)}\n\n'
        f'Per cent; {PROTOCOLS[args.protocol]}. No network was trained on these clips. '
        'All rows are given the same poses, with unseen joints completed, and are '
        "pooled and compared in the same way. The paper's top-5 means any of 5. "
        'Differences are paired, with 95 % intervals over the clips (mean of the '
        'seeds) and over the seeds of the folds.'
    )
    columns = ('top-1, paper', 'top-5, paper', 'top-1', 'any of 5', 'vote of 5')
    columns += ('mean of actions', 'minus plain 2D (clips)', '(seeds)')
    for variant, title in VARIANTS.items():
        lines = [
            (row.name, action_cells(row, found, variant, details))
            for row, found in zip(rows.table4, figures, strict=True)
        ]
        text += f'\n\n### {title}\n\n{markdown(columns, lines)}'
    return text


def action_cells(
    row: dict, found: Figures | str, variant: str, details: Path
) -> list[str]:
    """Format the cells of a row of Table 4.

    Args:
        row: See ``tools/tables/rows_penn.py``.
        found: Its figures, or the text of :func:`set_checkpoint`.
        variant: A key of :data:`VARIANTS`.
        details: Folder of the details of all metrics.
    """
    cells = [f'{v:.2f}' for v in row.get('paper', {}).values()] or ['', '']
    if isinstance(found, str):
        return [*cells, found]
    metric = row.prefix + variant
    keys = ('top1', 'any5', 'vote5', 'mean_class')
    cells += [f'{found[f"{metric}/{key}"]:.2f}' for key in keys]
    return cells + differences(details, metric, REFERENCE + variant)


def views_table(rows: Config, args: Namespace) -> str:
    """Format the table of queries seen from another side than their neighbours."""
    figures = measure_rows(rows.table4, args, use_views)
    text = (
        '## Across views\n\n'
        'Top-1 in per cent on UTD-MHAD (27 actions): the nearest clip is of another '
        'person, seen by a camera at this angle from the query. 3D skeletons of a '
        'Kinect, projected by virtual cameras.'
    )
    for variant, title in VARIANTS.items():
        lines = []
        for row, found in zip(rows.table4, figures, strict=True):
            cells = [found]
            if not isinstance(found, str):
                names = [f'{row.prefix}{variant}/top1_{angle}' for angle in ANGLES]
                cells = [f'{found[name]:.1f}' for name in names]
            lines.append((row.name, cells))
        columns = [f'{angle} degrees' for angle in ANGLES]
        text += f'\n\n### {title}\n\n{markdown(columns, lines)}'
    return text


def missing_table(rows: Config, args: Namespace) -> str:
    """Format the table of rows measured with joints removed."""
    columns = [
        (share, stretch)
        for stretch in STRETCHES
        for share in SHARES
        if share or stretch == next(iter(STRETCHES))
    ]
    lines = []
    for row in rows.missing:
        cells = []
        for share, stretch in columns:
            change = partial(
                remove_joints, row=row, share=share, stretch=STRETCHES[stretch]
            )
            [found] = measure_rows([row], args, change)
            if isinstance(found, str):
                cells = [found]
                break
            cells.append(f'{found[f"{row.prefix}{WHITENED}/top1"]:.1f}')
        lines.append((row.name, cells))
    return (
        '## Missing joints\n\n'
        f'Top-1 in per cent on {clips_name(args)}, whitened, with a share of the '
        'joints removed, beyond those that are invisible to begin with (22 % of Penn '
        'Action): for half a second at a time, or throughout the clip. Missing joints '
        'are completed (FillGaps), or marked as missing for the network, or marked '
        'only where they cannot be interpolated (BridgeGaps).\n\n'
        + markdown([column_name(*column) for column in columns], lines)
    )


def column_name(share: float, stretch: str) -> str:
    """Return the heading of a column of the table with missing joints."""
    return f'{100 * share:.0f} %' + (f' {stretch}' if share else '')


def markdown(columns: Sequence[str], lines: Sequence[tuple[str, list[str]]]) -> str:
    """Lay out a table; lines may have fewer cells than there are columns."""
    rows = [('', columns), ('---', ['---:'] * len(columns))]
    rows += [
        (name, cells + [''] * (len(columns) - len(cells))) for name, cells in lines
    ]
    return '\n'.join(f'| {" | ".join((name, *cells))} |' for name, cells in rows)


def clips_name(args: Namespace) -> str:
    """Return the name of the clips for titles."""
    return 'Penn Action' if args.clips_dir is None else args.clips_dir.name


def use_clips(config: Config, args: Namespace) -> None:
    """Test on Penn Action or ``--clips-dir`` by the protocol of the command line."""
    if args.clips_dir is not None:
        use_folder(config, args.clips_dir)
    else:
        dataset = config.test_dataloader.dataset
        dataset.data_root = args.penn_action
        dataset.split = 'train' if args.protocol == 'folds' else 'all'
    for metric in config.test_evaluator:
        metric.gallery = 'folds' if args.protocol == 'folds' else 'train'
        metric.seeds = SEEDS


def use_views(config: Config, args: Namespace) -> None:
    """Test on clips seen from several sides, compared with those of other people."""
    use_folder(config, args.views_dir)
    for metric in config.test_evaluator:
        metric.update(gallery='other_subjects', across_views=True)


def use_folder(config: Config, folder: Path | str) -> None:
    """Test on a folder of npz or JSON clips."""
    pipeline = config.test_dataloader.dataset.pipeline
    config.test_dataloader.dataset = ConfigDict(
        type='ActionClips', data_root=folder, pipeline=pipeline
    )


def remove_joints(
    config: Config, args: Namespace, row: dict, share: float, stretch: int | None
) -> None:
    """Test a row with joints removed, followed by the row's treatment of gaps."""
    use_clips(config, args)
    config.test_evaluator = [
        metric for metric in config.test_evaluator if metric.prefix == row.prefix
    ]
    config.test_dataloader.dataset.pipeline = [
        {'type': 'RemoveJoints', 'share': share, 'stretch': stretch},
        *row.gaps,
        {'type': 'PackPoseClip'},
    ]


def measure_rows(
    rows: Sequence[dict],
    args: Namespace,
    change: Callable[[Config, Namespace], None],
    details: Path | None = None,
) -> list[Figures | str]:
    """Measure rows; those that share a config and checkpoint are measured once.

    Args:
        rows: See ``tools/tables/rows_penn.py``.
        args: The command line.
        change: Changes a config before it is tested.
        details: Folder in which the metrics write their details.

    Returns:
        For each row, the result of :func:`measure_config`.
    """
    measured: dict[tuple, Figures | str] = {}
    for row in rows:
        model = (row.config, row.get('trained_by'))
        if model not in measured:
            measured[model] = measure_config(row, args, change, details)
    return [measured[row.config, row.get('trained_by')] for row in rows]


def measure_config(
    row: dict,
    args: Namespace,
    change: Callable[[Config, Namespace], None],
    details: Path | None,
) -> Figures | str:
    """Test the config of a row.

    Returns:
        The figures of all metrics of the config, both as pooled and whitened; or, if
        its checkpoint is missing, the text of :func:`set_checkpoint`.
    """
    config = Config.fromfile(CONFIGS / row.config)
    missing = set_checkpoint(config, row, args)
    if missing is not None:
        return missing
    change(config, args)
    for metric in config.test_evaluator:
        metric.out_dir = None if details is None else str(details)
    config.test_evaluator += [whitened(metric) for metric in config.test_evaluator]
    print(f'Evaluating {row.config} ...', file=sys.stderr)
    return evaluate(config)


def whitened(metric: ConfigDict) -> ConfigDict:
    """Return the metric with whitened vectors, under a name of its own."""
    return ConfigDict(metric, prefix=metric.prefix + WHITENED, whitening=SHRINKAGE)


def set_checkpoint(config: Config, row: dict, args: Namespace) -> str | None:
    """Set the weights of a row in its config, or return how to train them."""
    is_ours = config.model.type in OURS
    if 'trained_by' not in row:
        if is_ours and args.checkpoint is not None:
            config.model.checkpoint = args.checkpoint
        return None
    trained_by = CONFIGS / row.trained_by
    iterations = Config.fromfile(trained_by).train_cfg.max_iters
    checkpoint = args.work_dirs / trained_by.stem / f'iter_{iterations}.pth'
    if not checkpoint.is_file():
        command = f'python tools/train.py {os.path.relpath(trained_by)}'
        return f'{checkpoint} is missing: `{command}`'
    if is_ours:
        config.model.update(
            config=str(trained_by), checkpoint=str(checkpoint), trust=True
        )
    else:
        config.load_from = checkpoint
    return None


@torch.inference_mode()
def evaluate(config: Config) -> dict[str, float]:
    """Test a config as MMEngine's runner does, without a second of preparation."""
    dataset = DATASETS.build(config.test_dataloader.dataset)
    model = MODELS.build(config.model).to(get_device()).eval()
    if config.get('load_from') is not None:
        model.load_state_dict(read_training_weights(config.load_from, trust=True))
    evaluator = Evaluator(config.test_evaluator)
    evaluator.dataset_meta = dataset.metainfo
    for index in range(len(dataset)):
        batch = default_collate([dataset[index]])
        evaluator.process(model.test_step(batch), batch)
    return evaluator.evaluate(len(dataset))


def differences(details: Path, metric: str, reference: str) -> list[str]:
    """Compare a metric with a reference, clip by clip.

    Args:
        details: Folder in which the metrics wrote their details.
        metric: Prefix of the metric.
        reference: Prefix of the reference.

    Returns:
        The difference of top-1 in per cent with its 95 % interval over the clips and,
        if there are several, over the seeds. Nothing for the reference itself.
    """
    if metric == reference:
        return []
    clips, others = (
        json.loads((details / f'{name}.json').read_text())['clips']
        for name in (metric, reference)
    )
    apart = 100.0 * np.array([np.subtract(clips[c], others[c]) for c in sorted(clips)])
    cells = []
    for samples in (apart.mean(axis=1), apart.mean(axis=0)):
        mean, count = samples.mean(), len(samples)
        if count > 1:
            half = stats.t.ppf(0.975, count - 1) * stats.sem(samples)
            cells.append(f'{mean:+.2f} ({mean - half:+.2f} to {mean + half:+.2f})')
    return cells


if __name__ == '__main__':
    main()
