"""Measure how well poses and clips are found again from another side, by rows.

poses            of motion capture: frames whose true normalized pose is within 50 mm of
                 that of the query
poses of others  the same of other people only
clips            of other people that show the same action, rank-pooled

Queries are seen from where the person faces, the library from 45, 90 or 180 degrees
further round, by virtual cameras that give exact 2D keypoints. What has been measured
is kept in --work-dir, so that a row can be added later.
"""

import mmposenorm.stopping  # noqa: F401

import json
import os
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from evaluate_weights import MOCAP, evaluate
from mmengine.config import Config
from mmengine.logging import MMLogger
from mmengine.registry import init_default_scope

from mmposenorm.atomic_files import atomic_path
from mmposenorm.checkpoints import read_training_weights
from mmposenorm.engine.runtime import one_sentence_errors
from mmposenorm.registry import DATASETS, MODELS

ANGLES = (45, 90, 180)
MEASURES = {'mAP': 'mAP', 'any@1': 'first right', 'any@10': 'right among 10'}
PR_VIPE = Path(__file__).resolve().parents[2] / 'configs' / 'table2' / 'pr_vipe.py'
LIMBS = {'descriptor': 'limb_directions'}
SIGMA = ['normalized_poses', 'direction_sigma']
UTD_MHAD = 'UTD-MHAD'


class Row(NamedTuple):
    """A row: the model that describes frames, and by which of its predictions."""

    name: str
    model: str
    description: dict[str, Any]


ROWS = (
    Row('plain 2D', 'input', {'features': 'keypoint_labels'}),
    Row('2D embedding as Pr-VIPE', 'pr_vipe', {'features': 'pose_features'}),
    Row('normalized poses', 'ours', {'features': 'normalized_poses'}),
    Row('limb directions', 'ours', {'features': 'normalized_poses', **LIMBS}),
    Row('limb directions, expected errors', 'ours', {'features': SIGMA, **LIMBS}),
    Row('pose features', 'ours', {'features': 'pose_features'}),
)
TRUTH = Row('true poses, normalized', 'truth', {'features': 'normalized_poses'})


class Task(NamedTuple):
    """A table: of which data, what is retrieved, and by which metric."""

    data: str
    name: str
    metric: dict[str, Any]

    @property
    def title(self) -> str:
        """Title of the table."""
        return f'{self.data}: {self.name}'


TASKS = (
    *(Task(data, 'poses', {'type': 'PoseRetrieval'}) for data in MOCAP),
    *(
        Task(data, 'poses of others', {'type': 'PoseRetrieval', 'other_people': True})
        for data in MOCAP
    ),
    *(
        Task(data, 'clips', {'type': 'ClipRetrieval'})
        for data in ('HDM05 dev', 'UI-PRMD dev', UTD_MHAD)
    ),
)


