"""Timing and printing, shared by the rows of tools/benchmark."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from textwrap import fill

import numpy as np
import torch


@dataclass(frozen=True)
class Row:
    """One comparison.

    Args:
        what: The subject of the comparison.
        figures: Measurements and ratios in each turn, by name with the unit; None if a
            package is not installed.
        conditions: Sizes and settings.
    """

    what: str
    figures: dict[str, np.ndarray | None]
    conditions: str

    def __str__(self) -> str:
        lines = [self.what]
        for name, values in self.figures.items():
            spread = 'not installed'
            if values is not None:
                low, mid, high = np.quantile(values, (0, 0.5, 1))
                spread = f'{_short(mid):>9} ({_short(low)} - {_short(high)})'
            lines.append(f'  {name:54}{spread}')
        margin = {'initial_indent': '  ', 'subsequent_indent': '  '}
        return '\n'.join([*lines, fill(self.conditions, 88, **margin)])


def _short(value: float) -> str:
    return f'{value:,.0f}' if value >= 1000 else f'{value:.3g}'


def in_turns(
    runs: dict[str, Callable[[], object]], turns: int
) -> dict[str, np.ndarray]:
    """Measure the time of functions alternately, after calling each once.

    Args:
        runs: The functions, by name.
        turns: Number of measurements of each.

    Returns:
        Seconds in each turn, by name, (turns,).
    """
    for run in runs.values():
        run()
    seconds = {name: np.empty(turns) for name in runs}
    for turn in range(turns):
        for name, run in runs.items():
            start = now()
            run()
            seconds[name][turn] = now() - start
    return seconds


def now() -> float:
    """Read the clock after the GPU, if any, has finished its work."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter()
