"""The row ``live`` of tools/benchmark: a person who moves now, frame by frame."""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from measure_compare import draw_views
from row import Row, in_turns

from mmposenorm import PoseNormInferencer
from mmposenorm.alignment import OnlineAlignment
from mmposenorm.keypoints.people import FramePeople, frame_people
from mmposenorm.live import LiveGuide
from mmposenorm.live.pose_stream import LOOK_AHEAD

_FPS = 30.0


def measure_live(
    num_frames: int = 60, turns: int = 7, updates: int = 10_000
) -> list[Row]:
    """Measure what follows the 2D pose of each frame.

    Args:
        num_frames: Frames that arrive in each turn.
        turns: Number of turns.
        updates: Updates of an alignment alone.
    """
    reference, live = draw_views(300)
    inferencer = PoseNormInferencer(device='cpu')
    result = inferencer(reference, layout='h36m', fps=_FPS)
    frames = [frame_people(pose[None], np.ones((1, 17))) for pose in live]
    guide = LiveGuide(result, inferencer, 'h36m', _FPS)
    online = OnlineAlignment(result.pose_features)
    features = result.pose_features
    clock = iter(range(10**9))
    runs: dict[str, Callable[[], object]] = {
        'all': lambda: follow(guide, frames, clock, num_frames),
        'alignment alone': lambda: [
            online.update(features[number % 300]) for number in range(updates)
        ],
        **encoders(inferencer),
    }
    seconds = in_turns(runs, turns)
    counts = {'all': num_frames, 'alignment alone': updates}
    figures = {
        f'{name}, ms a frame': 1000 * seconds[name] / counts.get(name, 1)
        for name in seconds
    }
    single, window = seconds['feature, one frame'], seconds['feature, whole window']
    figures['ratio whole window / one frame'] = window / single
    conditions = (
        f'{_FPS:.0f} frames a second of one person, 17 keypoints, against a reference '
        'of 300 frames; look-ahead, poses a second and weights as shipped; whole '
        f'window: all 63 frames that the network sees; {torch.get_num_threads()} CPU '
        f'thread(s); {turns} turns.'
    )
    return [Row('live: what follows the 2D pose of a frame', figures, conditions)]


def follow(
    guide: LiveGuide, frames: list[FramePeople], clock: Iterator[int], count: int
) -> None:
    """Let some frames arrive."""
    for _ in range(count):
        number = next(clock)
        guide.add(frames[number % len(frames)], number / _FPS)


def encoders(inferencer: PoseNormInferencer) -> dict[str, Callable[[], object]]:
    """Return functions that encode the latest frame of a window in two ways."""
    encoder = inferencer.network.encoder
    window = torch.zeros(1, encoder.receptive_field, 51)
    latest = encoder.receptive_field - 1 - LOOK_AHEAD

    @torch.inference_mode()
    def one_frame() -> torch.Tensor:
        return encoder.of_frames(window, range(latest, latest + 1))

    @torch.inference_mode()
    def whole_window() -> torch.Tensor:
        return encoder(window)

    return {'feature, one frame': one_frame, 'feature, whole window': whole_window}
