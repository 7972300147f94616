"""Find the repetitions of a movement in a clip without knowing the movement.

Every stretch between two visits to the same pose is a candidate. The one taken explains
most of the clip: its frames are matched with as many stretches of the clip as possible,
at any tempo, and frames that resemble none of it are left out at a fixed cost. A
template pays for its own length, so one repetition wins over two.

Dimensions: ``N`` samples of the clip at about ten a second; ``C`` candidates of up to
``M`` samples.

Source: The idea of choosing the segment whose occurrences cover the recording best is
that of Mueller, Jiang and Grosche, A Robust Fitness Measure for Capturing Repetitions
in Music Recordings, 2013.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, product
from typing import NamedTuple

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.distance import cdist

from mmposenorm.comparison.angle_curves import frame_rate
from mmposenorm.comparison.descriptions import describe_frames
from mmposenorm.pose_result import PoseNormResult

_RATE, _MOST_SAMPLES = 10.0, 6000
# Shortest and longest repetition, in samples.
_SHORTEST, _LONGEST = 4, 200
# A clip is still if its limb directions (nine unit vectors and the up direction) differ
# by less between any two frames, as a root mean square.
_STILL = 0.15
# Frames count by their speed relative to the 80th percentile, within these limits.
_LEAST_WEIGHT, _FAST = 0.1, 0.8
_MOVING, _MARGIN = 0.3, 1
# Cost of a frame left out, relative to the clip's spread; and of a frame by which a
# repetition is slower or faster than the template, relative to that.
_LEFT_OUT, _OFF_TEMPO = 0.9, 0.08
# Share of the clip's cost that repetitions must save.
_LEAST_GAIN = 0.2
# Poses between whose visits candidates are looked for, how near is a visit (share of
# the frames), how many visits lie apart, and how many candidates each of these gives.
_NUM_POSES, _VISITS, _APART, _EACH = 4, (0.1, 0.2, 0.35), (1, 2, 3, 4), 3
# Candidates that are as good as the best differ from it by at most so much in gain and
# length; of these, one that begins at rest is taken.
_AS_GOOD, _AS_LONG = 0.8, 1.3
# Weight of the pose against that of the time spent in it in telling what rest is.
_REST_POSE = 0.3
_LEAST_SEEN, _ALL_SEEN = 0.5, 0.85
# Thighs, shins, upper and lower arms: their order in `limb_directions`.
_LIMBS, _UPPER, _LOWER = slice(0, 8), slice(0, 8, 2), slice(1, 8, 2)
_OUTSIDE = -1


@dataclass(frozen=True, eq=False)
class Repetitions:
    """The repetitions of a movement in a clip.

    Args:
        spans: First and last frame of each, in order of time, (N, 2) int.
        complete: Whether it was seen from beginning to end, (N,) bool; the first and
            the last may be cut off by the clip's ends.
    """

    spans: np.ndarray
    complete: np.ndarray

    def __len__(self) -> int:
        return len(self.spans)


class _Templates(NamedTuple):
    """Candidates: the samples of each, (C, M), padded with N; their lengths, (C,)."""

    samples: np.ndarray
    lengths: np.ndarray


class _Costs(NamedTuple):
    """Costs, beyond the distances (N + 1, N) of samples from the samples of templates.

    The last row of ``distances`` is infinite, for padding; ``left_out`` is the cost of
    each sample that belongs to no repetition, (N,).
    """

    distances: np.ndarray
    left_out: np.ndarray
    off_tempo: float


class _State(NamedTuple):
    """Cost of the best explanation of a clip's samples up to one of them.

    Attributes:
        inside: With that sample in a row of the template, (C, M).
        outside: With that sample left out, (C,).
        done: With no repetition going on after it, (C,).
    """

    inside: np.ndarray
    outside: np.ndarray
    done: np.ndarray


def find_repetitions(result: PoseNormResult) -> Repetitions:
    """Find the repetitions in a clip, without knowing what is repeated.

    A repetition begins and ends in the pose of rest between them, which is taken to be
    one in which the person spends time and whose limbs are rather straight and hang
    down. Repetitions may differ in tempo, have pauses in between and other movements
    around them. The first and the last may be cut off; what is left of one counts if it
    is at least half of the movement. Alternating sides (left, right, left, ...) are one
    repetition each pair if the two sides look different.

    Args:
        result: A person in a clip. Pose features tell repetitions apart best; without
            them, limb directions are used.

    Returns:
        The repetitions. If nothing is repeated there is one span, from where the
        movement begins to where it ends; none if the person stands still or is not
        seen for at least half a second.
    """
    frames = np.flatnonzero((result.keypoints_visible > 0).any(axis=1))
    stride = _stride(result, len(frames))
    sampled = np.arange(stride // 2, len(frames), stride)
    if len(sampled) < _SHORTEST + 1:
        return _repetitions([])
    limbs = describe_frames(result, 'normalized')[frames]
    described = result.pose_features[frames] if result.has_features else limbs
    limbs, described = (
        gaussian_filter1d(x.astype(np.float64), 0.6 * stride, axis=0)[sampled]
        for x in (limbs, described)
    )
    if _spread(cdist(limbs, limbs), np.ones(len(limbs))) < _STILL:
        return _repetitions([])
    found = _find(described, limbs)
    # From samples to frames that are seen, from those to all frames.
    ends = np.append(sampled - stride // 2, len(frames))
    return _repetitions(
        [(frames[ends[a]], frames[ends[b + 1] - 1], seen) for a, b, seen in found]
    )


def _repetitions(found: list[tuple[int, int, float]]) -> Repetitions:
    spans = np.array([span[:2] for span in found], int).reshape(-1, 2)
    return Repetitions(spans, np.array([seen >= _ALL_SEEN for *_, seen in found], bool))


def _stride(result: PoseNormResult, length: int) -> int:
    fps = frame_rate(result.frame_times)
    return max(1, round(fps / _RATE), -(-length // _MOST_SAMPLES))


def _find(described: np.ndarray, limbs: np.ndarray) -> list[tuple[int, int, float]]:
    """Find the first and last sample of each repetition and how much of it is seen."""
    distances = cdist(described, described)
    speeds = np.linalg.norm(np.gradient(described, axis=0), axis=1)
    speeds = gaussian_filter1d(speeds, 1.0)
    speeds /= np.quantile(speeds, _FAST)
    weights = np.clip(speeds, _LEAST_WEIGHT, 1)
    costs = _costs(distances, weights)
    dwell = _dwell(distances)
    candidates = _candidates(distances, dwell)
    found: list[tuple[int, int, float]] = []
    if len(candidates):
        gains = _gains(candidates, costs)
        rest = np.log(dwell) - _REST_POSE * _effort(limbs)
        chosen = _choose(candidates, gains, speeds, rest)
        if gains[chosen] >= _LEAST_GAIN:
            found = _occurrences(candidates[chosen], costs, weights)
    moving = np.flatnonzero(speeds >= _MOVING)
    found = _without_pauses(found, moving)
    return found if len(found) > 1 else [(int(moving[0]), int(moving[-1]), 1.0)]


def _without_pauses(
    found: list[tuple[int, int, float]], moving: np.ndarray
) -> list[tuple[int, int, float]]:
    """Cut off where a repetition does not move at its beginning and its end."""
    cut = []
    for first, last, seen in found:
        inside = moving[(moving >= first) & (moving <= last)]
        if len(inside):
            first = max(first, int(inside[0]) - _MARGIN)
            cut.append((first, min(last, int(inside[-1]) + _MARGIN), seen))
    return cut


def _spread(distances: np.ndarray, weights: np.ndarray) -> float:
    """Root mean square of the distance between any two samples."""
    return float(np.sqrt(weights @ distances**2 @ weights) / weights.sum())


def _costs(distances: np.ndarray, weights: np.ndarray) -> _Costs:
    left_out = _LEFT_OUT * _spread(distances, weights)
    weighted = np.pad(distances * weights, ((0, 1), (0, 0)), constant_values=np.inf)
    return _Costs(weighted, left_out * weights, _OFF_TEMPO * left_out)


def _dwell(distances: np.ndarray) -> np.ndarray:
    """Share of the clip spent near the pose of each sample, (N,)."""
    near = max(np.quantile(distances, 0.1), 1e-6)
    return np.exp(-((distances / near) ** 2) / 2).mean(axis=1)


def _effort(limbs: np.ndarray) -> np.ndarray:
    """How far limbs are from straight and hanging down, (N,)."""
    limbs = limbs.reshape(len(limbs), -1, 3)[:, _LIMBS]
    bent = 1 - (limbs[:, _UPPER] * limbs[:, _LOWER]).sum(axis=-1)
    return bent.sum(axis=1) + (1 + limbs[..., 1]).sum(axis=1)


def _candidates(distances: np.ndarray, dwell: np.ndarray) -> np.ndarray:
    """List stretches between visits to a pose: first and last sample, (C, 2)."""
    longest = min(_LONGEST, int(0.6 * len(distances)))
    found = []
    for pose, share in product(_dwelt_poses(distances, dwell), _VISITS):
        near = distances[pose] <= np.quantile(distances[pose], share)
        edges = np.flatnonzero(np.diff(np.pad(near.astype(int), 1)))
        arrivals, departures = edges[::2], edges[1::2] - 1
        for apart in _APART:
            between = np.stack([departures[:-apart], arrivals[apart:]], axis=1)
            lengths = between[:, 1] - between[:, 0]
            between = between[(lengths >= _SHORTEST) & (lengths <= longest)]
            found.append(_of_usual_length(between))
    return np.unique(np.concatenate(found), axis=0)


def _dwelt_poses(distances: np.ndarray, dwell: np.ndarray) -> list[int]:
    """Samples with the poses in which most time is spent, unlike one another."""
    apart = 0.5 * np.median(distances)
    poses: list[int] = []
    left = np.ones(len(dwell), bool)
    while left.any() and len(poses) < _NUM_POSES:
        poses.append(int(np.where(left, dwell, -1).argmax()))
        left &= distances[poses[-1]] > apart
    return poses


def _of_usual_length(stretches: np.ndarray) -> np.ndarray:
    """Choose some whose length is not among the sixth that is shortest or longest."""
    order = np.argsort(stretches[:, 1] - stretches[:, 0], kind='stable')
    margin = len(order) // 6
    order = order[margin : len(order) - margin]
    if not len(order):
        return stretches[:0]
    return stretches[order[np.linspace(0, len(order) - 1, _EACH).round().astype(int)]]


def _gains(candidates: np.ndarray, costs: _Costs) -> np.ndarray:
    """Share of the clip's cost that each candidate saves beyond its own, (C,)."""
    templates = _templates(candidates, len(costs.left_out))
    for state in _explain(templates, costs):
        last = state
    explained = np.minimum(last.done, last.inside.min(axis=1) + 2 * costs.off_tempo)
    totals = np.append(0, np.cumsum(costs.left_out))
    own = totals[candidates[:, 1] + 1] - totals[candidates[:, 0]]
    return 1 - (explained + own) / totals[-1]


