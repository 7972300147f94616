"""What differs between two clips: angles, timing, and movement that one of them lacks.

Differences are measured along the path of an alignment and in degrees. An angle
differs only by what remains if either clip is moved by less than a tenth of a second,
so that a match that is a little early or late is no difference. What is listed must be
larger than the estimate can be wrong and than people differ who do the same movement
right. Estimates of clips that are seen from the same side err alike, which cancels;
from unlike sides they do not.

Dimensions: ``L`` pairs of frames on the path, ``N`` angles.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from scipy.ndimage import maximum_filter1d, minimum_filter1d, uniform_filter1d

from mmposenorm.comparison.angle_curves import AngleCurves, angle_errors
from mmposenorm.geometry.angles import ANGLES, SIDES

Kind = Literal['lasting', 'moment', 'range', 'timing', 'missing', 'extra']
# Seconds by which a match may be early or late, and that a difference must last.
_TOLERANCE, _SHORTEST = 0.07, 0.15
# How many times larger than usual errors and spreads together a difference must be.
# Of the same motion seen from two sides, one pair in ten has a difference above it.
# It holds for as long as it is above the second, across shorter breaks (seconds).
_LEAST_RATIO, _LASTING_RATIO, _BRIDGED = 1.4, 1.0, 0.2
_LEAST_RANGE_RATIO = 2.0  # the error of a range is that of two values
_LEAST_SHIFT_RATIO = 1.0  # that the shift explains it makes a difference surer
# Errors are often this many times larger than expected.
_TAIL = 2.0
# It lasts if it holds for at least this share of the path and for this many seconds.
_LASTING_SHARE, _LASTING_SECONDS = 0.5, 1.0
# Correlation of the errors of two clips that are seen from the same side, and by how
# many degrees of heading it falls.
_COMMON, _COMMON_WITHIN = 0.8, 30.0
# An angle is early or late by at least and at most this many seconds, and moves by at
# least this many times its usual difference.
_EARLIEST, _LATEST, _MOVING = 0.2, 0.8, 1.5
# One clip lacks movement if it advances by less than this share of the other's time,
# for about this many seconds.
_STUCK, _PAUSE = 0.2, 0.5
_THIGHS = [ANGLES.index(f'{side}_thigh_forward') for side in SIDES]
_SHOULDERS = [ANGLES.index(f'{side}_shoulder_elevation') for side in SIDES]
COMPARED = 0.3  # least share of the path in which an angle is seen in both clips


@dataclass(frozen=True)
class Difference:
    """One thing that differs between clips A and B.

    Args:
        kind: ``'lasting'``: an angle differs over most of the clips; ``'moment'``: over
            a part; ``'range'``: an angle moves less or more; ``'timing'``: an angle
            moves earlier or later than the rest of the body; ``'missing'`` and
            ``'extra'``: movement that B lacks or A lacks.
        angle: One of :data:`mmposenorm.geometry.angles.ANGLES`; for missing or extra
            movement, the angle that moves most.
        span_a: First and last frame of A that differ.
        span_b: First and last frame of B that differ.
        frame_a: Frame of A that shows the difference best.
        frame_b: Its match in B.
        value_a: The angle in ``frame_a``, in degrees; for ``'range'``, its range in A.
        value_b: The angle in ``frame_b``, in degrees; for ``'range'``, its range in B.
        size: B minus A, in degrees; for ``'timing'`` in seconds, above 0 if B is later.
        sigma: Expected error of the size, in the same unit.
        ratio: The size divided by the usual size of errors and of differences between
            people. Lists of differences begin with the largest ratio.
    """

    kind: Kind
    angle: str
    span_a: tuple[int, int]
    span_b: tuple[int, int]
    frame_a: int
    frame_b: int
    value_a: float
    value_b: float
    size: float
    sigma: float
    ratio: float


class _Pair(NamedTuple):
    """The angles of both clips along the path, and what may be expected of them.

    Attributes:
        path: Frames of A and B, (L, 2).
        a: Degrees of A, (L, N).
        b: Degrees of B, (L, N).
        sigma: Expected error of the difference, (L, N).
        usual: The same with the spread of people, (L, N).
        lifts: Angles of both upper arms against the vertical, of A and of B, (L, 2).
        seconds: Duration of a step of the path.
    """

    path: np.ndarray
    a: np.ndarray
    b: np.ndarray
    sigma: np.ndarray
    usual: np.ndarray
    lifts: tuple[np.ndarray, np.ndarray]
    seconds: float

    def frames(self, seconds: float) -> int:
        return max(1, round(seconds / self.seconds))


def find_differences(
    curves_a: AngleCurves,
    curves_b: AngleCurves,
    path: np.ndarray,
    are_whole: bool = True,
) -> tuple[Difference, ...]:
    """Find how two clips of the same action differ.

    Args:
        curves_a: Angles of clip A.
        curves_b: Angles of clip B.
        path: Matched frames of A and B, (L, 2). If they are not in order of time,
            neither differences of timing nor missing movement are looked for.
        are_whole: Whether all of both clips should match, so that movement before or
            after the path is missing in the other clip. False if one clip was looked
            for in the other, or one repetition among many.

    Returns:
        The differences, the most certain and unusual first; at most one of each angle,
        or one of an arm's or leg's angles for ``'timing'``.
    """
    pair = _along_path(curves_a, curves_b, path)
    compared = _is_compared(pair)
    within, ends = [], []
    is_ordered = bool((np.diff(path, axis=0) >= 0).all())
    if is_ordered:
        within = [d for d in _stalls(pair, curves_a, curves_b) if compared[_index(d)]]
    if is_ordered and are_whole:
        ends = [d for d in _ends(pair, curves_a, curves_b) if compared[_index(d)]]
    kept = np.ones(len(path), bool)
    for d in within:
        inside = (d.span_a[0] <= path[:, 0]) & (path[:, 0] <= d.span_a[1])
        inside &= (d.span_b[0] <= path[:, 1]) & (path[:, 1] <= d.span_b[1])
        kept &= ~inside
    found = within + ends
    for i in np.flatnonzero(compared):
        if ANGLES[i].endswith('hip_flexion'):
            continue  # lean and the thigh against the vertical say it apart
        for find in (_shifts, _spans, _range) if is_ordered else (_spans, _range):
            candidates = list(find(pair, i, kept))
            if candidates:
                found.append(max(candidates, key=lambda d: d.ratio))
                break
    return tuple(_without_repeats(sorted(found, key=lambda d: -d.ratio)))


def find_latest(
    curves_a: AngleCurves, curves_b: AngleCurves, path: np.ndarray
) -> tuple[Difference, ...]:
    """Find the angles that differ at the end of a path, in little time.

    Args:
        curves_a: Angles of clip A.
        curves_b: Angles of clip B.
        path: Matched frames of A and B, (L, 2).

    Returns:
        The differences of :func:`find_differences` of the kinds ``'lasting'`` and
        ``'moment'`` that last until the end, the surest first.
    """
    pair = _along_path(curves_a, curves_b, path)
    apart = np.nan_to_num(np.abs(pair.b - pair.a) / pair.usual)
    # No angle that is nearer than this all the time differs in any way.
    nearest = min(_LEAST_RATIO, _LEAST_SHIFT_RATIO)
    differing = _is_compared(pair) & (apart.max(axis=0) >= nearest)
    kept, last = np.ones(len(path), bool), int(path[-1, 1])
    is_ordered = bool((np.diff(path, axis=0) >= 0).all())
    found: list[Difference] = []
    for i in np.flatnonzero(differing):
        if ANGLES[i].endswith('hip_flexion'):
            continue
        shifts = list(_shifts(pair, i, kept)) if is_ordered else []
        found += shifts or [d for d in _spans(pair, i, kept) if d.span_b[1] == last]
    ordered = sorted(found, key=lambda d: -d.ratio)
    return tuple(d for d in _without_repeats(ordered) if d.kind != 'timing')


def not_compared(
    curves_a: AngleCurves, curves_b: AngleCurves, path: np.ndarray
) -> tuple[str, ...]:
    """Name the angles that could not be compared, because they were seen too rarely.

    Args:
        curves_a: Angles of clip A.
        curves_b: Angles of clip B.
        path: Matched frames of A and B, (L, 2).

    Returns:
        The names of :data:`mmposenorm.geometry.angles.ANGLES` that were seen in both
        clips at once in less than 30 % of the matched frames.
    """
    seen = curves_a.seen[path[:, 0]] & curves_b.seen[path[:, 1]]
    often = seen.mean(axis=0) >= COMPARED
    return tuple(name for name, is_so in zip(ANGLES, often, strict=True) if not is_so)


def _along_path(
    curves_a: AngleCurves, curves_b: AngleCurves, path: np.ndarray
) -> _Pair:
    of_a, of_b = path.T
    a, b = curves_a.degrees[of_a], curves_b.degrees[of_b]
    b = a + (b - a + 180) % 360 - 180
    sigma_a, sigma_b = curves_a.sigma[of_a], curves_b.sigma[of_b]
    turned = curves_b.heading[of_b] - curves_a.heading[of_a]
    turned = np.abs((turned + 180) % 360 - 180)
    common = _COMMON * np.exp(-((turned / _COMMON_WITHIN) ** 2))[:, None]
    sigma = np.sqrt(sigma_a**2 + sigma_b**2 - 2 * common * sigma_a * sigma_b)
    if not (curves_a.is_level and curves_b.is_level):
        sigma[:, _THIGHS] = np.hypot(sigma[:, _THIGHS], _common_part(b - a))
    spread = np.array([angle_errors()['spread'][name] for name in ANGLES])
    duration = max(np.ptp(of_a) / curves_a.fps, np.ptp(of_b) / curves_b.fps)
    seconds = max(duration / max(len(path) - 1, 1), 1e-6)
    usual = np.hypot(_TAIL * sigma, spread)
    lifts = curves_a.arm_lifts[of_a], curves_b.arm_lifts[of_b]
    return _Pair(path, a, b, sigma, usual, lifts, seconds)


def _common_part(more: np.ndarray) -> np.ndarray:
    """By how much both thighs are further forward, or back, in degrees, (L, 1).

    It may be the tilt of a camera, or of a pelvis that is not seen.
    """
    left, right = np.nan_to_num(more[:, _THIGHS]).T
    least = np.minimum(np.abs(left), np.abs(right))
    return np.where(left * right > 0, least, 0)[:, None]


def _is_compared(pair: _Pair) -> np.ndarray:
    return np.isfinite(pair.b - pair.a).mean(axis=0) >= COMPARED


def _remaining(pair: _Pair, i: int) -> np.ndarray:
    """Difference of an angle that remains if either clip is moved in time, (L,).

    Of a shoulder, only what is not explained by a trunk that leans while the arm hangs.
    """
    size = 2 * pair.frames(_TOLERANCE) + 1
    remaining = _beyond(pair.a[:, i], pair.b[:, i], size)
    if i in _SHOULDERS:
        lift_a, lift_b = (lifts[:, _SHOULDERS.index(i)] for lifts in pair.lifts)
        lifted = _beyond(lift_a, lift_b, size)
        least = np.minimum(np.abs(remaining), np.abs(lifted))
        remaining = np.where(remaining * lifted > 0, np.sign(remaining) * least, 0)
    return remaining


def _beyond(a: np.ndarray, b: np.ndarray, size: int) -> np.ndarray:
    """By how much B is above, or below, all of A's values nearby, (L,)."""
    low_a, low_b = (
        minimum_filter1d(np.where(np.isfinite(values), values, 1e3), size)
        for values in (a, b)
    )
    high_a, high_b = (
        maximum_filter1d(np.where(np.isfinite(values), values, -1e3), size)
        for values in (a, b)
    )
    remaining = np.maximum(low_b - high_a, 0) - np.maximum(low_a - high_b, 0)
    return np.where(np.isfinite(b - a), remaining, 0)


