"""Recognition by the nearest neighbours: distances, who may answer whom, votes.

``N`` clips, each once as a query; ``allowed`` (N, N) says which others (columns) may
answer a query (row), so that every protocol is a mask or several: one for each
gallery, from which alone something may be learned.
"""

from collections.abc import Sequence

import numpy as np


def squared_distances(queries: np.ndarray, gallery: np.ndarray) -> np.ndarray:
    """Measure squared Euclidean distances, (Q, E) to (G, E): (Q, G)."""
    squares = (queries**2).sum(axis=1)[:, None] + (gallery**2).sum(axis=1)
    return (squares - 2 * queries @ gallery.T).clip(min=0)


def unit_rows(vectors: np.ndarray) -> np.ndarray:
    """Bring rows to length 1; rows of zeros stay zeros. (N, E)."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths > 0, lengths, 1)


def whiten(vectors: np.ndarray, gallery: np.ndarray, shrinkage: float) -> np.ndarray:
    r"""Let directions in which all clips differ alike count less.

    In the principal axes of the gallery, each coordinate is divided by
    :math:`\sqrt{\lambda_i + s \lambda_1}`, with :math:`\lambda_i` its variance. It
    knows no label.

    Args:
        vectors: To be transformed, (N, E).
        gallery: From which mean and axes are learned, (G, E).
        shrinkage: s; the larger, the less is changed.

    Returns:
        The vectors in the axes in which the gallery varies at all, (N, E').
    """
    mean = gallery.mean(axis=0)
    centred, count = gallery - mean, len(gallery)
    if gallery.shape[1] <= count:
        variances, axes = np.linalg.eigh(centred.T @ centred / count)
    else:
        # The same axes, from the smaller matrix of products between clips.
        variances, mixes = np.linalg.eigh(centred @ centred.T / count)
        axes = centred.T @ mixes
        axes /= np.linalg.norm(axes, axis=0).clip(min=1e-12)
    largest = variances[-1]
    kept = variances > 1e-9 * largest
    scale = np.sqrt(variances[kept] + shrinkage * largest)
    return (vectors - mean) @ axes[:, kept] / scale


def leave_one_out(clip_ids: Sequence[str]) -> np.ndarray:
    """Let each clip be answered by all but itself, in any view: the mask, (N, N)."""
    clip_ids = np.asarray(clip_ids)
    return clip_ids[:, None] != clip_ids


def train_to_test(splits: Sequence[str]) -> np.ndarray:
    """Let the clips of ``'train'`` answer those of ``'test'``.

    Args:
        splits: Split of each clip, N.

    Returns:
        The mask, (N, N). Clips of other splits answer nothing and have no answers.

    Raises:
        ValueError: If one of the two is missing.
    """
    splits = np.asarray(splits)
    for needed in ('train', 'test'):
        if needed not in splits:
            found = ', '.join(sorted(set(map(str, splits)))) or 'none'
            raise ValueError(
                f"There is no clip of the split '{needed}', only of: {found}. Give "
                'the data set both, or choose another `gallery`.'
            )
    return (splits == 'test')[:, None] & (splits == 'train')


def between_folds(labels: Sequence[str], num_folds: int, seed: int) -> list[np.ndarray]:
    """Let the clips of each fold be answered by the other folds (cross-validation).

    Args:
        labels: Action of each clip, N; each is spread evenly over the folds.
        num_folds: Number of folds.
        seed: Seed of the draws.

    Returns:
        A mask for each fold, (N, N).

    Raises:
        ValueError: If there are fewer than two folds.
    """
    if num_folds < 2:
        raise ValueError(f'num_folds must be at least 2, but is {num_folds}.')
    generator = np.random.default_rng(seed)
    labels = np.asarray(labels)
    folds = np.empty(len(labels), int)
    for label in np.unique(labels):
        clips = generator.permutation(np.flatnonzero(labels == label))
        start = generator.integers(num_folds)
        folds[clips] = (start + np.arange(len(clips))) % num_folds
    return [_one_against_others(folds == fold) for fold in range(num_folds)]


def other_subjects(subjects: Sequence[str]) -> list[np.ndarray]:
    """Let each person's clips be answered by the others' (leave one person out).

    Args:
        subjects: Who moves in each clip, N.

    Returns:
        A mask for each person, (N, N).

    Raises:
        ValueError: If there is one person only.
    """
    subjects = np.asarray(subjects)
    people = np.unique(subjects)
    if len(people) < 2:
        raise ValueError(
            f'All clips are of subject {subjects[0]!r}; to leave one person out takes '
            'two. Give the clips their `subject`, or choose another `gallery`.'
        )
    return [_one_against_others(subjects == person) for person in people]


def _one_against_others(queries: np.ndarray) -> np.ndarray:
    return queries[:, None] & ~queries


def from_view(views: Sequence[str], query: str, gallery: str) -> np.ndarray:
    """Let clips seen from one side be answered by those seen from another.

    Args:
        views: From where each clip is seen, N.
        query: View of the queries.
        gallery: View of those that answer.

    Returns:
        The mask, (N, N).

    Raises:
        ValueError: If there is no clip of one of the views.
    """
    views = np.asarray(views)
    for view in (query, gallery):
        if view not in views:
            raise ValueError(
                f"There is no clip of view '{view}', only of "
                f'{", ".join(sorted(set(map(str, views))))}. Give one of these.'
            )
    return (views == query)[:, None] & (views == gallery)


def nearest(distances: np.ndarray, allowed: np.ndarray, k: int) -> np.ndarray:
    """Find the k nearest clips that may answer, nearest first.

    Args:
        distances: (Q, N).
        allowed: Which clip may answer which query, (Q, N).
        k: How many.

    Returns:
        Indices of the clips, (Q, k); of two equally near ones the first comes first.

    Raises:
        ValueError: If a query has fewer than k clips that may answer it.
    """
    smallest = allowed.sum(axis=1).min(initial=len(allowed.T))
    if k < 1 or smallest < k:
        raise ValueError(
            f'k is {k}, but the smallest gallery has {smallest} clips; expected '
            '1 <= k <= that. Give more clips, or a smaller k.'
        )
    masked = np.where(allowed, distances, np.inf)
    return np.argsort(masked, axis=1, kind='stable')[:, :k]


def vote(neighbour_labels: np.ndarray) -> np.ndarray:
    """Take the most frequent label; on ties that of the nearest neighbour among them.

    Args:
        neighbour_labels: Labels of the k nearest, nearest first, (Q, k).

    Returns:
        The labels, (Q,).
    """
    counts = (neighbour_labels[:, :, None] == neighbour_labels[:, None]).sum(axis=2)
    first = counts.argmax(axis=1)
    return np.take_along_axis(neighbour_labels, first[:, None], axis=1)[:, 0]


def score(neighbour_labels: np.ndarray, labels: Sequence[str]) -> dict[str, np.ndarray]:
    """Say of each query whether it was recognized.

    Args:
        neighbour_labels: Labels of the k nearest, nearest first, (Q, k).
        labels: The true ones, Q.

    Returns:
        For ``top1`` (the nearest), ``any{k}`` (one of the k: how the paper's Top-5
        must be read) and ``vote{k}`` (the majority of the k), whether it is right,
        (Q,) bool.
    """
    labels, k = np.asarray(labels), neighbour_labels.shape[1]
    return {
        'top1': neighbour_labels[:, 0] == labels,
        f'any{k}': (neighbour_labels == labels[:, None]).any(axis=1),
        f'vote{k}': vote(neighbour_labels) == labels,
    }


def confusion_matrix(
    predicted: Sequence[str], labels: Sequence[str], names: Sequence[str]
) -> np.ndarray:
    """Count which action (row) was taken for which (column).

    Args:
        predicted: Recognized action of each query, Q.
        labels: The true ones, Q.
        names: All actions, in the order of rows and columns, A.

    Returns:
        Numbers of queries, (A, A) int.
    """
    row = {name: index for index, name in enumerate(names)}
    counts = np.zeros((len(names), len(names)), int)
    for truth, answer in zip(labels, predicted, strict=True):
        counts[row[truth], row[answer]] += 1
    return counts
