"""Dense correspondence: is the nearest frame in feature space the matching frame?

A source clip has ``S`` frames, a target clip ``R``, and a feature ``E`` numbers. Errors
are differences of frame indices in the source clip after frames were dropped.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from mmposenorm.datasets.correspondence import CorrespondencePair

HIT_TOLERANCES = (1, 3, 5, 10)

# Features of the source (S, E) and of the target (R, E) of a pair.
FeaturePair = tuple[np.ndarray, np.ndarray]


class PairErrors(NamedTuple):
    """Errors of one pair.

    Attributes:
        pair: The pair.
        errors: Distance between the retrieved and the true source frame for each target
            frame, in frames, (R,) int.
    """

    pair: CorrespondencePair
    errors: np.ndarray


def retrieve_nearest(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Find the source frame whose feature is nearest to that of each target frame.

    Args:
        source: Features, (S, E).
        target: Features, (R, E).

    Returns:
        Indices into the source, (R,); of several at the same distance, the earliest.
    """
    source, target = source.astype(np.float64), target.astype(np.float64)
    # |s - t|² without |t|², which is the same for all source frames.
    return (np.square(source).sum(1)[:, None] - 2 * source @ target.T).argmin(axis=0)


def hit_ratio(errors: np.ndarray, tolerance: int) -> float:
    """Share of frames whose error is within a tolerance.

    Args:
        errors: Index differences, (R,).
        tolerance: Largest difference that counts as a hit, in frames.

    Returns:
        Per cent.

    Source:
        Paper section 4.3, tolerance 5.
    """
    return 100 * float(np.mean(errors <= tolerance))


def summarize_errors(errors: np.ndarray) -> dict[str, float]:
    """Summarize how far matched frames are from the true matches.

    Args:
        errors: For each target frame, the number of frames between the match that was
            found and the true one, at least 0, (R,) with R > 0.

    Returns:
        ``hit@1``, ``hit@3``, ``hit@5`` and ``hit@10``, the per cent of frames with at
        most that error; ``MSE`` in squared frames; ``MAE`` and ``median`` in frames.

    Source:
        Paper section 4.3. Its column "MSE" cannot be in squared frames: if 53 % of the
        frames are hits, the others alone make it at least 16.9, and it shows 16.55.
        Compare it with our MAE.
    """
    hits = {f'hit@{k}': hit_ratio(errors, k) for k in HIT_TOLERANCES}
    return {
        **hits,
        'MSE': float(np.mean(np.square(errors))),
        'MAE': float(np.mean(errors)),
        'median': float(np.median(errors)),
    }


def measure_pairs(
    pairs: Sequence[CorrespondencePair], features: Mapping[str, FeaturePair]
) -> list[PairErrors]:
    """Retrieve the frames of every pair and compare them with the truth.

    Args:
        pairs: The pairs.
        features: Features of the retained frames of each pair, by ``pair_id``.

    Returns:
        The errors, in the order of the pairs.

    Raises:
        ValueError: If the features of a pair are missing, do not have a row for each
            retained frame, differ in width or contain NaN.
    """
    measured = []
    for pair in pairs:
        if pair.pair_id not in features:
            raise ValueError(
                f"There are no features for pair '{pair.pair_id}'; expected features "
                'for all pairs. Compute them.'
            )
        source, target = check_features(pair, *features[pair.pair_id])
        errors = np.abs(retrieve_nearest(source, target) - pair.matches)
        measured.append(PairErrors(pair, errors))
    return measured


def summarize_pairs(measured: Sequence[PairErrors]) -> dict[str, float]:
    """Average over frames and over clips.

    Args:
        measured: The result of :func:`measure_pairs`.

    Returns:
        The figures of :func:`summarize_errors` over all frames. With the suffix
        ``_clips``, the mean of the clips' figures; with ``_single``, only over frames
        whose pose does not recur in the motion (clips without such frames are left
        out). ``single_share`` is the share of these frames in per cent.
    """
    everything = [errors for _, errors in measured]
    single = [errors[pair.has_single_match] for pair, errors in measured]
    num_single = sum(map(len, single))
    summary = _averages(everything, '')
    if num_single:
        summary.update(_averages(single, '_single'))
    summary['single_share'] = 100 * num_single / sum(map(len, everything))
    return summary


def summarize_actions(measured: Sequence[PairErrors]) -> dict[str, dict[str, float]]:
    """Compute the figures of :func:`summarize_errors` for each action.

    Args:
        measured: The result of :func:`measure_pairs`.

    Returns:
        Figures over all frames of each action, by action, in alphabetical order.
    """
    by_action: dict[str, list[np.ndarray]] = {}
    for pair, errors in measured:
        by_action.setdefault(pair.action, []).append(errors)
    return {
        action: summarize_errors(np.concatenate(errors))
        for action, errors in sorted(by_action.items())
    }


def _averages(clips: Sequence[np.ndarray], infix: str) -> dict[str, float]:
    over_frames = summarize_errors(np.concatenate(clips))
    per_clip = [summarize_errors(errors) for errors in clips if len(errors)]
    over_clips = {
        name: float(np.mean([row[name] for row in per_clip])) for name in over_frames
    }
    return {f'{name}{infix}': value for name, value in over_frames.items()} | {
        f'{name}{infix}_clips': value for name, value in over_clips.items()
    }


def check_features(
    pair: CorrespondencePair, source: np.ndarray, target: np.ndarray
) -> FeaturePair:
    """Return the features of a pair, or raise an error if they cannot be compared.

    Args:
        pair: The pair.
        source: Features of the retained source frames, (S, E).
        target: Features of the retained target frames, (R, E).

    Raises:
        ValueError: If there is not a row for each retained frame, the widths differ, or
            a value is not finite.
    """
    for side, features, frames in (
        ('source', source, pair.source_ids),
        ('target', target, pair.target_ids),
    ):
        if features.ndim != 2 or len(features) != len(frames):
            raise ValueError(
                f"The {side} features of pair '{pair.pair_id}' have shape "
                f'{features.shape}; expected ({len(frames)}, E), a row for each '
                'retained frame. Compute them for the frames listed in the pair.'
            )
        finite = np.isfinite(features).all(axis=1)
        if not finite.all():
            raise ValueError(
                f"The {side} features of pair '{pair.pair_id}' must be finite, but "
                f'row {int(np.argmin(finite))} is not. Check the program or model that '
                'computes them.'
            )
    if source.shape[1] != target.shape[1]:
        raise ValueError(
            f"The features of pair '{pair.pair_id}' must have the same width, but have "
            f'{source.shape[1]} columns in the source and {target.shape[1]} in the '
            'target. Compute both with the same model.'
        )
    return source, target


def drop_features(
    features: np.ndarray, pair: CorrespondencePair, side: str
) -> np.ndarray:
    """Select the features of the frames that one side of a pair retains.

    Args:
        features: Features of each frame of the motion, (T, E).
        pair: The pair.
        side: ``'source'`` or ``'target'``.

    Returns:
        Features of the retained frames, (S, E) or (R, E).

    Raises:
        ValueError: If there is not a row for each frame.
    """
    if len(features) != pair.num_frames:
        raise ValueError(
            f"The {side} features of pair '{pair.pair_id}' have {len(features)} rows; "
            f'expected {pair.num_frames}, one for each frame before frames were '
            'dropped.'
        )
    return features[pair.source_ids if side == 'source' else pair.target_ids]