def _spans(pair: _Pair, i: int, kept: np.ndarray) -> Iterator[Difference]:
    """Find where an angle differs."""
    ratios = uniform_filter1d(
        _remaining(pair, i) / pair.usual[:, i] * kept, pair.frames(_SHORTEST)
    )
    ratios[~np.isfinite(pair.b[:, i] - pair.a[:, i])] = 0
    for sign in (1, -1):
        large = sign * ratios >= _LASTING_RATIO
        for first, last in _runs(large, pair.frames(_BRIDGED)):
            inside = slice(first, last + 1)
            share = (last - first + 1) / len(ratios)
            seconds = (last - first + 1) * pair.seconds
            lasts = share >= _LASTING_SHARE and seconds >= _LASTING_SECONDS
            if seconds < _SHORTEST or (sign * ratios[inside]).max() < _LEAST_RATIO:
                continue
            best = first + int(np.argmax(sign * ratios[inside]))
            value_a, value_b = pair.a[best, i], pair.b[best, i]
            ratio = abs(ratios[best])
            if lasts:
                value_a, value_b = (
                    np.nanmedian(values[inside, i]) for values in (pair.a, pair.b)
                )
                ratio = np.median(np.abs(ratios[inside])) * (1 + share)
            yield _difference(
                pair, 'lasting' if lasts else 'moment', i, (first, last), best,
                (value_a, value_b), ratio=ratio,
            )  # fmt: skip


