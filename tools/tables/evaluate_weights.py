"""Measure weights on all development sets, side by side, to choose recipes by.

mocap    normalized error (mm), limb directions (degrees), their calibration and
hit@5 on motion capture of people who were not trained on, seen from all
around, from clean 2D and with a detector's errors
events   key events of real people (Penn Action): how far from B's event A's event is
matched, in per cent of the clip, by several descriptions of a frame
"""

import json
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from mmengine.dataset import default_collate
from mmengine.evaluator import Evaluator
from mmengine.registry import init_default_scope
from tqdm import tqdm

from mmposenorm.atomic_files import atomic_path
from mmposenorm.engine.runtime import one_sentence_errors
from mmposenorm.registry import DATASETS, MODELS

SHIPPED = 'shipped'
# Of each set the file, beside the folder of the data, and the largest number of clips.
MOCAP = {
    'CMU test': ('cmu_h36m17/test.npz', 80),
    'HDM05 dev': ('mocap/hdm05_dev.npz', 60),
    'UI-PRMD dev': ('mocap/uiprmd_dev.npz', 60),
}
VIEWS = (0, 90, 180, 270)
FRONTAL = (-22.5, 22.5)
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
# Features are unit vectors; nine limb directions and up are ten.
FEATURES = {'features': 'pose_features', 'weight': 3.0}
DESCRIPTIONS = {
    'normalized poses': ['normalized_poses'],
    'limb directions + up': LIMBS_AND_UP,
    'pose features': ['pose_features'],
    'features + limbs + up': [
        {'features': 'pose_features', 'weight': 3.0},
        *LIMBS_AND_UP,
    ],
}


def parse_arguments() -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(
        description=__doc__,
        epilog='example:\n  python tools/tables/evaluate_weights.py shipped mine.pth',
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        'checkpoints', nargs='*', default=[SHIPPED],
        help=f'files of tools/export_weights.py, or {SHIPPED!r} (default)',
    )  # fmt: skip
    parser.add_argument('--data', type=Path, default=Path('data'))
    parser.add_argument(
        '--only', nargs='+', choices=('mocap', 'events'), default=('mocap', 'events')
    )
    parser.add_argument('--out', type=Path, help='a file for the table, in Markdown')
    return parser.parse_args()


def main() -> None:
    """Print one table of all figures."""
    args = parse_arguments()
    init_default_scope('mmposenorm')
    with one_sentence_errors():
        columns = {name: dict(measure(name, args)) for name in args.checkpoints}
        text = table(columns)
        print(text)
        if args.out is not None:
            with atomic_path(args.out) as partial:
                partial.write_text(text)


def measure(checkpoint: str, args: Namespace) -> Iterator[tuple[str, float]]:
    """Measure one checkpoint on everything that the command line asks for."""
    inferencer = {} if checkpoint == SHIPPED else {'checkpoint': checkpoint}
    if 'mocap' in args.only:
        for name, (file, max_clips) in MOCAP.items():
            for condition, steps in (('clean', CLEAN), ('detected', DETECTED)):
                figures = measure_mocap(args.data / file, max_clips, steps, inferencer)
                for key, value in figures.items():
                    yield f'{name}, {condition}: {key}', value
    if 'events' in args.only:
        figures = measure_events(args.data / 'penn_action', inferencer)
        for key, value in figures.items():
            yield f'key events, % of the clip: {key}', value


def measure_mocap(
    file: Path, max_clips: int, steps: tuple[dict, ...], inferencer: dict[str, Any]
) -> dict[str, float]:
    """Measure errors from all around and retrieval between two frontal views."""
    model = build_model(inferencer, steps)
    clips = {
        'type': 'MocapClips', 'ann_file': file, 'test_mode': True, 'views': VIEWS,
        'index_file': file.with_name('index.json'),
        'pipeline': [{'type': 'PackPoseClip'}],
    }  # fmt: skip
    metrics = [{'type': 'NormalizedError'}, {'type': 'LimbDirectionError'}]
    tried = model.inferencer(torch.rand(3, 17, 2).numpy(), layout='h36m')
    if tried.direction_sigma is not None:
        metrics.append({'type': 'DirectionCalibration'})
    dataset = DATASETS.build(clips)
    dataset.clips = thin_out(dataset.clips, max_clips, len(VIEWS))
    figures = evaluate(model, dataset, metrics, f'{file.stem} errors')
    pairs = DATASETS.build(
        {
            'type': 'CorrespondencePairs',
            'clips': clips | {'views': FRONTAL, 'pipeline': []},
            'pipeline': [{'type': 'PackPoseClip'}],
        }
    )
    fields = ['normalized_poses']
    if model.inferencer.has_features:
        fields.append('pose_features')
    metrics = [
        {'type': 'DenseCorrespondence', 'features': field, 'prefix': field}
        for field in fields
    ]
    found = evaluate(model, pairs, metrics, f'{file.stem} pairs')
    short = {k.split('/')[1]: v for k, v in figures.items()}
    return short | {k: v for k, v in found.items() if k.split('/')[1] in _HITS}


_HITS = ('hit@5', 'hit@5_clips')


def measure_events(folder: Path, inferencer: dict[str, Any]) -> dict[str, float]:
    """Measure key events of Penn Action by each description of a frame."""
    model = build_model(inferencer, ())
    dataset = DATASETS.build(
        {
            'type': 'PennAction',
            'data_root': folder,
            'split': 'all',
            'pipeline': [{'type': 'PackPoseClip'}],
        }
    )
    events_file = folder / 'key_events.json'
    metrics = [
        {
            'type': 'KeyEventError',
            'prefix': name,
            'features': features,
            'events_file': str(events_file),
        }
        for name, features in DESCRIPTIONS.items()
        if model.inferencer.has_features or 'features' not in name
    ]
    with_events = json.loads(events_file.read_text())
    dataset.clips = [clip for clip in dataset.clips if clip.clip_id in with_events]
    figures = evaluate(model, dataset, metrics, 'key events')
    line = {'straight line': figures[f'{metrics[0]["prefix"]}/line']}
    return line | {k: v for k, v in figures.items() if not k.endswith('/line')}


def thin_out(clips: list, max_clips: int, num_views: int) -> list:
    """Keep evenly spread motions, each with all its views."""
    motions = len(clips) // num_views
    step = -(-motions // max_clips)
    return [clip for i, clip in enumerate(clips) if i // num_views % step == 0]


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
