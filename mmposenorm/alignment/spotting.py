"""Find where a reference occurs in a long clip."""

from collections.abc import Iterable
from math import inf
from typing import NamedTuple

import numpy as np

from mmposenorm.alignment.distances import distance_rows, frame_distances
from mmposenorm.alignment.dtw import PathRules, warping_path
from mmposenorm.alignment.growing import GrowingPaths
from mmposenorm.alignment.options import check_same_kind, check_weight, checked_clip


class Occurrence(NamedTuple):
    """A stretch of a clip that resembles a reference.

    Attributes:
        start: First frame of the stretch.
        end: Last frame of the stretch.
        distance: Cost of the best path by the mean number of frames of reference and
            stretch, in the unit of frame distances; 0 for an exact copy.
        path: Pairs of a frame of the reference and a frame of the clip in order of
            time, (L, 2); None if it was not asked for.
    """

    start: int
    end: int
    distance: float
    path: np.ndarray | None = None


class PathEnds(NamedTuple):
    """The best paths through all of a reference, by the frame in which they end.

    Attributes:
        costs: Cost of the best path that ends in each frame of the clip, (T,).
        starts: Frame in which that path begins, (T,).
    """

    costs: np.ndarray
    starts: np.ndarray


def find_occurrences(
    reference: np.ndarray,
    clip: np.ndarray,
    *,
    diagonal_weight: float = 1.0,
    tempos: tuple[float, float] = (0.5, 2.0),
    most: int | None = None,
    max_distance: float = inf,
    with_paths: bool = False,
) -> list[Occurrence]:
    """Find every place in a long clip in which a reference occurs.

    Each occurrence matches all of the reference. They do not overlap: the nearest is
    taken first, then the nearest of what does not touch it, and so on. Without limits
    the whole clip is divided up, whether alike or not, so set one. Memory grows with
    the length of the clip, not with its product with that of the reference.

    Mode ``'subsequence'`` of :func:`mmposenorm.align` finds the one place of least cost
    at any tempo. It is up to twice as fast, since it sees the whole clip at once, but
    needs the matrix of all distances.

    Args:
        reference: Pose features, (Tr, E), or normalized poses, (Tr, K, 3).
        clip: The same of the long clip, (T, E) or (T, K, 3).
        diagonal_weight: See :func:`mmposenorm.align`. Above 1, short stretches are
            preferred, since the fewer frames a path has, the less it costs.
        tempos: How slow and how fast an occurrence may be, relative to the reference:
            with 2, it has at least half as many frames; with 0.5, at most twice as
            many. ``(0, inf)`` allows any tempo; then frames that stand still take the
            place of movements.
        most: How many occurrences are returned at most; all by default.
        max_distance: Largest distance of an occurrence.
        with_paths: Whether to find the path of each occurrence too.

    Returns:
        The occurrences, the nearest first.

    Raises:
        ValueError: If the clips cannot be compared, are empty or contain NaN, or an
            option is out of range.

    Source:
        Sakurai, Faloutsos and Yamamuro, Stream monitoring under the time warping
        distance, 2007. They report an occurrence once no path under way can beat it;
        here the whole clip is seen before any is chosen.
    """
    reference = checked_clip('reference', reference)
    clip = checked_clip('clip', clip)
    check_same_kind('clip', reference, clip, 'reference')
    check_weight(diagonal_weight)
    _check_limits(tempos, most, max_distance)
    columns = (row for _, rows in distance_rows(clip, reference) for row in rows)
    ends = path_ends(columns, len(reference), diagonal_weight)
    found = choose_occurrences(ends, len(reference), tempos, most, max_distance)
    if with_paths:
        rules = PathRules(diagonal_weight=diagonal_weight)
        found = [_with_path(one, reference, clip, rules) for one in found]
    return found