def _range(pair: _Pair, i: int, kept: np.ndarray) -> Iterator[Difference]:
    """Tell whether an angle moves less or more, if all its values are compared."""
    frames = np.flatnonzero(np.isfinite(pair.b[:, i] - pair.a[:, i]) & kept)
    if len(frames) < 2:
        return
    range_a, range_b = _ranges(pair.a[frames, i], pair.b[frames, i])
    apart = abs(range_b - range_a)
    if i in _SHOULDERS:
        lifts = (lifts[frames, _SHOULDERS.index(i)] for lifts in pair.lifts)
        lift_range_a, lift_range_b = _ranges(*lifts)
        apart = min(apart, abs(lift_range_b - lift_range_a))
    # Two values of each clip, whose errors have much in common.
    ratio = apart / np.median(pair.usual[frames, i])
    if ratio >= _LEAST_RANGE_RATIO:
        moving = pair.a if range_a > range_b else pair.b
        best = frames[
            np.argmax(np.abs(moving[frames, i] - np.median(moving[frames, i])))
        ]
        span = int(frames[0]), int(frames[-1])
        yield _difference(
            pair, 'range', i, span, int(best), (range_a, range_b), ratio=ratio
        )


def _ranges(*curves: np.ndarray) -> list[float]:
    """Range of each curve without its extremes."""
    return [float(np.ptp(np.percentile(curve, (5, 95)))) for curve in curves]


