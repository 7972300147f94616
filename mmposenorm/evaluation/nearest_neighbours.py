"""Recognition by nearest neighbours: distances, evaluation protocols and votes.

Of ``N`` clips, a mask (N, N) says which clips (columns) a query (row) is compared
with. A protocol is a list of masks, one for each gallery.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike


def squared_distances(queries: np.ndarray, gallery: np.ndarray) -> np.ndarray:
    """Squared Euclidean distances between rows, (Q, E) and (G, E): (Q, G)."""
    squares = (queries**2).sum(axis=1)[:, None] + (gallery**2).sum(axis=1)
    return (squares - 2 * queries @ gallery.T).clip(min=0)


def unit_rows(vectors: np.ndarray) -> np.ndarray:
    """Scale rows to length 1, (N, E); rows of zeros stay zeros."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths > 0, lengths, 1)


def whiten(vectors: np.ndarray, gallery: np.ndarray, shrinkage: float) -> np.ndarray:
    r"""Scale vectors so that directions of large variance count less.

    In the principal axes of the gallery, each coordinate is divided by
    :math:`\sqrt{\lambda_i + s \lambda_1}`, with :math:`\lambda_i` its variance. Labels
    are not used.

    Args:
        vectors: Vectors to transform, (N, E).
        gallery: Vectors from which mean and axes are estimated, (G, E).
        shrinkage: s; the larger it is, the weaker the whitening.

    Returns:
        The vectors in the axes along which the gallery varies, (N, E').
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
    """Match each clip with all others, but not with other views of itself, (N, N)."""
    ids = np.asarray(clip_ids)
    return ids[:, None] != ids


def train_to_test(splits: Sequence[str]) -> np.ndarray:
    """Match the clips of ``'test'`` with those of ``'train'``.

    Args:
        splits: Split of each clip, N.

    Returns:
        The mask, (N, N). Clips of other splits are neither queries nor in the gallery.

    Raises:
        ValueError: If one of the two splits is missing.
    """
    names = np.asarray(splits)
    for needed in ('train', 'test'):
        if needed not in names:
            found = ', '.join(sorted(set(splits))) or 'none'
            raise ValueError(
                f"Expected clips of the splits 'train' and 'test', but '{needed}' has "
                f'none (found: {found}). Load both splits, or choose another `gallery`.'
            )
    return (names == 'test')[:, None] & (names == 'train')


def between_folds(labels: Sequence[str], num_folds: int, seed: int) -> list[np.ndarray]:
    """Match the clips of each fold with those of the other folds (cross-validation).

    Args:
        labels: Action of each clip, N. Each action is spread evenly over the folds.
        num_folds: Number of folds.
        seed: Seed of the random split.

    Returns:
        A mask for each fold, (N, N).

    Raises:
        ValueError: If there are fewer than two folds.
    """
    if num_folds < 2:
        raise ValueError(
            f'num_folds must be at least 2, but is {num_folds}. Check RankPoolKNN in '
            'your config.'
        )
    # Not scikit-learn's StratifiedKFold: it splits differently, and all published
    # figures are measured on these folds.
    generator = np.random.default_rng(seed)
    actions = np.asarray(labels)
    folds = np.empty(len(actions), int)
    for action in np.unique(actions):
        clips = generator.permutation(np.flatnonzero(actions == action))
        start = generator.integers(num_folds)
        folds[clips] = (start + np.arange(len(clips))) % num_folds
    return leave_one_group_out(folds)


def other_subjects(subjects: Sequence[str]) -> list[np.ndarray]:
    """Match each person's clips with those of other people.

    Args:
        subjects: Who moves in each clip, N.

    Returns:
        A mask for each person, (N, N).

    Raises:
        ValueError: If all clips are of one person.
    """
    if len(set(subjects)) < 2:
        raise ValueError(
            f'Expected clips of at least two people, but all are of {subjects[0]!r}. '
            'Set the `subject` of each clip, or choose another `gallery`.'
        )
    return leave_one_group_out(subjects)


def leave_one_group_out(groups: ArrayLike) -> list[np.ndarray]:
    """Match the clips of each group with those of all other groups.

    Args:
        groups: Group of each clip, (N,), at least two different ones.

    Returns:
        A mask for each group, (N, N).
    """
    # Imported here because it takes most of a second.
    from sklearn.model_selection import LeaveOneGroupOut

    groups = np.asarray(groups)
    masks = []
    for gallery, queries in LeaveOneGroupOut().split(groups, groups=groups):
        mask = np.zeros((len(groups), len(groups)), bool)
        mask[np.ix_(queries, gallery)] = True
        masks.append(mask)
    return masks


def from_view(views: Sequence[str], query: str, gallery: str) -> np.ndarray:
    """Match clips seen from one side with clips seen from another.

    Args:
        views: View of each clip, N.
        query: View of the queries.
        gallery: View of the clips they are compared with.

    Returns:
        The mask, (N, N).

    Raises:
        ValueError: If one of the views has no clip.
    """
    names = np.asarray(views)
    for view in (query, gallery):
        if view not in names:
            raise ValueError(
                f"There is no clip of view '{view}'; expected one of "
                f'{", ".join(sorted(set(views)))}.'
            )
    return (names == query)[:, None] & (names == gallery)


def angle_between(view: str, other: str) -> float:
    """Tell how far apart two views are.

    Args:
        view: A view, named by the direction of its camera in degrees, e.g. ``yaw+45``.
        other: Another one.

    Returns:
        Degrees from 0 to 180.

    Raises:
        ValueError: If a view has another kind of name.
    """
    try:
        angle = abs(float(view.removeprefix('yaw')) - float(other.removeprefix('yaw')))
    except ValueError as error:
        raise ValueError(
            f"The views are named '{view}' and '{other}'; expected angles in degrees "
            "such as 'yaw+45'. Rename the `view` of each clip, or compare clips of all "
            'views at once (across_views=False of RankPoolKNN).'
        ) from error
    return min(angle % 360, -angle % 360)


def nearest(distances: np.ndarray, allowed: np.ndarray, k: int) -> np.ndarray:
    """Find the k nearest clips of each query, nearest first.

    Args:
        distances: Distances between queries and clips, (Q, N).
        allowed: Which clips each query is compared with, (Q, N).
        k: Number of neighbours.

    Returns:
        Indices of the clips, (Q, k); of two at the same distance, the first wins.

    Raises:
        ValueError: If a query is compared with fewer than k clips.
    """
    smallest = allowed.sum(axis=1).min(initial=len(allowed.T))
    if k < 1 or smallest < k:
        raise ValueError(
            f'k must be between 1 and the size of the smallest gallery, {smallest}, '
            f'but is {k}. Add clips or reduce k.'
        )
    masked = np.where(allowed, distances, np.inf)
    return np.argsort(masked, axis=1, kind='stable')[:, :k]


def vote(neighbour_labels: np.ndarray) -> np.ndarray:
    """Take the most frequent label; ties go to the nearest neighbour.

    Args:
        neighbour_labels: Labels of the k nearest, nearest first, (Q, k).

    Returns:
        The labels, (Q,).
    """
    counts = (neighbour_labels[:, :, None] == neighbour_labels[:, None]).sum(axis=2)
    first = counts.argmax(axis=1)
    return np.take_along_axis(neighbour_labels, first[:, None], axis=1)[:, 0]


def score(neighbour_labels: np.ndarray, labels: ArrayLike) -> dict[str, np.ndarray]:
    """Compare the labels of the nearest clips with the true ones, in three ways.

    Args:
        neighbour_labels: Labels of the k clips nearest to each query, nearest first,
            (Q, k).
        labels: True labels of the queries, (Q,).

    Returns:
        Three arrays (Q,) bool, for k = 5: ``top1``, whether the nearest clip has the
        right label; ``any5``, whether any of the five has it, which is what the paper
        calls top-5; ``vote5``, whether the most frequent label is right (see
        :func:`vote`).
    """
    labels, k = np.asarray(labels), neighbour_labels.shape[1]
    return {
        'top1': neighbour_labels[:, 0] == labels,
        f'any{k}': (neighbour_labels == labels[:, None]).any(axis=1),
        f'vote{k}': vote(neighbour_labels) == labels,
    }