def path_ends(
    columns: Iterable[np.ndarray], length: int, diagonal_weight: float
) -> PathEnds:
    """Find the best path through a reference that ends in each frame of a clip.

    Args:
        columns: Distance of each of T frames from all frames of the reference,
            (length,) each.
        length: Number of frames of the reference.
        diagonal_weight: See :func:`mmposenorm.align`.

    Returns:
        The cost and the first frame of each path.
    """
    paths = GrowingPaths(length, diagonal_weight)
    costs, starts = [], []
    for column in columns:
        paths.add(column)
        costs.append(paths.costs[-1])
        starts.append(paths.starts[-1])
    return PathEnds(np.array(costs), np.array(starts, int))


def choose_occurrences(
    ends: PathEnds,
    length: int,
    tempos: tuple[float, float] = (0.5, 2.0),
    most: int | None = None,
    max_distance: float = inf,
) -> list[Occurrence]:
    """Choose the nearest stretches that do not overlap, out of the best paths.

    Args:
        ends: The best paths through a reference.
        length: Number of its frames.
        tempos: See :func:`find_occurrences`, as the others.
        most: See there.
        max_distance: See there.

    Returns:
        The occurrences, the nearest first.
    """
    return without_overlaps(at_tempos(ends, length, tempos), most, max_distance)


def at_tempos(
    ends: PathEnds, length: int, tempos: tuple[float, float] = (0.5, 2.0)
) -> PathEnds:
    """Divide costs by the frames of both clips; those at other tempos are infinite.

    Args:
        ends: The best paths through a reference, of one clip or of many, (..., T).
        length: Number of its frames.
        tempos: See :func:`find_occurrences`.

    Returns:
        The same with distances as costs.
    """
    frames = np.arange(ends.costs.shape[-1]) - ends.starts + 1
    slowest, fastest = tempos
    allowed = (slowest * frames <= length) & (length <= fastest * frames)
    distances = ends.costs / ((length + frames) / 2)
    return PathEnds(np.where(allowed, distances, inf), ends.starts)


def without_overlaps(
    ends: PathEnds, most: int | None = None, max_distance: float = inf
) -> list[Occurrence]:
    """Choose the nearest stretches that do not overlap.

    Args:
        ends: The best paths, with distances as costs, (T,).
        most: See :func:`find_occurrences`.
        max_distance: See there.

    Returns:
        The occurrences, the nearest first.
    """
    costs, starts = ends
    possible = np.flatnonzero((costs <= max_distance) & (costs < inf))
    longest = int((possible - starts[possible]).max(initial=0))
    # Where a path ends that overlaps with one that was chosen; as plain values, since
    # there are many more than are chosen.
    is_over = np.zeros(len(costs), bool)
    over, found = is_over.data, list[Occurrence]()
    for end in possible[np.argsort(costs[possible], kind='stable')].tolist():
        if over[end]:
            continue
        if len(found) == most:
            break
        start = int(starts[end])
        found.append(Occurrence(start, end, float(costs[end])))
        later = slice(start, end + longest + 1)
        is_over[later] |= starts[later] <= end
    return found


def _with_path(
    occurrence: Occurrence, reference: np.ndarray, clip: np.ndarray, rules: PathRules
) -> Occurrence:
    stretch = clip[occurrence.start : occurrence.end + 1]
    path = warping_path(frame_distances(reference, stretch), rules).cells
    return occurrence._replace(path=path + np.array([0, occurrence.start]))


def _check_limits(
    tempos: tuple[float, float], most: int | None, max_distance: float
) -> None:
    slowest, fastest = tempos
    if not 0 <= slowest <= 1 <= fastest:
        raise ValueError(
            'tempos must be a number from 0 to 1 and one from 1 on, e.g. (0.5, 2), but '
            f'is {tempos!r}.'
        )
    if most is not None and not (isinstance(most, int | np.integer) and most >= 1):
        raise ValueError(f'most must be a whole number, 1 or more, but is {most!r}.')
    if not max_distance >= 0:
        raise ValueError(f'max_distance must be 0 or more, but is {max_distance}.')
