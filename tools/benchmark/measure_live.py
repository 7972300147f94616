"""The row ``live`` of tools/benchmark: a person who moves now, frame by frame."""

import time
from collections.abc import Callable, Iterator
from itertools import islice

import numpy as np
import torch
from measure_compare import draw_views
from row import Row, in_turns

from mmposenorm import PoseNormInferencer
from mmposenorm.alignment import OnlineAlignment
from mmposenorm.keypoints.people import FramePeople, frame_people
from mmposenorm.live import LiveGuide
from mmposenorm.live.keypoint_grid import UNSETTLED
from mmposenorm.live.pose_stream import LOOK_AHEAD
from mmposenorm.models.streaming_encoder import StreamingEncoder

_FPS = 30.0


def measure_live(num_frames: int = 60, turns: int = 7, updates: int = 200) -> list[Row]:
    """Measure what follows the 2D pose of each frame.

    Args:
        num_frames: Frames that arrive in each turn.
        turns: Number of turns.
        updates: Updates of an alignment alone, and estimates of a feature alone.
    """
    reference, live = draw_views(300)
    inferencer = PoseNormInferencer(device='cpu')
    result = inferencer(reference, layout='h36m', fps=_FPS)
    # To and fro, so that the person never jumps and is taken for another.
    frames = [
        frame_people(pose[None], np.ones((1, 17))) for pose in [*live, *live[::-1]]
    ]
    guide = LiveGuide(result, inferencer, 'h36m', _FPS)
    clock = iter(range(10**9))
    milliseconds = np.array(
        [follow(guide, frames, clock, num_frames) for _ in range(turns + 1)][1:]
    )
    wall, processor = milliseconds[..., 0], milliseconds[..., 1]
    online, features = OnlineAlignment(result.pose_features), result.pose_features
    runs: dict[str, Callable[[], object]] = {
        'alignment': lambda: [
            online.update(features[number % 300]) for number in range(updates)
        ],
        **encoders(inferencer, updates),
    }
    seconds = in_turns(runs, turns)
    window = seconds.pop('whole window')
    figures = {
        'all, ms a frame': wall.mean(axis=1),
        'all, ms of processor time a frame': processor.mean(axis=1),
        'all, ms of the frame at 95 %': np.quantile(wall, 0.95, axis=1),
        **{f'{name}, ms a frame': 1000 * seconds[name] / updates for name in seconds},
        'ratio whole window / feature': window / (seconds['feature'] / updates),
    }
    conditions = (
        f'{_FPS:.0f} frames a second of one person, 17 keypoints, against a reference '
        'of 300 frames; look-ahead, poses a second and weights as shipped; a feature '
        'of every second moment; whole window: all 63 frames that the network sees; '
        f'{torch.get_num_threads()} CPU thread(s); {turns} turns.'
    )
    return [Row('live: what follows the 2D pose of a frame', figures, conditions)]


def follow(
    guide: LiveGuide, frames: list[FramePeople], clock: Iterator[int], count: int
) -> list[tuple[float, float]]:
    """Let some frames arrive; return what each took, in ms of time and of processor."""
    spent = []
    for number in islice(clock, count):
        start, busy = time.perf_counter(), time.process_time()
        guide.add(frames[number % len(frames)], number / _FPS)
        took = time.perf_counter() - start, time.process_time() - busy
        spent.append((1000 * took[0], 1000 * took[1]))
    return spent


def encoders(
    inferencer: PoseNormInferencer, count: int
) -> dict[str, Callable[[], object]]:
    """Return functions that encode frames that arrive, and a whole window once."""
    encoder = inferencer.network.encoder
    streaming = StreamingEncoder(encoder, LOOK_AHEAD, UNSETTLED)
    window = torch.zeros(1, streaming.most_inputs, 51)

    def stream() -> None:
        for _ in range(count):
            streaming.latest += 2
            streaming(window[:, -streaming.num_inputs :])

    @torch.inference_mode()
    def whole_window() -> torch.Tensor:
        return encoder(window[:, : encoder.receptive_field])

    return {'feature': stream, 'whole window': whole_window}
