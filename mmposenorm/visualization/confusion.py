"""The picture of a confusion matrix."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure


def plot_confusion(counts: np.ndarray, names: Sequence[str]) -> Figure:
    """Draw a confusion matrix, with shares of each row in per cent.

    Args:
        counts: Numbers of clips, with true actions in rows and recognized actions in
            columns, (A, A).
        names: Names of the actions, A.

    Returns:
        The figure. Shares that round to 0 are left blank.
    """
    shares = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = 2.5 + 0.42 * len(names)
    figure = Figure(figsize=(side, side), layout='constrained')
    axes = figure.add_subplot()
    axes.imshow(shares, cmap='Blues', vmin=0, vmax=100)
    names = [name.replace('_', ' ') for name in names]
    axes.set_xticks(range(len(names)), names, rotation=90)
    axes.set_yticks(range(len(names)), names)
    axes.set(
        xlabel='recognized',
        ylabel='true',
        title='per cent of the clips of each true action',
    )
    for (row, column), share in np.ndenumerate(shares):
        if round(share):
            color = 'white' if share > 50 else 'black'
            axes.text(
                column, row, f'{share:.0f}', ha='center', va='center', fontsize=8,
                color=color,
            )  # fmt: skip
    return figure
