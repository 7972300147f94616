"""The row ``data`` of tools/benchmark: from files to the input of the network."""

import warnings
from collections import deque
from collections.abc import Iterator
from itertools import chain, islice, repeat
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from mmengine.config import Config
from mmengine.hub import get_config
from mmengine.model import BaseDataPreprocessor
from mmengine.registry import DefaultScope
from mmengine.runner import Runner
from row import Row, in_turns
from torch import Tensor

from mmposenorm.datasets.synthetic import write_synthetic_h36m, write_synthetic_mocap
from mmposenorm.registry import MODELS

CONFIGS = Path(__file__).resolve().parents[2] / 'configs'
MMPOSE_CONFIG = 'video-pose-lift_tcn-27frm-supv_8xb128-160e_h36m.py'


def measure_data(
    num_frames: int = 500, num_batches: int = 3, turns: int = 15
) -> list[Row]:
    """Compare data paths from files to the input tensor of the network.

    All run on one thread, as in the workers of a data loader.

    Args:
        num_frames: Number of frames of each of the 16 clips.
        num_batches: Number of batches of mmpose in a turn; ten times as many of ours,
            so that all take about as long.
        turns: Number of turns.
    """
    with TemporaryDirectory() as folder:
        write_synthetic_h36m(folder, num_frames)
        mocap = Path(folder) / 'train.npz'
        write_synthetic_mocap(mocap, num_clips=16, num_frames=num_frames)
        paths = {
            'H36MClips': our_batches('posenorm_h36m.py', data_root=folder),
            'MocapClips': our_batches('posenorm_cmu.py', ann_file=str(mocap)),
            'mmpose': mmpose_batches(folder),
        }
    shapes = {name: next(batches).shape for name, batches in paths.items()}
    counts = dict.fromkeys(paths, 10 * num_batches) | {'mmpose': num_batches}
    seconds = time_paths(paths, counts, turns)
    inputs = {name: batch * frames for name, (batch, frames, *_) in shapes.items()}
    targets = inputs | {'mmpose': shapes['mmpose'][0]}
    sizes = ', '.join(f'{b} x {t} ({name})' for name, (b, t, *_) in shapes.items())
    conditions = (
        f'16 synthetic clips of {num_frames} frames, the same files for H36MClips and '
        'mmpose; ours as in posenorm_h36m.py and posenorm_cmu.py (with virtual '
        f'cameras), batch transforms included; mmpose as in {MMPOSE_CONFIG}. Samples x '
        f'frames of a batch: {sizes}; ours supervise every frame, a window of mmpose '
        f'one. CPU, 1 thread, 0 workers; {turns} turns of {num_batches} batches of '
        f'mmpose and {10 * num_batches} of ours.'
    )
    rows = []
    for what, frames in (('input', inputs), ('supervised target', targets)):
        rates = {name: frames[name] * counts[name] / seconds[name] for name in paths}
        figures = {f'{name}, frames/s': rate for name, rate in rates.items()}
        for name in ('H36MClips', 'MocapClips'):
            figures[f'ratio {name} / mmpose'] = rates[name] / rates['mmpose']
        rows.append(Row(f'data: {what} frames per second', figures, conditions))
    return rows


def time_paths(
    paths: dict[str, Iterator[Tensor]], counts: dict[str, int], turns: int
) -> dict[str, np.ndarray]:
    """Time how long each path takes for its number of batches, on one thread."""
    runs = {
        name: lambda name=name: deque(islice(paths[name], counts[name]), maxlen=0)
        for name in paths
    }
    num_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return in_turns(runs, turns)
    finally:
        torch.set_num_threads(num_threads)


def our_batches(config_name: str, **options: str) -> Iterator[Tensor]:
    """Iterate endlessly over batches of our encoder's training input, (B, T, 51).

    Args:
        config_name: One of our configs.
        options: Fields of its data set to change.
    """
    config = Config.fromfile(CONFIGS / config_name)
    config.train_dataloader.dataset.update(options)
    with DefaultScope.overwrite_default_scope('mmposenorm'):
        preprocessor = MODELS.build(config.model.data_preprocessor)
        batches = _endless(config.train_dataloader)

    def encode(batch: dict) -> Tensor:  # as PoseNormalizer.estimate does
        inputs = preprocessor(batch, training=True)['inputs']
        keypoints, visible = inputs['keypoint_labels'], inputs['keypoints_visible']
        return torch.cat([keypoints, visible[..., None]], dim=-1).flatten(-2)

    return map(encode, batches)


def mmpose_batches(data_root: str) -> Iterator[Tensor]:
    """Iterate endlessly over training input of mmpose's VideoPose3D, (B, 27, 34).

    Args:
        data_root: Folder of Human3.6M in mmpose's format.
    """
    folder = 'mmpose::body_3d_keypoint/video_pose_lift/h36m/'
    with DefaultScope.overwrite_default_scope('mmpose'), warnings.catch_warnings():
        # mmpose first looks for its joint names in our folder, and warns about it.
        warnings.simplefilter('ignore')
        config = get_config(folder + MMPOSE_CONFIG)
        config.train_dataloader.dataset.data_root = data_root
        batches = _endless(config.train_dataloader)
    preprocessor = BaseDataPreprocessor()  # as in mmpose's lifters
    return (torch.stack(preprocessor(batch)['inputs']).mT for batch in batches)


def _endless(dataloader: dict) -> Iterator[dict]:
    dataloader.update(num_workers=0, persistent_workers=False, drop_last=True)
    return chain.from_iterable(repeat(Runner.build_dataloader(dataloader)))