def _shifts(pair: _Pair, i: int, kept: np.ndarray) -> Iterator[Difference]:
    """Tell whether an angle moves as in A, only earlier or later."""
    a, b = pair.a[:, i], pair.b[:, i]
    reach = min(pair.frames(_LATEST), len(a) // 3)
    usual = np.median(pair.usual[:, i])
    if reach < 2 or not kept.all() or not np.isfinite(b - a).all():
        return
    if min(np.ptp(a), np.ptp(b)) < _MOVING * usual:
        return
    steps = np.arange(-reach, reach + 1)
    inside = slice(reach, len(a) - reach)
    apart = [np.abs(np.roll(b, -step) - a)[inside].mean() for step in steps]
    best = int(np.argmin(apart))
    seconds = steps[best] * pair.seconds
    at_once = apart[reach]
    if abs(seconds) < _EARLIEST or apart[best] > 0.5 * at_once or at_once < 0.3 * usual:
        return
    ratio = np.abs(a - b)[inside].max() / usual
    if ratio < _LEAST_SHIFT_RATIO or abs(steps[best]) == reach:
        return
    peak = reach + int(np.argmax(np.abs(a - b)[inside]))
    yield _difference(
        pair, 'timing', i, (0, len(a) - 1), peak, (a[peak], b[peak]),
        ratio=ratio, size=seconds, sigma=_TOLERANCE,
    )  # fmt: skip


def _stalls(
    pair: _Pair, curves_a: AngleCurves, curves_b: AngleCurves
) -> Iterator[Difference]:
    """Find where one clip moves while its match in the other hardly advances."""
    window = pair.frames(_PAUSE)
    times = [
        np.interp(np.arange(len(pair.path)), *_steps(pair.path[:, k])) / fps
        for k, fps in enumerate((curves_a.fps, curves_b.fps))
    ]
    padded = [np.pad(t, (0, window), mode='edge') for t in times]
    advance_a, advance_b = (t[window:] - t[:-window] for t in padded)
    sides: tuple[tuple[Kind, np.ndarray, np.ndarray, np.ndarray], ...] = (
        ('missing', advance_a, advance_b, pair.a),
        ('extra', advance_b, advance_a, pair.b),
    )
    for kind, moving, still, degrees in sides:
        stuck = (moving > 0.5 * _PAUSE) & (still < _STUCK * moving)
        for first, last in _runs(stuck, window // 2):
            span = first, min(last + window, len(pair.path) - 1)
            moved = _largest_movement(degrees[span[0] : span[1] + 1], pair)
            if moved is not None:
                i, place, ratio = moved
                best = span[0] + place
                values = pair.a[best, i], pair.b[best, i]
                yield _difference(pair, kind, i, span, best, values, ratio=ratio)


def _ends(
    pair: _Pair, curves_a: AngleCurves, curves_b: AngleCurves
) -> Iterator[Difference]:
    """Find movement of one clip before or after all that matches."""
    sides: tuple[tuple[Kind, int, AngleCurves], ...] = (
        ('missing', 0, curves_a),
        ('extra', 1, curves_b),
    )
    for kind, k, curves in sides:
        first, last = int(pair.path[0, k]), int(pair.path[-1, k])
        for start, end, at in ((0, first, 0), (last + 1, len(curves), -1)):
            if end - start < _PAUSE * curves.fps:
                continue
            moved = _largest_movement(curves.degrees[start:end], pair)
            if moved is None:
                continue
            i, place, ratio = moved
            frames, spans = pair.path[at].tolist(), [[f, f] for f in pair.path[at]]
            frames[k], spans[k] = start + place, [start, end - 1]
            value = float(curves.degrees[start + place, i])
            yield Difference(
                kind=kind,
                angle=ANGLES[i],
                span_a=(int(spans[0][0]), int(spans[0][1])),
                span_b=(int(spans[1][0]), int(spans[1][1])),
                frame_a=frames[0],
                frame_b=frames[1],
                value_a=value if k == 0 else float(pair.a[at, i]),
                value_b=value if k == 1 else float(pair.b[at, i]),
                size=float(np.ptp(curves.degrees[start:end, i])) * (1 if k else -1),
                sigma=float(np.median(pair.sigma[:, i])),
                ratio=ratio,
            )


def _largest_movement(
    degrees: np.ndarray, pair: _Pair
) -> tuple[int, int, float] | None:
    """Find the angle that moves most, for what it usually differs.

    Args:
        degrees: (n, N).
        pair: The pair, for the usual differences.

    Returns:
        The angle, the frame in which it is farthest from where it usually is, and how
        much it moves; None if nothing moves much.
    """
    whole = np.isfinite(degrees).all(axis=0)
    if not whole.any():
        return None
    moved = np.where(whole, np.ptp(degrees, axis=0), 0) / np.median(pair.usual, axis=0)
    i = int(np.argmax(moved))
    if moved[i] < _LEAST_RATIO:
        return None
    middle = np.median(pair.a[:, i][np.isfinite(pair.a[:, i])])
    return i, int(np.argmax(np.abs(degrees[:, i] - middle))), float(moved[i])


def _index(difference: Difference) -> int:
    return ANGLES.index(difference.angle)


def _steps(frames: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where on the path each new frame begins, and the frames."""
    first = np.append(0, np.flatnonzero(np.diff(frames)) + 1)
    return first, frames[first].astype(float)


def _runs(mask: np.ndarray, bridged: int) -> Iterator[tuple[int, int]]:
    """Yield first and last index of each run of true, across shorter breaks."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]])))
    runs = edges.reshape(-1, 2)
    current: tuple[int, int] | None = None
    for start, end in runs.tolist():
        if current is not None and start - current[1] - 1 < bridged:
            current = current[0], end - 1
            continue
        if current is not None:
            yield current
        current = start, end - 1
    if current is not None:
        yield current


def _difference(
    pair: _Pair,
    kind: Kind,
    i: int,
    span: tuple[int, int],
    best: int,
    values: Sequence[float],
    ratio: float,
    size: float | None = None,
    sigma: float | None = None,
) -> Difference:
    """Build a record from places on the path."""
    first, last = pair.path[list(span)].tolist()
    frame_a, frame_b = pair.path[best].tolist()
    value_a, value_b = (float(value) for value in values)
    if sigma is None:
        sigma = float(np.median(pair.sigma[span[0] : span[1] + 1, i]))
    return Difference(
        kind=kind,
        angle=ANGLES[i],
        span_a=(first[0], last[0]),
        span_b=(first[1], last[1]),
        frame_a=frame_a,
        frame_b=frame_b,
        value_a=value_a,
        value_b=value_b,
        size=value_b - value_a if size is None else float(size),
        sigma=sigma,
        ratio=float(ratio),
    )


def _without_repeats(differences: Sequence[Difference]) -> Iterator[Difference]:
    """Leave out what a difference of the same limb before it says too."""
    said: set[tuple[str, str]] = set()
    for difference in differences:
        limb = limb_of(difference.angle)
        about = (limb, 'timing') if difference.kind == 'timing' else (limb, 'angles')
        if (limb, 'timing') in said and difference.kind in ('moment', 'range'):
            continue
        if difference.kind == 'timing' and about in said:
            continue
        said.add(about)
        yield difference


def limb_of(angle: str) -> str:
    """Name the limb of an angle: 'left arm', 'right leg', 'trunk' or 'head'."""
    side, _, rest = angle.partition('_')
    if side == 'neck':
        return 'head'
    if side == 'trunk':
        return 'trunk'
    return f'{side} {"arm" if rest.startswith(("shoulder", "elbow")) else "leg"}'
