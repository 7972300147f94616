"""The row ``pooling`` of tools/benchmark: rank pooling of a whole data set."""

from collections.abc import Callable, Sequence
from importlib.util import find_spec

import numpy as np
from row import Row, in_turns

from mmposenorm.evaluation.rank_pooling import rank_pool, smooth


def measure_pooling(num_clips: int = 1258, turns: int = 3) -> list[Row]:
    """Compare pooling of the pose features of as many clips as Penn Action has.

    Args:
        num_clips: Number of clips.
        turns: Number of turns.
    """
    clips = draw_sequences(num_clips)
    runs = pooling_functions()
    seconds = in_turns(
        {
            name: lambda pool=pool: [pool(clip) for clip in clips]
            for name, pool in runs.items()
            if pool
        },
        turns,
    )
    figures = {f'{name}, s': seconds.get(name) for name in runs}
    if 'scikit-learn' in seconds:
        figures['ratio scikit-learn / rank_pool'] = (
            seconds['scikit-learn'] / seconds['rank_pool']
        )
    conditions = (
        f'{num_clips} sequences of {sum(map(len, clips))} frames of 64 numbers in all, '
        'forward and reverse; scikit-learn: LinearSVR by liblinear, to its usual '
        f'tolerance; {turns} turns.'
    )
    return [Row('pooling: features to one vector a clip', figures, conditions)]


def draw_sequences(num_clips: int) -> list[np.ndarray]:
    """Draw smooth features of clips about as long as Penn Action's, each (T, 64)."""
    generator = np.random.default_rng(0)
    lengths = generator.lognormal(np.log(60), 0.5, num_clips).clip(18, 663).astype(int)
    return [generator.normal(size=(length, 64)).cumsum(axis=0) for length in lengths]


def pooling_functions() -> dict[str, Callable[[np.ndarray], Sequence] | None]:
    """Return functions that pool a sequence, by name; None if not installed."""
    runs = {'rank_pool': rank_pool, 'scikit-learn': None}
    if find_spec('sklearn'):
        from sklearn.svm import LinearSVR

        solver = LinearSVR(
            C=1,
            loss='squared_epsilon_insensitive',
            epsilon=0.1,
            dual=False,
            fit_intercept=False,
        )

        def pool(clip: np.ndarray) -> np.ndarray:
            frames = np.arange(1, len(clip) + 1)
            halves = (smooth(one, 'split') for one in (clip, clip[::-1]))
            return np.concatenate([solver.fit(rows, frames).coef_ for rows in halves])

        runs['scikit-learn'] = pool
    return runs
