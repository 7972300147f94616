"""The row ``dtw`` of tools/benchmark: dynamic time warping of pose features."""

from collections.abc import Callable, Sequence
from importlib.util import find_spec

import numpy as np
from row import Row, in_turns

from mmposenorm.alignment import align


def measure_dtw(
    num_frames: int = 2000, turns: int = 7, long_frames: int = 10_000
) -> list[Row]:
    """Compare the alignment of two clips: distances of all frames and the best path.

    Args:
        num_frames: Frames of each clip.
        turns: Number of turns.
        long_frames: Frames of each of two clips that are aligned in little memory, in
            three turns.
    """
    runs = dtw_functions(*draw_clips(num_frames))
    seconds = in_turns({name: run for name, run in runs.items() if run}, turns)
    figures = {f'{n}, ms': 1000 * seconds[n] if n in seconds else None for n in runs}
    for name in ('dtaidistance', 'tslearn'):
        if name in seconds:
            figures[f'ratio {name} / align'] = seconds[name] / seconds['align']
    conditions = (
        f'{num_frames} x {num_frames} frames of 64 numbers, float64: all Euclidean '
        f'distances (dtaidistance: squared), and the path; {turns} turns.'
    )
    return [
        Row('dtw: two clips to the path', figures, conditions),
        measure_long(long_frames),
    ]


def measure_long(num_frames: int, turns: int = 3) -> Row:
    """Align two clips whose matrix of distances is not kept."""
    clip_a, clip_b = draw_clips(num_frames)
    seconds = in_turns({'s': lambda: align(clip_a, clip_b, low_memory=True)}, turns)
    conditions = (
        f'{num_frames} x {num_frames} frames of 64 numbers; {turns} turns. The matrix '
        f'of distances would take {8 * num_frames**2 / 1e6:,.0f} MB.'
    )
    return Row('dtw: long clips in little memory', seconds, conditions)


def draw_clips(num_frames: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw a smooth motion and the same at changing speed, each (num_frames, 64)."""
    generator = np.random.default_rng(0)
    clip = generator.normal(size=(num_frames, 64)).cumsum(axis=0)
    times = np.sort(generator.integers(num_frames, size=num_frames))
    return clip, clip[times] + generator.normal(size=clip.shape)


def dtw_functions(
    clip_a: np.ndarray, clip_b: np.ndarray
) -> dict[str, Callable[[], Sequence] | None]:
    """Return functions that find the path between two clips, by name.

    Args:
        clip_a: Features of a clip, (Ta, E).
        clip_b: Features of the other, (Tb, E).

    Returns:
        The functions; None for a package that is not installed.
    """
    runs = {
        'align': lambda: align(clip_a, clip_b).path,
        'align, open ends': lambda: align(
            clip_a, clip_b, diagonal_weight=1.5, open_begin=True, open_end=True
        ).path,
        'align, low memory': lambda: align(clip_a, clip_b, low_memory=True).path,
        'dtaidistance': None,
        'tslearn': None,
    }
    if find_spec('dtaidistance'):
        from dtaidistance import dtw_ndim

        # Compiled, it takes squared distances whatever inner_dist says.
        runs['dtaidistance'] = lambda: dtw_ndim.warping_path(clip_a, clip_b, use_c=True)
    if find_spec('tslearn'):
        from tslearn.metrics import dtw_path_from_metric

        # Faster than its dtw_path.
        runs['tslearn'] = lambda: dtw_path_from_metric(
            clip_a, clip_b, metric='euclidean'
        )[0]
    return runs