def parse_arguments(arguments: list[str] | None = None) -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(
        description=__doc__,
        epilog='example:\n  python tools/tables/retrieve.py --only UTD-MHAD',
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        '--only', nargs='+', choices=(*MOCAP, UTD_MHAD), default=(*MOCAP, UTD_MHAD)
    )
    parser.add_argument('--data', type=Path, default=Path('data'))
    parser.add_argument(
        '--views-dir',
        type=Path,
        default=Path('data/utd_mhad_views'),
        help='folder written by tools/dataset_converters/utd_mhad.py (%(default)s)',
    )
    parser.add_argument(
        '--motions',
        type=int,
        default=40,
        help='drawn from each set of motion capture (%(default)s); of UTD-MHAD, three '
        'times as many',
    )
    parser.add_argument(
        '--checkpoint', help='weights of our rows; those that ship by default'
    )
    parser.add_argument(
        '--work-dir',
        type=Path,
        default=Path('work_dirs/retrieve'),
        help='keeps figures; remove it to measure again (%(default)s)',
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
    MMLogger.get_instance('retrieve', log_level='WARNING')
    with one_sentence_errors():
        wanted = [task for task in TASKS if task.data in args.only]
        figures: dict[str, dict] = {task.title: {} for task in wanted}
        for data in dict.fromkeys(task.data for task in wanted):
            here = [task for task in wanted if task.data == data]
            for task, found in zip(here, measure(data, here, args), strict=True):
                figures[task.title] = found
        text = summary(figures) + ''.join(
            f'\n### {title}\n\n{table(rows)}' for title, rows in figures.items()
        )
        print(text, end='')
        if args.out is not None:
            with atomic_path(args.out) as partial:
                partial.write_text(text)


def measure(
    data: str, wanted: list[Task], args: Namespace
) -> list[dict[str, dict | str]]:
    """Measure all rows of the tables of one data set.

    Returns:
        For each table the figures of each row, or how to train what it lacks.
    """
    figures: list[dict[str, dict | str]] = [{} for _ in wanted]
    rows = ROWS if data == UTD_MHAD else (*ROWS, TRUTH)
    for kind in dict.fromkeys(row.model for row in rows):
        some = [row for row in rows if row.model == kind]
        file = args.work_dir / f'{data}, {kind}.json'
        if file.is_file():
            measured = json.loads(file.read_text())
        else:
            model = build_model(kind, data, args)
            if isinstance(model, str):
                for found in figures:
                    found |= {row.name: model for row in some}
                continue
            measured = measure_model(model, some, data, args)
            with atomic_path(file) as partial:
                partial.write_text(json.dumps(measured))
        for task, found in zip(wanted, figures, strict=True):
            for row in some:
                start = f'{task.name}, {row.name}/'
                found[row.name] = {
                    key.removeprefix(start): value
                    for key, value in measured.items()
                    if key.startswith(start)
                }
    return figures


def measure_model(
    model: Any, rows: list[Row], data: str, args: Namespace
) -> dict[str, float]:
    """Measure the rows of one model in all tasks of a data set."""
    dataset = build_dataset(data, args)
    metrics = [
        {**task.metric, **row.description, 'prefix': f'{task.name}, {row.name}'}
        for task in TASKS
        if task.data == data
        for row in rows
    ]
    return evaluate(model, dataset, metrics, data)


def build_dataset(data: str, args: Namespace) -> Any:
    """Build a data set of clips from all views; of UI-PRMD right repetitions only."""
    if data == UTD_MHAD:
        pipeline = [{'type': 'FillGaps'}, {'type': 'PackPoseClip'}]
        config = {'type': 'ActionClips', 'data_root': args.views_dir}
        dataset = DATASETS.build(config | {'pipeline': pipeline})
        dataset.clips = draw(dataset.clips, 3 * args.motions)
        return dataset
    file = args.data / MOCAP[data]
    if not file.is_file():
        raise FileNotFoundError(f'{file} not found. Name the folder of the data.')
    dataset = DATASETS.build(
        {
            'type': 'MocapClips',
            'ann_file': file,
            'test_mode': True,
            'views': (0, *ANGLES),
            'pipeline': [{'type': 'PackPoseClip'}],
        }
    )
    right = [clip for clip in dataset.clips if 'incorrect' not in clip.action]
    dataset.clips = draw(right, args.motions)
    return dataset


def draw(clips: list, count: int) -> list:
    """Draw some motions, and give all their views."""
    names = np.random.default_rng(0).permutation(sorted({c.clip_id for c in clips}))
    drawn = {*names[:count]}
    return [clip for clip in clips if clip.clip_id in drawn]


def build_model(kind: str, data: str, args: Namespace) -> Any:
    """Build the model of rows, or say how to train it."""
    seen = [] if data == UTD_MHAD else [{'type': 'ViewClip'}]
    if kind == 'ours':
        config = {'type': 'InferredPoses', 'checkpoint': args.checkpoint}
        return MODELS.build(config | {'data_preprocessor': preprocessor(seen)})
    steps = preprocessor([*seen, {'type': 'NormalizeKeypoints'}])
    if kind != 'pr_vipe':
        name = 'InputPoses' if data == UTD_MHAD else 'TruePoses'
        return MODELS.build({'type': name, 'data_preprocessor': steps})
    return build_pr_vipe(steps['test_transforms'], args.work_dirs)


def build_pr_vipe(steps: list[dict], work_dirs: Path) -> Any:
    """Build the trained embedding, or say how to train it.

    Args:
        steps: From the clips to its input.
        work_dirs: Work folders of trained models.
    """
    config = Config.fromfile(PR_VIPE)
    file = work_dirs / 'pr_vipe' / f'iter_{config.train_cfg.max_iters}.pth'
    if not file.is_file():
        return f'{file} is missing: `python tools/train.py {os.path.relpath(PR_VIPE)}`'
    model = MODELS.build({**config.model, 'data_preprocessor': preprocessor(steps)})
    model.load_state_dict(read_training_weights(file, trust=True))
    return model.eval()


def preprocessor(steps: list[dict]) -> dict:
    """Describe the steps from the clips to the 2D input of a model."""
    return {'type': 'PoseClipPreprocessor', 'test_transforms': steps}


def summary(figures: dict[str, dict]) -> str:
    """Lay out what is found 90 degrees further round, a column for each table."""
    rows = {
        name: [
            f'{found[name]["mAP_90"]:.1f} / {found[name]["any@1_90"]:.1f}'
            if isinstance(found.get(name), dict)
            else ''
            for found in figures.values()
        ]
        for name in dict.fromkeys(name for found in figures.values() for name in found)
    }
    return (
        '## Found again from the side\n\n'
        'Query at 0, library at 90 degrees: mAP and how often the first is right, per '
        f'cent.\n\n{markdown(list(figures), rows)}'
    )


def table(rows: dict[str, dict | str]) -> str:
    """Lay out the figures of a table at all angles."""
    columns = [f'{name}, {angle}°' for name in MEASURES.values() for angle in ANGLES]
    cells = {
        name: [found]
        if isinstance(found, str)
        else [f'{found[f"{key}_{angle}"]:.1f}' for key in MEASURES for angle in ANGLES]
        for name, found in rows.items()
    }
    answered = next(found for found in rows.values() if isinstance(found, dict))
    share = answered['answerable_90']
    return f'{share:.1f} % of the queries have an answer.\n\n{markdown(columns, cells)}'


def markdown(columns: list[str], rows: dict[str, list[str]]) -> str:
    """Lay out a table; rows may have fewer cells than there are columns."""
    lines = ['', *columns], ['---', *['---:'] * len(columns)]
    padded = (
        [name, *cells, *[''] * (len(columns) - len(cells))]
        for name, cells in rows.items()
    )
    return ''.join(f'| {" | ".join(line)} |\n' for line in (*lines, *padded))


if __name__ == '__main__':
    sys.exit(main())
