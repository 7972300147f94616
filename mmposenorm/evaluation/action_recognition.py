"""Recognition of actions by the nearest neighbours among pooled clips.

``N`` clips, each of which is pooled to a vector for every part of its description.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mmposenorm.evaluation.nearest_neighbours import (
    nearest,
    score,
    squared_distances,
    unit_rows,
    whiten,
)
from mmposenorm.evaluation.rank_pooling import rank_pool
from mmposenorm.geometry.descriptors import DESCRIPTORS, upright_keypoints

DISTANCES = ('cosine', 'euclidean')
PART_DESCRIPTORS = {**DESCRIPTORS, 'upright_keypoints': upright_keypoints}


class PooledClip(NamedTuple):
    """A clip as one vector a part, with what describes it."""

    clip_id: str
    view: str
    subject: str
    action: str
    vectors: list[np.ndarray]


class Answer(NamedTuple):
    """The nearest clips of one query."""

    query: PooledClip
    labels: np.ndarray  # of the k nearest, nearest first
    right: dict[str, bool]  # see nearest_neighbours.score


def pool_parts(
    fields: Mapping[str, ArrayLike],
    parts: Sequence[Mapping[str, Any]],
    pooling: Mapping[str, Any] | None = None,
) -> list[np.ndarray]:
    """Pool the parts of a clip's description, each apart.

    Args:
        fields: Features of each frame by name, (T, ...).
        parts: Dicts with ``features``, the name of the field, and maybe
            ``descriptor``, a function of :data:`PART_DESCRIPTORS` that the field, or
            the several fields that ``features`` lists, go through first.
        pooling: Options of :func:`mmposenorm.evaluation.rank_pooling.rank_pool`.

    Returns:
        A vector for each part.

    Raises:
        ValueError: If there is no such field.
    """
    vectors = []
    for part in parts:
        names = part['features']
        names = [names] if isinstance(names, str) else list(names)
        missing = [name for name in names if name not in fields]
        if missing:
            raise ValueError(
                f"The model predicts no '{missing[0]}', only {sorted(fields)}. Check "
                '`features` of RankPoolKNN in your config.'
            )
        sequences = [np.asarray(fields[name]) for name in names]
        if part.get('descriptor') is not None:
            sequences = [PART_DESCRIPTORS[part['descriptor']](*sequences)]
        [sequence] = sequences
        vectors.append(rank_pool(sequence, **(pooling or {})))
    return vectors


def answer_queries(
    clips: Sequence[PooledClip],
    allowed: np.ndarray,
    k: int,
    weights: Sequence[float],
    distance: str = 'cosine',
    whitening: float | None = None,
) -> list[Answer]:
    """Find the nearest clips of all that may be answered.

    Args:
        clips: The clips, N.
        allowed: Which clip (column) may answer which (row), (N, N); rows without any
            are no queries.
        k: How many neighbours are asked.
        weights: Of the squared distances of each part, which add up.
        distance: ``'euclidean'``, or ``'cosine'``: vectors have length 1.
        whitening: Shrinkage of :func:`whiten`, learned from all clips that may answer
            any query, before the length is set; none if not given.

    Raises:
        ValueError: If a query has fewer than k clips that may answer it.
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
        Answer(clips[query], found[i], {key: bool(v[i]) for key, v in scores.items()})
        for i, query in enumerate(queries)
    ]


def summarize_answers(answers: Sequence[Answer]) -> dict[str, float]:
    """Average over queries, in per cent.

    Returns:
        The shares of :func:`mmposenorm.evaluation.nearest_neighbours.score`, and
        ``mean_class``, the mean over the actions of each one's ``top1``.
    """
    summary = {
        key: 100 * float(np.mean([answer.right[key] for answer in answers]))
        for key in answers[0].right
    }
    return summary | {'mean_class': float(np.mean([*class_accuracy(answers).values()]))}


def class_accuracy(answers: Sequence[Answer]) -> dict[str, float]:
    """Say for each action how many of its clips were recognized, in per cent."""
    right: dict[str, list[bool]] = {}
    for answer in answers:
        right.setdefault(answer.query.action, []).append(answer.right['top1'])
    return {action: 100 * float(np.mean(right[action])) for action in sorted(right)}
