"""A picture of triplet mining, as Figure 4 of the paper."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmposenorm.skeletons import H36M_LEFT, H36M_PARENTS, H36M_RIGHT
from mmposenorm.visualization.poses import LEFT_COLOR, RIGHT_COLOR, TRUNK_COLOR

_ANCHOR_COLOR, _POSITIVE_COLOR, _NEGATIVE_COLOR = '#000000', '#009e73', '#cc79a7'


@dataclass
class MinedAnchor:
    """One anchor, the thresholds of a miner and the triplets that it draws.

    Args:
        title: Name of the thresholds.
        anchor: Frame of the anchor.
        distances: Primary distance of each frame from the anchor in [0, 1], NaN at the
            anchor itself, (T,).
        positive_range: Thresholds (c_pl, c_pu).
        negative_range: Thresholds (c_nl, c_nu).
        positives: Frames drawn as positives.
        negatives: Frames drawn as negatives, one for each positive.
    """

    title: str
    anchor: int
    distances: np.ndarray
    positive_range: tuple[float, float]
    negative_range: tuple[float, float]
    positives: Sequence[int]
    negatives: Sequence[int]


def plot_mining(poses: np.ndarray, stages: Sequence[MinedAnchor]) -> Figure:
    """Draw the distances of a clip from an anchor, the mining ranges and the triplets.

    Args:
        poses: Normalized poses of the clip in metres, (T, 17, 3).
        stages: The same anchor at several stages of a curriculum.

    Returns:
        A figure with a row for each stage: the curve of the distances with both ranges
        and the drawn frames, and below it the poses of the anchor and the triplets.
    """
    num_poses = 1 + 2 * max(len(stage.positives) for stage in stages)
    figure = Figure(figsize=(9.5, 3.9 * len(stages)), layout='constrained')
    rows = figure.subfigures(len(stages), squeeze=False)[:, 0]
    for row, stage in zip(rows, stages, strict=True):
        grid = row.add_gridspec(2, num_poses, height_ratios=(4, 3))
        _plot_distances(row.add_subplot(grid[0, :]), stage)
        shown = [(stage.anchor, 'anchor', _ANCHOR_COLOR)]
        shown += [(f, 'positive', _POSITIVE_COLOR) for f in stage.positives]
        shown += [(f, 'negative', _NEGATIVE_COLOR) for f in stage.negatives]
        for column, (frame, name, color) in enumerate(shown):
            axes = row.add_subplot(grid[1, column])
            _plot_pose(axes, poses[frame])
            axes.set_title(f'{name}\n{frame}', fontsize=8, color=color)
    return figure


def _plot_distances(axes: Axes, stage: MinedAnchor) -> None:
    axes.plot(stage.distances, color='0.4', linewidth=1)
    drawn = (
        (stage.positive_range, stage.positives, _POSITIVE_COLOR, 'positive', 'p'),
        (stage.negative_range, stage.negatives, _NEGATIVE_COLOR, 'negative', 'n'),
    )
    for (lower, upper), frames, color, name, letter in drawn:
        axes.axhspan(lower, upper, color=color, alpha=0.15)
        axes.plot(frames, stage.distances[frames], 'o', color=color, label=name)
        text = f'[$c_{{{letter}l}}$, $c_{{{letter}u}}$] = [{lower:.2f}, {upper:.2f}]'
        axes.annotate(
            text,
            (1.005, (lower + upper) / 2),
            xycoords=('axes fraction', 'data'),
            va='center',
            fontsize=8,
            color=color,
        )
    axes.axvline(stage.anchor, color=_ANCHOR_COLOR, linestyle=':', label='anchor')
    axes.set(
        title=stage.title,
        xlabel='frame',
        ylabel='primary distance',
        xlim=(0, len(stage.distances) - 1),
        ylim=(-0.02, 1.02),
    )
    axes.legend(loc='upper left', fontsize=8, ncols=3)


def _plot_pose(axes: Axes, pose: np.ndarray) -> None:
    for joint, parent in enumerate(H36M_PARENTS):
        if parent >= 0:
            side = (joint in H36M_RIGHT) - (joint in H36M_LEFT)
            color = {1: RIGHT_COLOR, -1: LEFT_COLOR, 0: TRUNK_COLOR}[side]
            x, y, _ = pose[[parent, joint]].T
            axes.plot(x, y, color=np.array(color) / 255, linewidth=1.5)
    axes.set(xlim=(-0.6, 0.6), ylim=(-1.0, 0.8), aspect='equal')
    axes.set_axis_off()
