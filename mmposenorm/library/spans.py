r"""Find a movement in many stretches of clips at once.

Paths are those of :func:`mmposenorm.alignment.find_occurrences`: they match all of the
query, begin and end anywhere in a stretch, and go on by (1, 0), (0, 1) or (1, 1). But
they grow with the frames of the query, which are few, for all moments of all stretches
at once. With :math:`M_{ij}`, the cost of arriving at moment j from an earlier frame of
the query, and :math:`C_{ij}`, the sum of distances of query frame i up to moment j,

.. math::
    D_{ij} = \min_{k \le j} (M_{ik} + C_{ij} - C_{ik})
"""

from typing import NamedTuple

import numpy as np

from mmposenorm.alignment import frame_distances
from mmposenorm.alignment.spotting import PathEnds, at_tempos, without_overlaps


class Span(NamedTuple):
    """Where a movement is.

    Attributes:
        stretch: Number of the stretch.
        first: First moment in it.
        last: Last moment in it.
        distance: Cost of the path by the mean number of frames of query and place.
    """

    stretch: int
    first: int
    last: int
    distance: float


def find_spans(
    query: np.ndarray, stretches: list[np.ndarray], most: int | None = None
) -> list[Span]:
    """Find where a movement is, at half to double its tempo.

    Args:
        query: Features of the movement, (M, E).
        stretches: Features of each stretch, (N, E), N > 0.
        most: How many places of each stretch, at most.

    Returns:
        Places that do not overlap with nearer ones of the same stretch, the nearest
        first.
    """
    lengths = [len(stretch) for stretch in stretches]
    distances = _distances(query, stretches, max(lengths))
    costs, starts = at_tempos(_path_ends(distances), len(query))
    found = [
        Span(number, place.start, place.end, place.distance)
        for number, length in enumerate(lengths)
        for place in without_overlaps(
            PathEnds(costs[number, :length], starts[number, :length]), most
        )
    ]
    return sorted(found, key=lambda span: span.distance)


def _distances(
    query: np.ndarray, stretches: list[np.ndarray], longest: int
) -> np.ndarray:
    """Distance of each frame of the query to each moment, (M, W, T); 0 beyond ends."""
    together = frame_distances(query, np.concatenate(stretches))
    distances = np.zeros((len(query), len(stretches), longest))
    start = 0
    for number, stretch in enumerate(stretches):
        end = start + len(stretch)
        distances[:, number, : len(stretch)] = together[:, start:end]
        start = end
    return distances


def _path_ends(distances: np.ndarray) -> PathEnds:
    """Find the cheapest path that ends in each moment, and where it begins.

    Args:
        distances: Of each frame of the query from each moment, (M, W, T).

    Returns:
        Costs, (W, T), and first moments, (W, T).
    """
    moments = np.broadcast_to(np.arange(distances.shape[2]), distances.shape[1:])
    places = np.arange(moments.size).reshape(moments.shape)  # in all stretches
    costs, starts = distances[0], moments.copy()
    for row in distances[1:]:
        # From the frame of the query before, at this moment or the one before it.
        is_diagonal = costs[:, :-1] <= costs[:, 1:]
        arriving, origins = costs.copy(), starts.copy()
        np.copyto(arriving[:, 1:], costs[:, :-1], where=is_diagonal)
        np.copyto(origins[:, 1:], starts[:, :-1], where=is_diagonal)
        # Then along the moments, at this frame of the query.
        sums = np.cumsum(row, axis=1)
        ahead = arriving + row - sums
        lowest = np.minimum.accumulate(ahead, axis=1)
        source = places.copy()
        np.copyto(source[:, 1:], 0, where=ahead[:, 1:] >= lowest[:, :-1])
        source = np.maximum.accumulate(source, axis=1)
        costs, starts = lowest + sums, origins.take(source)
    return PathEnds(costs, starts)
