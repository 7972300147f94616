"""A picture of the distance matrix of two clips and the path through it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmposenorm.alignment import frame_distances
from mmposenorm.atomic_files import atomic_path
from mmposenorm.comparison.clip_pictures import ShownClip
from mmposenorm.comparison.compare_clips import Comparison
from mmposenorm.comparison.sentences import MOST_SAID, angle_name
from mmposenorm.geometry.angles import ANGLES

# Longer clips are thinned out; more frames could not be seen.
_MOST_FRAMES = 1000
_LARGEST_SHOWN = 60  # degrees
_NUMBER_STYLE: dict[str, Any] = {
    'ha': 'center',
    'va': 'center',
    'fontsize': 8,
    'bbox': {'boxstyle': 'circle', 'facecolor': 'white', 'edgecolor': 'none'},
}


def plot_alignment(
    path: str | Path,
    clip_a: ShownClip,
    clip_b: ShownClip,
    comparison: Comparison,
) -> None:
    """Draw the frame distances with the path, and below them how the angles differ.

    Args:
        path: The file, ``*.png``.
        clip_a: Clip A, on the horizontal axis.
        clip_b: Clip B, on the vertical axis.
        comparison: The comparison of both.
    """
    figure = Figure(figsize=(8, 12), dpi=110, layout='constrained')
    upper, lower = figure.subplots(
        2, 1, sharex=True, gridspec_kw={'height_ratios': [7, 4]}
    )
    to_a, to_b = _clock(clip_a), _clock(clip_b)
    _draw_matrix(figure, upper, comparison, to_a, to_b)
    _draw_angles(figure, lower, comparison, to_a, len(clip_a.poses))
    unit_a, unit_b = (
        'frame' if clip.frame_times is None else 's' for clip in (clip_a, clip_b)
    )
    upper.set_ylabel(f'B: {clip_b.name} ({unit_b})')
    lower.set_xlabel(f'A: {clip_a.name} ({unit_a})')
    with atomic_path(path) as partial:
        figure.savefig(partial)


def _clock(clip: ShownClip) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function from frame numbers to coordinates of the plot."""
    if clip.frame_times is None or len(clip.frame_times) < 2:
        return np.asarray
    step = float(np.diff(clip.frame_times).mean())
    return lambda frames: np.asarray(frames) * step


def _draw_matrix(
    figure: Figure,
    axes: Axes,
    comparison: Comparison,
    to_a: Callable,
    to_b: Callable,
) -> None:
    frames_a, frames_b = comparison.described
    matrix = distance_matrix(frames_a, frames_b, _MOST_FRAMES)
    edges_a, edges_b = (
        to([-0.5, len(frames) - 0.5])
        for to, frames in ((to_a, frames_a), (to_b, frames_b))
    )
    image = axes.imshow(
        matrix.T,
        origin='lower',
        aspect='auto',
        extent=(*edges_a, *edges_b),
        cmap='viridis',
        interpolation='nearest',
    )
    figure.colorbar(image, ax=axes, label='distance of frames')
    alignment = comparison.alignment
    path = alignment.path
    style: dict[str, Any] = {'linewidth': 1.5}
    if alignment.mode == 'nn':  # in no order, so points and no line
        style = {'linewidth': 0, 'marker': '.', 'markersize': 3}
    axes.plot(to_a(path[:, 0]), to_b(path[:, 1]), color='white', **style)
    said = comparison.differences[:MOST_SAID]
    for number, difference in enumerate(said, start=1):
        at = to_a(difference.frame_a), to_b(difference.frame_b)
        axes.annotate(str(number), at, **_NUMBER_STYLE)
    axes.set_title(
        f'{len(path)} pairs; unmatched: {len(alignment.unmatched_a)} frames of A, '
        f'{len(alignment.unmatched_b)} of B'
    )


def distance_matrix(
    frames_a: np.ndarray, frames_b: np.ndarray, most_frames: int
) -> np.ndarray:
    """Compare every frame of a clip with every frame of another.

    Args:
        frames_a: What the frames of A are compared by, (Ta, E).
        frames_b: The same of B, (Tb, E).
        most_frames: Longer clips are thinned out evenly.

    Returns:
        Distances, at most (most_frames, most_frames); NaN where the person is not seen.
    """
    frames_a, frames_b = (
        frames[:: -(-len(frames) // most_frames)] for frames in (frames_a, frames_b)
    )
    matrix = frame_distances(np.nan_to_num(frames_a), np.nan_to_num(frames_b))
    matrix[np.isnan(frames_a).any(axis=1)] = np.nan
    matrix[:, np.isnan(frames_b).any(axis=1)] = np.nan
    return matrix


def _draw_angles(
    figure: Figure, axes: Axes, comparison: Comparison, to_a: Callable, length_a: int
) -> None:
    matches = comparison.alignment.matches
    matched = np.flatnonzero(matches >= 0)
    curves_a, curves_b = comparison.angles
    more = np.full((length_a, len(ANGLES)), np.nan)
    more[matched] = curves_b.degrees[matches[matched]] - curves_a.degrees[matched]
    more = (more + 180) % 360 - 180
    edges = to_a([-0.5, length_a - 0.5])
    image = axes.imshow(
        more.T,
        aspect='auto',
        extent=(*edges, len(ANGLES) - 0.5, -0.5),
        cmap='RdBu_r',
        vmin=-_LARGEST_SHOWN,
        vmax=_LARGEST_SHOWN,
        interpolation='nearest',
    )
    axes.set_facecolor('lightgrey')  # where an angle is not seen in both
    names = [angle_name(angle) for angle in ANGLES]
    axes.set_yticks(range(len(ANGLES)), names, fontsize=8)
    figure.colorbar(image, ax=axes, label='B minus A (degrees)', extend='both')
    said = comparison.differences[:MOST_SAID]
    for number, difference in enumerate(said, start=1):
        at = to_a(difference.frame_a), ANGLES.index(difference.angle)
        axes.annotate(str(number), at, **_NUMBER_STYLE)
