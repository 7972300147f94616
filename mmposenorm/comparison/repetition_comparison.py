"""Compare every repetition of clip B with a model repetition of clip A."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from scipy.stats import kendalltau, theilslopes

from mmposenorm.alignment import Alignment, align
from mmposenorm.alignment.options import NOISY_DIAGONAL_WEIGHT
from mmposenorm.comparison.descriptions import common_features, describe_frames
from mmposenorm.comparison.score import clip_distance, score_of
from mmposenorm.pose_result import PoseNormResult

_MOST_MODELS = 6
# A repetition stands out if it is farther from the median than this many standard
# deviations, which are estimated from the median deviation: at least a tenth of the
# median, and a tenth in all (two people who do the same right are 1.5 apart).
_STANDS_OUT, _LEAST_DEVIATION = 3.0, 0.1
_NORMAL = 1.4826  # standard deviation / median absolute deviation of a normal one
_LEAST_REPETITIONS = 3
_SURE = 0.05  # largest p-value of a trend


@dataclass(frozen=True, eq=False)
class RepetitionComparison:
    """How the repetitions of clip B compare with a model repetition of clip A.

    Args:
        model: First and last frame of the model repetition in A.
        alignments: Which frames of the model and of each repetition of B match. Their
            paths, (L, 2), and nothing else of them, are in frames of the whole clips.
        distances: Of each repetition from the model, (N,); see
            :func:`mmposenorm.comparison.score.clip_distance`.
        scores: Score of each repetition, (N,).
        outliers: Whether it is much farther from the model than the others, (N,) bool.
        trend: Change of the distance from one repetition to the next; None if there is
            no clear trend. Positive where somebody tires.
        changed_from: Number, from 0, of the repetition from which on the distances
            differ most from those before it; None without a trend.
    """

    model: tuple[int, int]
    alignments: tuple[Alignment, ...]
    distances: np.ndarray
    scores: np.ndarray
    outliers: np.ndarray
    trend: float | None
    changed_from: int | None


def compare_repetitions(
    clip_a: PoseNormResult,
    clip_b: PoseNormResult,
    spans_a: np.ndarray | Sequence[Sequence[int]],
    spans_b: np.ndarray | Sequence[Sequence[int]],
) -> RepetitionComparison:
    """Compare every repetition of clip B with a model repetition of clip A.

    The model is the repetition of A that is nearest to A's others.

    Args:
        clip_a: A person in a clip.
        clip_b: A person in another.
        spans_a: First and last frame of each repetition in A, (M, 2), M >= 1; see
            :func:`mmposenorm.find_repetitions`.
        spans_b: The same for B, (N, 2), N >= 1.

    Returns:
        The comparison of all repetitions of B, in order.

    Raises:
        ValueError: If a clip has no repetition, or a span is not inside its clip.
    """
    spans_a = _checked('spans_a', spans_a, len(clip_a))
    spans_b = _checked('spans_b', spans_b, len(clip_b))
    model = spans_a[_model(clip_a, spans_a)]
    matched = [_match(clip_a, clip_b, model, span) for span in spans_b]
    distances = np.array([distance for _, distance in matched])
    trend = _trend(distances)
    return RepetitionComparison(
        model=(int(model[0]), int(model[1])),
        alignments=tuple(alignment for alignment, _ in matched),
        distances=distances,
        scores=np.array([score_of(distance) for distance in distances]),
        outliers=_outliers(distances),
        trend=trend,
        changed_from=None if trend is None else _change(distances),
    )


def _checked(
    name: str, spans: np.ndarray | Sequence[Sequence[int]], length: int
) -> np.ndarray:
    spans = np.asarray(spans)
    if spans.ndim != 2 or spans.shape[1] != 2 or not len(spans):
        raise ValueError(
            f'{name} has shape {spans.shape}; expected (N, 2), the first and the last '
            'frame of at least one repetition, as find_repetitions gives them.'
        )
    wrong = (spans[:, 0] < 0) | (spans[:, 0] > spans[:, 1]) | (spans[:, 1] >= length)
    if wrong.any():
        raise ValueError(
            f'{name} has the span {spans[wrong][0].tolist()}; expected the first and '
            f'the last frame of a repetition in a clip of {length} frames.'
        )
    return spans


def _model(clip: PoseNormResult, spans: np.ndarray) -> int:
    """Find the repetition that is nearest to the others; of many, to some of them."""
    if len(spans) == 1:
        return 0
    some = np.unique(np.linspace(0, len(spans) - 1, _MOST_MODELS).round().astype(int))
    apart = np.zeros((len(some), len(some)))
    for i in range(len(some)):
        for j in range(i):
            _, distance = _match(clip, clip, spans[some[i]], spans[some[j]])
            apart[i, j] = apart[j, i] = distance
    return int(some[apart.sum(axis=1).argmin()])


def _match(
    clip_a: PoseNormResult,
    clip_b: PoseNormResult,
    span_a: np.ndarray,
    span_b: np.ndarray,
) -> tuple[Alignment, float]:
    """Align two repetitions, with the path in frames of the whole clips."""
    part_a, part_b = _part(clip_a, span_a), _part(clip_b, span_b)
    kind = common_features(part_a, part_b)
    described = [describe_frames(part, kind) for part in (part_a, part_b)]
    alignment = align(*described, diagonal_weight=NOISY_DIAGONAL_WEIGHT)
    distance = clip_distance(part_a, part_b, alignment.path)
    begins = np.array([span_a[0], span_b[0]])
    return replace(alignment, path=alignment.path + begins), distance


def _part(clip: PoseNormResult, span: np.ndarray) -> PoseNormResult:
    """Cut a span out of a result."""
    frames = slice(span[0], span[1] + 1)
    parts: dict[str, Any] = {}
    for field in fields(clip):
        values = getattr(clip, field.name)
        parts[field.name] = None if values is None else values[frames]
    return replace(clip, **parts)


def _outliers(distances: np.ndarray) -> np.ndarray:
    if len(distances) < _LEAST_REPETITIONS:
        return np.zeros(len(distances), bool)
    median = np.median(distances)
    deviation = _NORMAL * np.median(np.abs(distances - median))
    deviation = max(deviation, _LEAST_DEVIATION * max(median, 1))
    return distances > median + _STANDS_OUT * deviation


def _trend(distances: np.ndarray) -> float | None:
    """Change from one repetition to the next, None if it may be by chance."""
    if len(distances) < _LEAST_REPETITIONS:
        return None
    numbers = np.arange(len(distances))
    chance = kendalltau(numbers, distances).pvalue
    # It is NaN where all distances are equal.
    return float(theilslopes(distances, numbers).slope) if chance < _SURE else None


def _change(distances: np.ndarray) -> int:
    """Where two constants, one before and one after, fit the distances best."""
    misfit = [
        distances[:n].var() * n + distances[n:].var() * (len(distances) - n)
        for n in range(1, len(distances))
    ]
    return 1 + int(np.argmin(misfit))
