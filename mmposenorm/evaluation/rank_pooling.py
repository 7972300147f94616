"""Rank pooling: encode a sequence of any length as one vector.

The vector is the direction in which the sequence moves over time: a linear function of
the smoothed features that approximates the frame number. ``T`` is the number of frames,
``E`` the number of features of a frame.
"""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from threadpoolctl import ThreadpoolController

from mmposenorm.registry import TRANSFORMS

POWERS = ('split', 'signed', 'none')

# Limit of the solver's steps; it usually needs two to four.
_MAX_STEPS = 50
_SHORTEST = 1e-12


def rank_pool(
    sequence: ArrayLike,
    power: str = 'split',
    regularization: float = 1.0,
    epsilon: float = 0.1,
    reverse: bool = True,
) -> np.ndarray:
    r"""Encode a sequence by the function that ranks its frames.

    With :math:`v_t` the running mean of the features, after a square root of its values
    and scaled to length 1, the vector is

    .. math::
        \arg\min_w \tfrac12 \lVert w \rVert^2
            + C \sum_{t=1}^T \max(0, \lvert w \cdot v_t - t \rvert - \epsilon)^2,

    followed by the vector of the reversed sequence.

    Args:
        sequence: Features of each frame, (T, ...), T >= 1. Rows of zeros (nothing was
            seen) stay zeros.
        power: How the square root treats signs. ``'split'`` takes the roots of the
            positive and the negative part side by side, which doubles E; ``'signed'``
            multiplies the root by the sign; ``'none'`` takes no root.
        regularization: C.
        epsilon: Errors of the frame number up to this size cost nothing. With 0, this
            is ridge regression, solved in one step.
        reverse: Whether to append the vector of the reversed sequence.

    Returns:
        The vector, (E',) float64, with E' = E, doubled by ``'split'`` and again by
        ``reverse``.

    Raises:
        ValueError: If there is no frame, a feature is not finite, or an option is
            invalid.

    Source:
        Fernando et al., "Modeling video evolution for action recognition" (2015),
        solved there by liblinear's L2-loss support vector regression without bias,
        C = 1, epsilon = 0.1. Our solver finds the exact optimum of the same objective.
    """
    _check_options(power, regularization, epsilon)
    rows = _checked_rows(sequence)
    directions = [rows, rows[::-1]] if reverse else [rows]
    # The matrices are so small that threads mostly wait for each other: on a busy
    # machine they take fifty times as long as one thread.
    with _thread_pools().limit(limits=1, user_api='blas'):
        return np.concatenate(
            [
                support_vector_regression(smooth(one, power), regularization, epsilon)
                for one in directions
            ]
        )


def _check_options(power: str, regularization: float, epsilon: float) -> None:
    if power not in POWERS:
        raise ValueError(f'power must be one of {POWERS}, but is {power!r}.')
    if regularization <= 0 or epsilon < 0:
        raise ValueError(
            'regularization must be positive and epsilon at least 0, but they are '
            f'{regularization} and {epsilon}.'
        )


def _checked_rows(sequence: ArrayLike) -> np.ndarray:
    """Return the features of each frame as a row, (T, E)."""
    rows = np.asarray(sequence, np.float64)
    if rows.ndim < 2 or not rows.size:
        raise ValueError(
            f'sequence has shape {rows.shape}; expected (T, ...), the features of at '
            'least one frame.'
        )
    rows = rows.reshape(len(rows), -1)
    if not np.isfinite(rows).all():
        raise ValueError(
            'sequence must be finite, but contains NaN or infinite values, first in '
            f'frame {int(np.argmin(np.isfinite(rows).all(axis=1)))}. Fill gaps first '
            '(FillGaps).'
        )
    return rows


@cache
def _thread_pools() -> ThreadpoolController:
    """Find the libraries that use threads, once, since it takes milliseconds."""
    return ThreadpoolController()


def smooth(rows: np.ndarray, power: str) -> np.ndarray:
    """Take the running mean and the square root, and scale rows to length 1.

    Args:
        rows: Features of each frame, (T, E).
        power: How the root treats signs, see :func:`rank_pool`.

    Returns:
        Smoothed features, (T, E), or (T, 2 E) for ``'split'``.
    """
    means = np.cumsum(rows, axis=0) / np.arange(1, len(rows) + 1)[:, None]
    if power == 'signed':
        means = np.sign(means) * np.sqrt(np.abs(means))
    elif power == 'split':
        means = np.sqrt(np.concatenate([means, -means], axis=1).clip(min=0))
    lengths = np.linalg.norm(means, axis=1, keepdims=True)
    return means / np.maximum(lengths, _SHORTEST)


def support_vector_regression(
    rows: np.ndarray, regularization: float, epsilon: float
) -> np.ndarray:
    """Regress the frame number 1, 2, ... on features, see :func:`rank_pool`.

    While the same frames are off by more than epsilon on the same side, the loss is
    quadratic, so Newton's method has reached the optimum once these frames stay the
    same.

    Args:
        rows: Features of each frame, (T, E).
        regularization: C.
        epsilon: Errors up to this size cost nothing.

    Returns:
        The weights, (E,).
    """
    frames = np.arange(1.0, len(rows) + 1)
    signs = np.ones(len(rows))  # sign of each frame's error; 0: at most epsilon
    for _ in range(_MAX_STEPS):
        outside = signs != 0
        targets = (frames - epsilon * signs)[outside]
        weights = _ridge(rows[outside], targets, 0.5 / regularization)
        errors = frames - rows @ weights
        before = signs
        signs = np.where(np.abs(errors) > epsilon, np.sign(errors), 0)
        if epsilon == 0 or np.array_equal(signs, before):
            break
    return weights


def _ridge(rows: np.ndarray, targets: np.ndarray, damping: float) -> np.ndarray:
    """Ridge regression by the smaller of two systems with the same solution."""
    count, width = rows.shape
    if width <= count:
        gram = rows.T @ rows + damping * np.eye(width)
        return np.linalg.solve(gram, rows.T @ targets)
    gram = rows @ rows.T + damping * np.eye(count)
    return rows.T @ np.linalg.solve(gram, targets)


@TRANSFORMS.register_module()
class RankPool:
    """Pool a sequence of features by :func:`rank_pool`.

    Required and modified key: ``key``, from (T, ...) to (E',).

    Args:
        key: Key of the sequence.
        **options: See :func:`rank_pool`.
    """

    def __init__(self, key: str, **options: Any) -> None:
        self.key = key
        self.options = options
        rank_pool(np.ones((1, 1)), **options)  # refuse bad options at once

    def __call__(self, results: dict[str, Any]) -> dict[str, Any]:
        """Replace the sequence by its vector."""
        if self.key not in results:
            raise ValueError(
                f"RankPool did not find '{self.key}', only {sorted(results)}. Check "
                '`key`.'
            )
        return results | {self.key: rank_pool(results[self.key], **self.options)}
