"""How alike two clips are, on a scale from 0 to 100.

A score of 30 means: of 100 pairs of people who do the same exercise right, 30 differ at
least as much as these two clips. So two people who do the same thing right reach 50 on
average, and a clip compared with itself reaches 100.

The curve was measured on UI-PRMD's right repetitions, each person of a pair seen from
another random side, by ``tools/tables/score_repetitions.py``.
"""

import json
from functools import lru_cache
from math import exp, log
from pathlib import Path

import numpy as np

from mmposenorm.alignment import Alignment
from mmposenorm.alignment.distances import pair_distances
from mmposenorm.comparison.descriptions import describe_frames
from mmposenorm.pose_result import PoseNormResult

CURVE_FILE = Path(__file__).with_name('score_curve.json')
# Share of the pairs of frames that are nearer than the distance that counts: a short
# fault counts, a single bad frame does not.
_QUANTILE = 0.9


def clip_distance(
    clip_a: PoseNormResult, clip_b: PoseNormResult, alignment: Alignment
) -> float:
    """Measure how far apart the matched frames of two clips are.

    Args:
        clip_a: A person in a clip.
        clip_b: A person in another.
        alignment: Which of their frames match.

    Returns:
        The 90th percentile of the distances of limb directions and up directions along
        the path, which tell right from wrong better than pose features do. The unit is
        the median of two people who do the same exercise right.
    """
    of_a, of_b = alignment.path.T
    a, b = (describe_frames(clip, 'normalized') for clip in (clip_a, clip_b))
    distances = pair_distances(a[of_a], b[of_b])
    return float(np.quantile(distances, _QUANTILE)) / _curve()['unit']


def score_of(distance: float) -> float:
    """Convert a distance to a score.

    Args:
        distance: See :func:`clip_distance`.

    Returns:
        Share of the pairs of people who do the same thing right and differ at least
        that much, in per cent; it falls from 100 at distance 0 and never reaches 0.
    """
    shares, distances = _curve()['shares'], _curve()['distances']
    if distance <= distances[-1]:
        return float(np.interp(distance, [0, *distances], [100, *shares]))
    # Beyond the table, it falls as it does from a quarter to the last share.
    quarter = float(np.interp(-25, -np.array(shares), distances))
    scale = (distances[-1] - quarter) / log(25 / shares[-1])
    return shares[-1] * exp((distances[-1] - distance) / scale)


@lru_cache
def _curve() -> dict:
    """The unit of distances, and the distances that given shares of pairs reach."""
    return json.loads(CURVE_FILE.read_text())
