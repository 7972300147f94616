"""Action recognition by the nearest neighbours among rank-pooled clips.

A clip is described by one or several parts, e.g. poses and features. Each part is
pooled to a vector, and the distances of the parts add up.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mmposenorm.evaluation.frame_descriptions import describe_frames
from mmposenorm.evaluation.nearest_neighbours import (
    nearest,
    score,
    squared_distances,
    unit_rows,
    whiten,
)
from mmposenorm.evaluation.rank_pooling import rank_pool

DISTANCES = ('cosine', 'euclidean')


class PooledClip(NamedTuple):
    """A clip, pooled to one vector for each part of its description."""

    clip_id: str
    view: str
    subject: str
    action: str
    vectors: list[np.ndarray]


class QueryResult(NamedTuple):
    """What the nearest clips say about a query."""

    query: PooledClip
    labels: np.ndarray  # of the k nearest, nearest first
    correct: dict[str, bool]  # see nearest_neighbours.score


def pool_parts(
    fields: Mapping[str, ArrayLike],
    parts: Sequence[Mapping[str, Any]],
    pooling: Mapping[str, Any] | None = None,
) -> list[np.ndarray]:
    """Pool each part of a clip's description to a vector.

    Args:
        fields: Features of each frame by name, (T, ...).
        parts: Dicts of ``features`` and, optionally, ``descriptor``; see
            :func:`mmposenorm.evaluation.frame_descriptions.describe_frames`.
        pooling: Options of :func:`mmposenorm.evaluation.rank_pooling.rank_pool`.

    Returns:
        A vector for each part.

    Raises:
        ValueError: If a field is missing.
    """
    return [
        rank_pool(
            describe_frames(fields, part['features'], part.get('descriptor')),
            **(pooling or {}),
        )
        for part in parts
    ]


def match_queries(
    clips: Sequence[PooledClip],
    allowed: np.ndarray,
    k: int,
    weights: Sequence[float],
    distance: str = 'cosine',
    whitening: float | None = None,
) -> list[QueryResult]:
    """Find the nearest clips of each query.

    Args:
        clips: The clips, N.
        allowed: Which clips (columns) each query (row) is compared with, (N, N). Rows
            that are all False are not queries.
        k: Number of neighbours.
        weights: Weight of each part in the sum of squared distances.
        distance: ``'euclidean'``, or ``'cosine'``: vectors are scaled to length 1.
        whitening: Shrinkage of :func:`whiten`, estimated from all clips that some query
            is compared with. Without it, vectors are not whitened.

    Returns:
        A result for each query.

    Raises:
        ValueError: If a query is compared with fewer than k clips.
    """
    queries = np.flatnonzero(allowed.any(axis=1))
    gallery = np.flatnonzero(allowed.any(axis=0))
    total = np.zeros((len(queries), len(gallery)))
    for part, weight in enumerate(weights):
        vectors = np.stack([clip.vectors[part] for clip in clips])
        vectors = unit_rows(vectors) if distance == 'cosine' else vectors
        if whitening is not None:
            vectors = whiten(vectors, vectors[gallery], whitening)
            vectors = unit_rows(vectors) if distance == 'cosine' else vectors
        total += weight * squared_distances(vectors[queries], vectors[gallery])
    actions = np.array([clip.action for clip in clips])
    chosen = nearest(total, allowed[np.ix_(queries, gallery)], k)
    found = actions[gallery][chosen]
    scores = score(found, actions[queries])
    return [
        QueryResult(
            clips[query], found[row], {key: bool(v[row]) for key, v in scores.items()}
        )
        for row, query in enumerate(queries)
    ]


def summarize_results(results: Sequence[QueryResult]) -> dict[str, float]:
    """Average over queries, in per cent.

    Returns:
        The shares of :func:`mmposenorm.evaluation.nearest_neighbours.score`, and
        ``mean_class``, the mean of the actions' ``top1``.
    """
    summary = {
        key: 100 * float(np.mean([result.correct[key] for result in results]))
        for key in results[0].correct
    }
    return summary | {'mean_class': float(np.mean([*class_accuracy(results).values()]))}


def class_accuracy(results: Sequence[QueryResult]) -> dict[str, float]:
    """Return the ``top1`` of each action in per cent, in alphabetical order."""
    correct: dict[str, list[bool]] = {}
    for result in results:
        correct.setdefault(result.query.action, []).append(result.correct['top1'])
    return {action: 100 * float(np.mean(correct[action])) for action in sorted(correct)}