def _templates(candidates: np.ndarray, num_samples: int) -> _Templates:
    lengths = candidates[:, 1] - candidates[:, 0] + 1
    rows = np.arange(lengths.max())
    samples = candidates[:, :1] + rows
    return _Templates(np.where(rows < lengths[:, None], samples, num_samples), lengths)


def _choose(
    candidates: np.ndarray, gains: np.ndarray, speeds: np.ndarray, rest: np.ndarray
) -> int:
    """Choose among the best candidates the one that begins most at rest."""
    best = gains.argmax()
    moved = np.append(0, np.cumsum(speeds))
    lengths = moved[candidates[:, 1] + 1] - moved[candidates[:, 0]]
    longer = np.maximum(lengths / lengths[best], lengths[best] / lengths)
    as_good = (gains >= _AS_GOOD * gains[best]) & (longer <= _AS_LONG)
    score = rest[candidates].mean(axis=1) + gains / gains[best]
    return int(np.where(as_good, score, -np.inf).argmax())


def _explain(templates: _Templates, costs: _Costs) -> Iterator[_State]:
    """Find the best explanation of the clip by repetitions of each template.

    Yields:
        The state after each sample.
    """
    numbers, last = np.arange(len(templates.lengths)), templates.lengths - 1
    by_sample = np.ascontiguousarray(costs.distances.T)
    slow = costs.off_tempo
    # The first repetition may begin in any row.
    best, done = np.full(templates.samples.shape, 2 * slow), np.zeros(len(numbers))
    best[:, :2] = 0, slow
    for distances, left_out in zip(by_sample, costs.left_out, strict=True):
        inside = best + distances[templates.samples]
        outside = done + left_out
        ended = np.minimum(inside[numbers, last], inside[numbers, last - 1] + slow)
        done = np.minimum(outside, ended)
        yield _State(inside, outside, done)
        best = inside + slow
        for step, cost in ((1, 0), (2, slow), (3, 2 * slow)):
            ahead = best[:, step:]
            np.minimum(ahead, inside[:, :-step] + cost, out=ahead)
        for row, cost in ((0, 0), (1, slow)):
            np.minimum(best[:, row], done + cost, out=best[:, row])


