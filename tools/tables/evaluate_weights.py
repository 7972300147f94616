"""Measure weights on all development sets, side by side, to choose recipes by.

mocap    normalized error (mm), limb directions (degrees), their calibration and
hit@5 on motion capture of people who were not trained on, seen from all
around, from clean 2D and with a detector's errors
real     limb directions (degrees) on each of four synchronized videos of one person,
against 3D that is triangulated from all four
events   key events of real people (Penn Action): how far from B's event A's event is
matched, in per cent of the clip, by several descriptions of a frame
warped   the same four videos, each at its own changing speed, aligned with one another:
error in frames (tools/tables/align_views.py measures more)
"""

import mmposenorm.stopping  # noqa: F401

import json
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from align_views import measure as align_all
from mmengine.dataset import default_collate
from mmengine.evaluator import Evaluator
from mmengine.logging import MMLogger
from mmengine.registry import init_default_scope
from tqdm import tqdm
from warped_views import FILMED, filmed_views, keypoint_files, warp_view

from mmposenorm.atomic_files import atomic_path
from mmposenorm.datasets.npz_file import open_npz
from mmposenorm.datasets.synthetic.exercise import standing_figure
from mmposenorm.engine.runtime import add_trust_checkpoint, one_sentence_errors
from mmposenorm.registry import DATASETS, METRICS, MODELS

SHIPPED = 'shipped'
PARTS = ('mocap', 'real', 'events', 'warped')
# Of each set the file, in the folder of the data.
MOCAP = {
    'CMU test': 'cmu_h36m17/test.npz',
    'HDM05 dev': 'mocap/hdm05_dev.npz',
    'UI-PRMD dev': 'mocap/uiprmd_dev.npz',
}
CALIBRATION = 'clips/pose2sim_balance/Calib.qca.txt'  # of all clips in FILMED
# Pitches whose event is the knee of the throwing side, swung up after the throw.
WRONG_EVENTS = ('0004', '0005', '0016', '0051', '0064', '0118', '0122', '0144')
MOST_FRAMES = 250  # of a motion
VIEWS = (0, 90, 180, 270)
PAIRS = {'frontal': (-22.5, 22.5), '0/90': (0, 90)}
RETRIEVED_BY = {
    'normalized poses': {'features': 'normalized_poses'},
    'limb directions': {
        'features': 'normalized_poses',
        'descriptor': 'limb_directions',
    },
    'limb directions with expected errors': {
        'features': ['normalized_poses', 'direction_sigma'],
        'descriptor': 'limb_directions',
    },
    'pose features': {'features': 'pose_features'},
}
CLEAN = ({'type': 'ViewClip'},)
# Jitter, drift and other definitions of joints; spine, neck or head missing, and some
# joints lost for a while; the thorax between the shoulders.
DETECTED = (
    {'type': 'ViewClip'},
    {'type': 'ThoraxFromShoulders', 'prob': 1.0},
    {'type': 'AddDetectorNoise', 'prob': 1.0, 'jitter': 0.02, 'drift': 0.03,
     'definition': 0.03},
    {'type': 'HideJoints', 'lacking': 1.0, 'limb': 0.0, 'spans': 0.1, 'frames': 0.05},
)  # fmt: skip
LIMBS_AND_UP = [
    {'features': 'normalized_poses', 'descriptor': 'limb_directions'},
    'body_up',
]
DESCRIPTIONS = {
    'normalized poses': ['normalized_poses'],
    'limb directions + up': LIMBS_AND_UP,
    'limb directions with expected errors + up': [
        {
            'features': ['normalized_poses', 'direction_sigma'],
            'descriptor': 'limb_directions',
        },
        'body_up',
    ],
    'pose features': ['pose_features'],
    # Features are unit vectors; nine limb directions and up are ten.
    'features + limbs + up': [
        {'features': 'pose_features', 'weight': 3.0},
        *LIMBS_AND_UP,
    ],
}


