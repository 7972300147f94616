"""The rows ``mining`` and ``embed`` of tools/benchmark: the paper's pose embedder."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from row import Row, in_turns
from torch import Tensor, nn

from mmposenorm.datasets.synthetic import draw_body, draw_motion
from mmposenorm.geometry.normalization import normalize_keypoints_3d
from mmposenorm.models import FullyConnectedEncoder, PoseEmbedder

CONFIG = Path(__file__).resolve().parents[2] / 'configs' / 'embedder_cmu.py'


def measure_mining(
    batch: tuple[int, int, int] | None = None, turns: int = 30
) -> list[Row]:
    """Measure the share of a training step that mining and the loss take.

    Args:
        batch: Clips, renderings and frames of each; as in the config if not given.
        turns: Number of turns.
    """
    config = Config.fromfile(CONFIG)
    if batch is None:
        loader = config.train_dataloader
        dataset = loader.dataset
        batch = loader.batch_size, dataset.num_renderings, dataset.clip_length
    poses = draw_poses(batch[0] * batch[1], batch[2]).unflatten(0, batch[:2])
    runs = training_steps(config, poses)
    seconds = in_turns(runs, turns)
    figures = {f'{name}, ms': 1000 * times for name, times in seconds.items()}
    whole, encoder = seconds.values()
    figures['ratio mining and loss / whole step'] = 1 - encoder / whole
    conditions = (
        f'{CONFIG.name}: {config.model.encoder.type}, {config.model.miner.type}, '
        f'{config.model.loss.type}, AdamW; {batch[0]} clips in {batch[1]} '
        f'renderings of {batch[2]} frames, float32, CPU; {turns} turns. The step '
        'without them minimizes the mean feature.'
    )
    return [Row('mining: a training step of the pose embedder', figures, conditions)]


def training_steps(config: Config, poses: Tensor) -> dict[str, Callable[[], object]]:
    """Return a training step, and one without mining and triplet loss.

    Args:
        config: Config of a pose embedder.
        poses: Normalized poses in metres, (B, R, T, 17, 3).
    """
    parts = {name: config.model[name] for name in ('encoder', 'loss', 'miner')}
    with DefaultScope.overwrite_default_scope('mmposenorm'):
        embedder = PoseEmbedder(**parts).train()
    optimizer = torch.optim.AdamW(embedder.parameters(), lr=1e-6)

    def step(loss: Tensor) -> None:
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    frames = poses.flatten(0, 1)
    return {
        'whole step': lambda: step(
            embedder.loss({'normalized_poses': poses})['loss_triplet']
        ),
        'without mining and loss': lambda: step(embedder.encoder(frames).mean()),
    }


def measure_embedding(num_poses: int = 100_000, turns: int = 7) -> list[Row]:
    """Compare the features of many poses with a bare MLP of the same layers.

    Args:
        num_poses: Number of poses.
        turns: Number of turns.
    """
    poses = torch.randn(1, num_poses, 17, 3, generator=torch.Generator().manual_seed(0))
    encoder = FullyConnectedEncoder().eval()
    bare = bare_network(encoder)
    with torch.inference_mode():
        seconds = in_turns(
            {
                'FullyConnectedEncoder': lambda: encoder(poses),
                'bare MLP': lambda: bare(poses[0].flatten(1)),
            },
            turns,
        )
    figures = {f'{name}, s': times for name, times in seconds.items()}
    ours, theirs = seconds.values()
    figures['ratio FullyConnectedEncoder / bare MLP'] = ours / theirs
    conditions = (
        f'{num_poses} poses to 64-D features, float32, CPU; the bare MLP is the same '
        'linear layers with ReLUs between, without the batch norms and the residual '
        f'connections; {turns} turns.'
    )
    return [Row('embed: normalized poses to features', figures, conditions)]


def bare_network(encoder: FullyConnectedEncoder) -> nn.Sequential:
    """Chain the linear layers of an encoder with ReLUs between, and nothing else."""
    linear = [layer for layer in encoder.modules() if isinstance(layer, nn.Linear)]
    return nn.Sequential(*(part for layer in linear for part in (layer, nn.ReLU())))[
        :-1
    ]


def draw_poses(num_clips: int, num_frames: int) -> Tensor:
    """Draw normalized poses of synthetic walks, (num_clips, num_frames, 17, 3) m."""
    generator = np.random.default_rng(0)
    clips = [
        draw_motion(draw_body(generator), num_frames, generator)
        for _ in range(num_clips)
    ]
    return torch.stack([torch.from_numpy(normalize_keypoints_3d(c)) for c in clips])
