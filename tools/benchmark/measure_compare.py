"""The row ``compare`` of tools/benchmark: two clips from 2D poses to differences."""

import numpy as np
import torch
from row import Row, in_turns

from mmposenorm import PoseNormInferencer
from mmposenorm.comparison import compare
from mmposenorm.datasets.synthetic import draw_body, draw_motion

# A camera from the front and one from the side: the world's x, y, z to the image's x
# and y in pixels.
_CAMERAS = np.array([[[300, 0, 60], [0, -300, 0]], [[120, 0, 280], [0, -300, 0]]])


def measure_compare(num_frames: int = 1000, turns: int = 7) -> list[Row]:
    """Measure what demo/align_videos.py does between 2D poses and writing files.

    Args:
        num_frames: Number of frames of each clip.
        turns: Number of turns.
    """
    clips = draw_views(num_frames)
    inferencer = PoseNormInferencer(device='cpu')
    results = inferencer(clips, layout='h36m', fps=50)
    options = {'layout': 'h36m', 'fps': 50, 'inferencer': inferencer}
    runs = {
        'normalize and embed': lambda: inferencer(clips, layout='h36m', fps=50),
        'compare': lambda: compare(*results),
        'all': lambda: compare(*clips, **options),
        'all, with --mirror': lambda: compare(*clips, **options, mirror=True),
    }
    figures = {
        f'{name}, ms': 1000 * seconds for name, seconds in in_turns(runs, turns).items()
    }
    conditions = (
        f'2 clips of {num_frames} frames of 17 keypoints at 50 frames per second, the '
        f'shipped weights, loaded before, on {torch.get_num_threads()} CPU thread(s); '
        f'compare: align with open ends, measure angles, judge, find differences; '
        f'{turns} turns.'
    )
    return [Row('compare: from 2D poses to what differs', figures, conditions)]


def draw_views(num_frames: int) -> list[np.ndarray]:
    """Film a walk from two sides, once at changing speed, 2 x (num_frames, 17, 2)."""
    generator = np.random.default_rng(0)
    world = draw_motion(draw_body(generator), num_frames, generator)
    speeds = np.exp(0.5 * np.sin(np.linspace(0, 12, num_frames)))
    times = speeds.cumsum() / speeds.sum() * (num_frames - 1)
    clips = [world, world[times.round().astype(int)]]
    return [
        clip @ camera.T + generator.normal(scale=2, size=(num_frames, 17, 2))
        for clip, camera in zip(clips, _CAMERAS, strict=True)
    ]