def parse_arguments(arguments: list[str] | None = None) -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(
        description=__doc__,
        epilog='example:\n  python tools/tables/evaluate_weights.py shipped mine.pth',
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        'checkpoints',
        nargs='*',
        default=[SHIPPED],
        help=f'files of tools/export_weights.py, or {SHIPPED!r} (default)',
    )
    parser.add_argument('--config', help='of checkpoints that a training run wrote')
    add_trust_checkpoint(parser)
    parser.add_argument('--data', type=Path, default=Path('data'))
    parser.add_argument('--only', nargs='+', choices=PARTS, default=PARTS)
    parser.add_argument(
        '--motions',
        type=int,
        default=20,
        help='drawn from each set of motion capture (%(default)s)',
    )
    parser.add_argument(
        '--event-pairs', type=int, default=20, help='of each key event (%(default)s)'
    )
    parser.add_argument(
        '--recordings',
        nargs='+',
        choices=tuple(FILMED),
        default=['balance'],
        metavar='NAME',
        help=f'for real and warped, which of: {"; ".join(FILMED)} (balance)',
    )
    parser.add_argument(
        '--warps', type=int, default=3, help='of each recording (%(default)s)'
    )
    parser.add_argument(
        '--work-dir',
        type=Path,
        default=Path('work_dirs/align_views'),
        help='keeps the 2D poses that were found (%(default)s)',
    )
    parser.add_argument(
        '--out', type=Path, help='a file for the table: .json, or Markdown'
    )
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Print one table of all figures."""
    args = parse_arguments(arguments)
    init_default_scope('mmposenorm')
    # The table says it all; metrics log a table of their own each time.
    MMLogger.get_instance('evaluate_weights', log_level='WARNING')
    with one_sentence_errors():
        columns = {name: dict(measure(name, args)) for name in args.checkpoints}
        text = table(columns)
        print(text)
        if args.out is not None:
            if args.out.suffix == '.json':
                text = json.dumps(columns, indent=1) + '\n'
            with atomic_path(args.out) as partial:
                partial.write_text(text)


def measure(checkpoint: str, args: Namespace) -> Iterator[tuple[str, float]]:
    """Measure one checkpoint on everything that the command line asks for."""
    inferencer = {}
    if checkpoint != SHIPPED:
        inferencer = {
            'checkpoint': checkpoint,
            'config': args.config,
            'trust': args.trust_checkpoint,
        }
    parts = {
        'mocap': measure_mocap,
        'real': measure_real,
        'events': measure_events,
        'warped': measure_warped,
    }
    for part in PARTS:
        if part in args.only:
            yield from parts[part](inferencer, args)


def measure_mocap(inferencer: dict, args: Namespace) -> Iterator[tuple[str, float]]:
    """Measure errors from all around, and retrieval between two views."""
    for name, file in MOCAP.items():
        with TemporaryDirectory() as folder:
            motions = draw_motions(args.data / file, Path(folder), args.motions)
            for condition, steps in (('clean', CLEAN), ('detected', DETECTED)):
                model = build_model(inferencer, steps)
                for key, value in measure_motions(motions, model).items():
                    yield f'{name}, {condition}: {key}', value


def draw_motions(file: Path, folder: Path, count: int, seed: int = 0) -> dict:
    """Write some motions of a file, none longer than 250 frames, to a folder.

    Args:
        file: npz file of motion capture.
        folder: Where to write.
        count: How many motions to draw.
        seed: Of the draw.

    Returns:
        Config of a data set of them.

    Raises:
        FileNotFoundError: If there is no such file.
    """
    if not file.is_file():
        raise FileNotFoundError(
            f'{file} not found. Name the folder of the data by --data, or leave mocap '
            'out of --only.'
        )
    rng = np.random.default_rng(seed)
    with open_npz(file) as trials:
        names = sorted(trials)
        drawn = rng.permutation(len(names))[:count]
        motions = {names[i]: trials[names[i]][:MOST_FRAMES] for i in sorted(drawn)}
    np.savez(folder / file.name, **motions)
    return {
        'type': 'MocapClips',
        'ann_file': folder / file.name,
        'index_file': file.with_name('index.json'),
        'test_mode': True,
        'pipeline': [{'type': 'PackPoseClip'}],
    }


def measure_motions(motions: dict, model: Any) -> dict[str, float]:
    """Measure a data set of motions, from all around and between two views."""
    metrics = [{'type': 'NormalizedError'}, {'type': 'LimbDirectionError'}]
    if knows_errors(model):
        metrics.append({'type': 'DirectionCalibration'})
    dataset = DATASETS.build(motions | {'views': VIEWS})
    figures = evaluate(model, dataset, metrics, 'errors')
    figures = {key.split('/')[1]: value for key, value in figures.items()}
    metrics = [
        {'type': 'DenseCorrespondence', **description, 'prefix': name}
        for name, description in described(RETRIEVED_BY, model)
    ]
    for pair, views in PAIRS.items():
        clips = motions | {'views': views, 'pipeline': []}
        pipeline = [{'type': 'PackPoseClip'}]
        pairs = {'type': 'CorrespondencePairs', 'clips': clips, 'pipeline': pipeline}
        found = evaluate(model, DATASETS.build(pairs), metrics, f'{pair} pairs')
        for name, hit in product(RETRIEVED_BY, ('hit@5', 'hit@5_clips')):
            if f'{name}/{hit}' in found:
                figures[f'{hit} {pair}, {name}'] = found[f'{name}/{hit}']
    return figures


def described(descriptions: dict, model: Any) -> Iterator[tuple[str, Any]]:
    """Yield the descriptions of a frame that a model can give, with their names."""
    lacking = [
        word
        for word, is_there in (
            ('features', model.inferencer.has_features),
            ('expected errors', knows_errors(model)),
        )
        if not is_there
    ]
    for name, description in descriptions.items():
        if not any(word in name for word in lacking):
            yield name, description


def knows_errors(model: Any) -> bool:
    """Tell whether a model predicts the expected errors of its directions."""
    figure = np.tile(standing_figure()[:, :2] * (1, -1), (3, 1, 1))
    return model.inferencer(figure, layout='h36m').direction_sigma is not None


def measure_real(inferencer: dict, args: Namespace) -> Iterator[tuple[str, float]]:
    """Measure each view of real recordings against what all views together show."""
    model = build_model(inferencer, CLEAN)
    for name in args.recordings:
        clip, people = FILMED[name]
        dataset = DATASETS.build(
            {
                'type': 'TriangulatedClips',
                'keypoint_files': keypoint_files(clip, args.work_dir),
                'people': people,
                'calibration': args.data / CALIBRATION,
                'pipeline': [{'type': 'PackPoseClip'}],
            }
        )
        for key, value in dataset.quality.items():
            yield f'real, {name}, truth: {key}', value
        metrics = [{'type': 'LimbDirectionError'}]
        clips, errors = dataset.clips, []
        for clip in clips:
            dataset.clips = [clip]
            figures = evaluate(model, dataset, metrics, name)
            errors.append(figures['posenorm/limb_degrees'])
            yield f'real, {name}, {clip.view}: limb_degrees', errors[-1]
        yield f'real, {name}: limb_degrees', float(np.mean(errors))


def measure_events(inferencer: dict, args: Namespace) -> Iterator[tuple[str, float]]:
    """Measure key events of Penn Action by each description of a frame."""
    folder = args.data / 'penn_action'
    metric = {
        'type': 'KeyEventError',
        'events_file': str(folder / 'key_events.json'),
        'max_pairs': args.event_pairs,
        'left_out': WRONG_EVENTS,
    }
    model = build_model(inferencer, ())
    metrics = [
        {**metric, 'prefix': name, 'features': features}
        for name, features in described(DESCRIPTIONS, model)
    ]
    flat = {**metric, 'prefix': 'plain 2D', 'features': ['keypoint_labels']}
    figures = evaluate(build_flat_model(), event_clips(folder, metric), [flat], 'flat')
    yield 'key events, % of the clip: straight line', figures.pop('plain 2D/line')
    figures |= evaluate(model, event_clips(folder, metric), metrics, 'key events')
    for key, value in figures.items():
        if not key.endswith('/line'):
            yield f'key events, % of the clip: {key}', value


def event_clips(folder: Path, metric: dict) -> Any:
    """Build the data set of the clips whose events a metric compares."""
    pairs = METRICS.build({**metric, 'features': []}).pairs
    needed = {name for pair in pairs for name in (pair.clip_a, pair.clip_b)}
    pipeline = [{'type': 'PackPoseClip'}]
    dataset = DATASETS.build(
        {
            'type': 'PennAction',
            'data_root': folder,
            'split': 'all',
            'pipeline': pipeline,
        }
    )
    dataset.clips = [clip for clip in dataset.clips if clip.clip_id in needed]
    return dataset


def measure_warped(inferencer: dict, args: Namespace) -> Iterator[tuple[str, float]]:
    """Measure how well the views of a recording are aligned with one another."""
    model = build_model(inferencer, ()).inferencer
    for name in args.recordings:
        views = filmed_views(name, args.work_dir)
        movements = [
            [
                warp_view(view, np.random.default_rng((seed, i)))
                for i, view in enumerate(views)
            ]
            for seed in range(args.warps)
        ]
        for row, columns in align_all(movements, {'normalizer': model}, name).items():
            for way, scores in columns.items():
                error, hits = np.mean(scores, axis=0)
                yield f'warped, {name}: {row}, {way}, frames', float(error)
                if way == 'as it is' and not np.isnan(hits):
                    yield f'warped, {name}: {row}, nearest frame hit@5', float(hits)


def build_flat_model() -> Any:
    """Build the model that does nothing but prepare 2D keypoints."""
    steps = [{'type': 'NormalizeKeypoints'}]
    preprocessor = {'type': 'PoseClipPreprocessor', 'test_transforms': steps}
    return MODELS.build({'type': 'InputPoses', 'data_preprocessor': preprocessor})


def build_model(inferencer: dict[str, Any], steps: tuple[dict, ...]) -> Any:
    """Build the model that infers poses after the steps that make its 2D input."""
    preprocessor = {'type': 'PoseClipPreprocessor', 'test_transforms': list(steps)}
    config = {
        'type': 'InferredPoses',
        'data_preprocessor': preprocessor,
        **inferencer,
    }
    return MODELS.build(config)


@torch.inference_mode()
def evaluate(
    model: Any, dataset: Any, metrics: list[dict], name: str
) -> dict[str, float]:
    """Run the model over a data set and compute the metrics."""
    evaluator = Evaluator(metrics)
    evaluator.dataset_meta = dataset.metainfo
    for index in tqdm(range(len(dataset)), desc=name, delay=2, leave=False):
        batch = default_collate([dataset[index]])
        evaluator.process(model.test_step(batch), batch)
    return evaluator.evaluate(len(dataset))


def table(columns: dict[str, dict[str, float]]) -> str:
    """Lay the figures out in Markdown, a column for each checkpoint."""
    rows = list(dict.fromkeys(row for figures in columns.values() for row in figures))
    lines = ['| | ' + ' | '.join(columns) + ' |', '|---' * (len(columns) + 1) + '|']
    for row in rows:
        cells = [
            f'{figures[row]:.2f}' if row in figures else '-'
            for figures in columns.values()
        ]
        lines.append(f'| {row} | ' + ' | '.join(cells) + ' |')
    return '\n'.join(lines) + '\n'


if __name__ == '__main__':
    sys.exit(main())
