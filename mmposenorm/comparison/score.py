"""How alike two clips are, on a scale from 0 to 100.

A score of 30 means: of 100 pairs of people who do the same exercise right, 30 differ at
least as much as these two clips. So two people who do the same thing right reach 50 on
average, and a clip compared with itself reaches 100.

The curve was measured on UI-PRMD's right repetitions, each person of a pair seen from
another random side with a detector's errors, by ``tools/tables/score_repetitions.py``.

Dimensions: ``L`` pairs of matched frames, ``N`` joint angles, ``D`` directions.
"""

import json
from functools import lru_cache
from math import exp, log
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mmposenorm.comparison.angle_curves import measure_curves
from mmposenorm.comparison.descriptions import describe_frames
from mmposenorm.comparison.differences import COMPARED
from mmposenorm.geometry.descriptors import limbs_seen
from mmposenorm.pose_result import PoseNormResult

CURVE_FILE = Path(__file__).with_name('score_curve.json')
# A short fault counts, a single bad frame does not.
_LOWEST, _HIGHEST = 5, 95
_LARGE = 90
# Chosen on all of UI-PRMD's people and on a figure that does squats: without it, an
# elbow that is bent by 80 degrees throughout would hardly count beside all that is
# equal; twice as much would tell fewer wrong repetitions.
_LASTING_WEIGHT = 0.25


class Deviations(NamedTuple):
    """By how much the matched frames of two clips differ.

    Attributes:
        ranges: Difference of the range of each joint angle in degrees, (N,); NaN where
            an angle was not seen.
        directions: 90th percentile of the distance of the directions of each limb, and
            of the up direction, (D,); NaN for limbs that were seen too rarely.
        lasting: Median of the same, (D,).
    """

    ranges: np.ndarray
    directions: np.ndarray
    lasting: np.ndarray


def measure_deviations(
    clip_a: PoseNormResult, clip_b: PoseNormResult, path: np.ndarray
) -> Deviations:
    """Measure how much two clips differ.

    Args:
        clip_a: A person in a clip.
        clip_b: A person in another.
        path: Their matched frames, (L, 2).

    Returns:
        The deviations.
    """
    clips = tuple(zip((clip_a, clip_b), path.T, strict=True))
    range_a, range_b = (_ranges(measure_curves(clip).degrees[at]) for clip, at in clips)
    a, b = (describe_frames(clip, 'normalized')[at] for clip, at in clips)
    apart = np.linalg.norm((a - b).reshape(len(path), -1, 3), axis=2)
    in_a, in_b = (limbs_seen(clip.keypoints_visible)[at] for clip, at in clips)
    hidden = (in_a & in_b).mean(axis=0) < COMPARED
    apart[:, : len(hidden)][:, hidden] = np.nan  # all but the up direction
    return Deviations(
        ranges=np.abs(range_b - range_a),
        directions=_percentile(apart, _LARGE),
        lasting=_percentile(apart, 50),
    )


def distance_of(deviations: Deviations, usual: Deviations | None = None) -> float:
    """Reduce deviations to one number.

    People who do an exercise wrong mostly move other joints, or more or less of the
    same: ranges tell wrong from right best, and hardly depend on the camera.

    Args:
        deviations: Of a pair of clips.
        usual: Mean deviations of people who do the same exercise right; those of
            :data:`CURVE_FILE` if not given.

    Returns:
        Mean of log(1 + deviation / usual deviation) over the ranges of the angles that
        were seen and whose usual range is known, plus the same over the directions that
        were seen, plus a quarter of the largest lasting deviation / usual deviation.
    """
    ranges, directions, lasting = (
        np.divide(these, usually)
        for these, usually in zip(deviations, usual or _usual(), strict=True)
    )
    ranges = np.log1p(ranges[~np.isnan(ranges)])
    overall = np.nanmean(np.log1p(directions)) + (ranges.mean() if len(ranges) else 0)
    return float(overall + _LASTING_WEIGHT * np.nanmax(lasting))


def clip_distance(
    clip_a: PoseNormResult, clip_b: PoseNormResult, path: np.ndarray
) -> float:
    """Measure how far apart the matched frames of two clips are.

    Args:
        clip_a: A person in a clip.
        clip_b: A person in another.
        path: Their matched frames, (L, 2).

    Returns:
        See :func:`distance_of`.
    """
    return distance_of(measure_deviations(clip_a, clip_b, path))


def score_of(distance: float) -> float:
    """Convert a distance to a score.

    Args:
        distance: See :func:`clip_distance`.

    Returns:
        Of the pairs of people who do the same movement correctly, the per cent that
        differ at least this much. It falls from 100 at distance 0 and never reaches 0.
    """
    shares, distances = _curve()['shares'], _curve()['distances']
    if distance <= distances[-1]:
        return float(np.interp(distance, [0, *distances], [100, *shares]))
    # Beyond the table, it falls as it does from a quarter to the last share.
    quarter = float(np.interp(-25, -np.array(shares), distances))
    scale = (distances[-1] - quarter) / log(25 / shares[-1])
    return shares[-1] * exp((distances[-1] - distance) / scale)


def _ranges(degrees: np.ndarray) -> np.ndarray:
    """Range of each angle without its extremes, (L, N) -> (N,); NaN if never seen."""
    return _percentile(degrees, _HIGHEST) - _percentile(degrees, _LOWEST)


def _percentile(values: np.ndarray, per_cent: float) -> np.ndarray:
    """Percentile of each column without its NaN, (L, N) -> (N,); NaN if all are."""
    found = np.full(values.shape[1], np.nan)
    there = np.isfinite(values).any(axis=0)
    found[there] = np.nanpercentile(values[:, there], per_cent, axis=0)
    return found


def _usual() -> Deviations:
    fields = (np.array(_curve()[name], float) for name in Deviations._fields)
    return Deviations(*fields)


@lru_cache
def _curve() -> dict:
    """Usual deviations, and the distances that given shares of pairs reach."""
    return json.loads(CURVE_FILE.read_text())