def _occurrences(
    template: np.ndarray, costs: _Costs, weights: np.ndarray
) -> list[tuple[int, int, float]]:
    """Find a template's occurrences: first and last sample, and the share seen."""
    rows, firsts = _trace(template, costs)
    moved = np.append(0, np.cumsum(weights[template[0] : template[1] + 1]))
    end = len(moved) - 2
    found = []
    for first, following in pairwise([*firsts, len(rows)]):
        inside = rows[first:following]
        inside = inside[: np.argmax(np.append(inside, _OUTSIDE) == _OUTSIDE)]
        seen = (moved[inside[-1] + 1] - moved[inside[0]]) / moved[-1]
        if seen >= _LEAST_SEEN:
            # Of a pause, which resembles the first or the last row, one sample.
            last = first + len(inside) - max(1, (inside == end).sum())
            first += max(0, (inside == 0).sum() - 1)
            found.append((first, int(last), float(seen)))
    return found


def _trace(template: np.ndarray, costs: _Costs) -> tuple[np.ndarray, list[int]]:
    """Row of the template that each sample is matched with, and where one begins."""
    slow = costs.off_tempo
    templates = _templates(template[None], len(costs.left_out))
    end = int(templates.lengths[0]) - 1
    states = list(_explain(templates, costs))
    final = np.append(states[-1].inside[0] + 2 * slow, states[-1].outside)
    final[end - 1 : end + 1] -= slow, 2 * slow
    rows = [int(final.argmin())]
    firsts = []
    for number in range(len(states) - 1, 0, -1):
        inside, outside, done = (part[0] for part in states[number - 1])
        row = rows[-1]
        finished = [
            (outside, end + 1),
            (inside[end], end),
            (inside[end - 1] + slow, end - 1),
        ]
        if row == end + 1:
            rows.append(min(finished)[1])
            continue
        steps = ((0, slow), (1, 0), (2, slow), (3, 2 * slow))
        before = [(inside[row - n] + cost, row - n) for n, cost in steps if row >= n]
        begun = done + (0, slow)[row] if row < 2 else np.inf
        if begun < min(before)[0]:
            firsts.append(number)
            before = finished
        rows.append(min(before)[1])
    path = np.array(rows[::-1])
    if path[0] <= end:
        firsts.append(0)
    return np.where(path > end, _OUTSIDE, path), firsts[::-1]
