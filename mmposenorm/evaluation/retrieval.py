"""Retrieval: how far up the right entries of a library stand when they are ranked.

Of ``Q`` queries and ``N`` entries, masks (Q, N) say which entries are right for a query
and which it is compared with. Of one query several entries can be right.
"""

import numpy as np

FIRST = (1, 5, 10)  # how many entries of a ranked list somebody looks at


def average_precision(
    right: np.ndarray, num_right: np.ndarray | None = None, interpolated: bool = False
) -> np.ndarray:
    """Area under the curve of precision over recall of ranked lists.

    Args:
        right: Whether each entry of a list is right, best first, (..., N) bool.
        num_right: How many right ones there are to be found, (...); those in the list
            if not given. What is missing in the list counts as never found.
        interpolated: Whether to replace each precision by the highest one at the same
            or a larger recall, which makes the curve fall steadily.

    Returns:
        From 0 to 1, (...); NaN where there is nothing to be found.
    """
    found = right.cumsum(axis=-1)
    precision = found / np.arange(1, right.shape[-1] + 1)
    if interpolated:
        precision = np.maximum.accumulate(precision[..., ::-1], axis=-1)[..., ::-1]
    total = right.sum(axis=-1) if num_right is None else np.asarray(num_right)
    with np.errstate(invalid='ignore'):
        return (precision * right).sum(axis=-1) / np.where(total > 0, total, np.nan)


def measure_queries(
    distances: np.ndarray, right: np.ndarray, allowed: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """Rank the entries for each query, nearest first, and measure the list.

    Args:
        distances: Between queries and entries, (Q, N); of two at the same distance, the
            first comes first.
        right: Which entries are right, (Q, N) bool.
        allowed: Which entries each query is compared with, (Q, N) bool; all if not
            given.

    Returns:
        Of each query, (Q,): ``AP``, the average precision, and for k in 1, 5 and 10
        ``any@k``, whether any of the first k entries is right, which the literature on
        retrieval calls hit@k. NaN for queries for which no allowed entry is right.
    """
    if allowed is not None:
        distances, right = np.where(allowed, distances, np.inf), right & allowed
    order = np.argsort(distances, axis=1, kind='stable')
    ranked = np.take_along_axis(right, order, axis=1)
    answerable = ranked.any(axis=1)
    figures = {'AP': average_precision(ranked)}
    for k in FIRST:
        figures[f'any@{k}'] = np.where(answerable, ranked[:, :k].any(axis=1), np.nan)
    return figures


def summarize_queries(figures: dict[str, np.ndarray]) -> dict[str, float]:
    """Average over the queries that have a right entry, in per cent.

    Args:
        figures: The result of :func:`measure_queries`.

    Returns:
        ``mAP``, the mean of ``AP``; the means of the others under their names; and
        ``answerable``, the share of queries that have a right entry. NaN if none has.
    """
    answerable = ~np.isnan(figures['AP'])
    means = {
        'mAP' if name == 'AP' else name: (
            100 * float(values[answerable].mean()) if answerable.any() else np.nan
        )
        for name, values in figures.items()
    }
    return means | {'answerable': 100 * float(answerable.mean())}
