"""Measure action recognition by rank pooling and nearest neighbours, as tables.

  actions   Table 4: Penn Action, beside the paper's figures
  views     clips of other people, seen from another side than those that answer
  missing   Table 4's main rows with a part of the joints removed

Rows whose checkpoint is missing say how to train it.
"""

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

REFERENCE = 'plain_2d'
SEEDS = (0, 1, 2, 3, 4)
ANGLES = (0, 45, 90, 180)
SHARES = (0, 0.1, 0.2, 0.4)
# How long a joint is gone, in frames; None: in the whole clip.
STRETCHES = {'for half a second': 15, 'all the time': None}
WHITENED = '_whitened'
SHRINKAGE = 0.2
VARIANTS = {
    '': 'As pooled',
    WHITENED: f'Whitened by the gallery (shrinkage {SHRINKAGE})',
}
PROTOCOLS = {
    'folds': 'cross-validation in 5 folds of the training split, means over '
    f'{len(SEEDS)} seeds of the folds',
    'official': 'clips of the test split, answered by those of the training split',
}
CONFIGS = Path(__file__).resolve().parents[2] / 'configs'  # where rows name theirs


def parse_arguments() -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(
        description=__doc__,
        epilog='example:\n  python tools/tables/recognize_actions.py --tables actions',
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        '--tables', nargs='+', choices=('actions', 'views', 'missing'),
        default=('actions', 'views', 'missing'),
    )  # fmt: skip
    parser.add_argument('--protocol', choices=PROTOCOLS, default='folds')
    parser.add_argument(
        '--rows', type=Path, default=Path(__file__).with_name('rows_penn.py'),
        help='the list of rows; tools/tables/rows_penn.py if not given',
    )  # fmt: skip
    parser.add_argument('--penn-action', default='data/penn_action', metavar='DIR')
    parser.add_argument(
        '--clips-dir', type=Path, metavar='DIR',
        help='other clips instead of Penn Action: a folder of npz or JSON files with '
        'keypoints and an action, as for the data set ActionClips',
    )  # fmt: skip
    parser.add_argument(
        '--views-dir', default='data/utd_mhad_views', metavar='DIR',
        help='what tools/dataset_converters/utd_mhad.py wrote',
    )  # fmt: skip
    parser.add_argument('--work-dirs', type=Path, default=Path('work_dirs'))
    parser.add_argument(
        '--checkpoint', help='weights of ours; the shipped if not given'
    )
    parser.add_argument('--out', type=Path, help='a file for the tables, in Markdown')
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
    """Refuse weights of ours that some row cannot use, before any row is measured."""
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
    """Give the metrics that a row measures on the weights of the command line."""
    config = Config.fromfile(CONFIGS / row.config)
    if 'trained_by' in row or config.model.type != 'InferredPoses':
        return []
    return [
        metric
        for metric in config.test_evaluator
        if not only_its_own or metric.prefix == row.prefix
    ]


def actions_table(rows: Config, args: Namespace) -> str:
    """Make Table 4, with every row's distance from plain 2D coordinates."""
    details = args.work_dirs / 'table4'
    figures = measure_rows(rows.table4, args, use_clips, details)
    text = (
        f'## Table 4: action recognition on {clips_name(args)}\n\n'
        f'Per cent; {PROTOCOLS[args.protocol]}. No network has seen these clips. All '
        'rows see the same poses, completed where joints were not seen, and are pooled '
        "and compared alike. The paper's top-5, on Penn Action, must be read as any of "
        '5. Differences are paired and have 95 % intervals, over the clips (mean of '
        'the seeds) and over the seeds of the folds.'
    )
    for variant, title in VARIANTS.items():
        lines = []
        for row, found in zip(rows.table4, figures, strict=True):
            cells = [f'{v:.2f}' for v in row.get('paper', {}).values()] or ['', '']
            if isinstance(found, str):
                cells.append(found)
            else:
                metric = row.prefix + variant
                keys = ('top1', 'any5', 'vote5', 'mean_class')
                cells += [f'{found[f"{metric}/{key}"]:.2f}' for key in keys]
                cells += differences(details, metric, REFERENCE + variant)
            lines.append((row.name, cells))
        columns = ('top-1, paper', 'top-5, paper', 'top-1', 'any of 5', 'vote of 5')
        columns += ('mean of actions', 'minus plain 2D (clips)', '(seeds)')
        text += f'\n\n### {title}\n\n{markdown(columns, lines)}'
    return text


