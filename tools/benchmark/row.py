"""What the rows of tools/benchmark share: how they are timed and printed."""

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
        what: What is compared.
        figures: What was measured in each turn, by name with the unit, and ratios of
            it; None: not installed.
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
    """Time functions alternately, after calling each once.

    Args:
        runs: The functions, by name.
        turns: How often each is timed.

    Returns:
        Seconds of each in each turn, by name, (turns,).
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
    """Read the clock once the GPU, if any, has done what it was given."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter()