def views_table(rows: Config, args: Namespace) -> str:
    """Make the table of queries that are seen from another side than the gallery."""
    figures = measure_rows(rows.table4, args, use_views)
    text = (
        '## Across views\n\n'
        'Top-1 in per cent on UTD-MHAD (27 actions): the nearest clip of another '
        'person, whom a camera sees that many degrees further round. 3D skeletons of a '
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
    """Make the table of what is left where joints are taken away."""
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
        'joints removed, beyond those that are not visible from the start (22 % of '
        'Penn Action): for half a second at a time, or from all of the clip. What is '
        'missing is completed (FillGaps), the network is told, or it is told where '
        'nothing can be interpolated (BridgeGaps).\n\n'
        + markdown([column_name(*column) for column in columns], lines)
    )


def column_name(share: float, stretch: str) -> str:
    """Name a column of the table with missing joints."""
    return f'{100 * share:.0f} %' + (f' {stretch}' if share else '')


def markdown(columns: Sequence[str], lines: Sequence[tuple[str, list[str]]]) -> str:
    """Lay out a table; lines may have fewer cells than there are columns."""
    rows = [('', columns), ('---', ['---:'] * len(columns))]
    rows += [
        (name, cells + [''] * (len(columns) - len(cells))) for name, cells in lines
    ]
    return '\n'.join(f'| {" | ".join((name, *cells))} |' for name, cells in rows)


def clips_name(args: Namespace) -> str:
    """Name the clips in a title."""
    return 'Penn Action' if args.clips_dir is None else args.clips_dir.name


def use_clips(config: Config, args: Namespace) -> None:
    """Test on Penn Action, or the other clips, by the protocol of the command line."""
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
    """Test on clips that are seen from several sides, other people's answering."""
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
    """Test a row with joints removed, and then what the row does about gaps."""
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
) -> list[dict[str, float] | str]:
    """Test the config of each row, each once.

    Args:
        rows: See ``tools/tables/rows_penn.py``.
        args: The command line.
        change: What to change in the configs.
        details: Folder in which metrics leave their details.

    Returns:
        For each row, the figures of all metrics of its config, as pooled and whitened,
        or a sentence on how to get the checkpoint that is missing.
    """
    figures: dict[tuple, dict[str, float] | str] = {}
    for row in rows:
        key = (row.config, row.get('trained_by'))
        if key in figures:
            continue
        config = Config.fromfile(CONFIGS / row.config)
        missing = set_checkpoint(config, row, args)
        if missing is not None:
            figures[key] = missing
            continue
        change(config, args)
        for metric in list(config.test_evaluator):
            metric.out_dir = None if details is None else str(details)
            whitened = {'prefix': metric.prefix + WHITENED, 'whitening': SHRINKAGE}
            config.test_evaluator.append(ConfigDict({**metric, **whitened}))
        print(f'Evaluating {row.config} ...', file=sys.stderr)
        figures[key] = evaluate(config)
    return [figures[row.config, row.get('trained_by')] for row in rows]


def set_checkpoint(config: Config, row: dict, args: Namespace) -> str | None:
    """Name the weights of a row in its config, or say how to get them."""
    is_ours = config.model.type == 'InferredPoses'
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
        config.model.update(config=str(trained_by), checkpoint=str(checkpoint))
    else:
        config.load_from = checkpoint
    return None


@torch.inference_mode()
def evaluate(config: Config) -> dict[str, float]:
    """Test a config as MMEngine's runner does, without its second of preparations."""
    dataset = DATASETS.build(config.test_dataloader.dataset)
    model = MODELS.build(config.model).to(get_device()).eval()
    if config.get('load_from') is not None:
        model.load_state_dict(read_training_weights(config.load_from))
    evaluator = Evaluator(config.test_evaluator)
    evaluator.dataset_meta = dataset.metainfo
    for index in range(len(dataset)):
        batch = default_collate([dataset[index]])
        evaluator.process(model.test_step(batch), batch)
    return evaluator.evaluate(len(dataset))


def differences(details: Path, metric: str, reference: str) -> list[str]:
    """Compare a metric with another, clip by clip.

    Args:
        details: Where the metrics left their details.
        metric: Its prefix.
        reference: Prefix of the other.

    Returns:
        The difference of top-1 in per cent with its 95 % interval, over the clips, and
        over the seeds if there are several; nothing between a metric and itself.
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
