"""The options of an alignment, checked before anything is computed."""

from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np

from mmposenorm.alignment.dtw import PathRules
from mmposenorm.fields import CountFromZero, check_field

# A weight of a diagonal step that follows changes of speed best where poses are noisy;
# see `align`.
NOISY_DIAGONAL_WEIGHT = 1.5
_MODES = ('dtw', 'nn', 'subsequence')
# Options that only mode 'dtw' has.
_NUMBERS = ('band', 'skip_cost')
_SWITCHES = ('open_begin', 'open_end')
# Largest value of a clip: the squares of larger ones are beyond float64.
_LARGEST = 1e100


@dataclass(frozen=True)
class PathOptions:
    """The options of :func:`mmposenorm.align` that shape the path; see there.

    Raises:
        ValueError: If an option is out of range or has no meaning in this mode.
    """

    mode: str
    diagonal_weight: float
    band: CountFromZero | None
    open_begin: bool
    open_end: bool
    skip_cost: float | None

    def __post_init__(self) -> None:
        for name, annotation in type(self).__annotations__.items():
            check_field(name, getattr(self, name), annotation)
        if self.mode not in _MODES:
            raise ValueError(f'mode must be one of {_MODES}, but is {self.mode!r}.')
        given = [name for name in _NUMBERS if getattr(self, name) is not None]
        given += [name for name in _SWITCHES if getattr(self, name)]
        if self.mode != 'dtw' and given:
            raise ValueError(
                f'{", ".join(given)}: no meaning with mode={self.mode!r}. Leave out, '
                "or use mode='dtw'."
            )
        if self.mode == 'nn' and self.diagonal_weight != 1:
            raise ValueError(
                "diagonal_weight has no meaning with mode='nn', which has no steps. "
                'Leave it out.'
            )
        self._check_values()

    def _check_values(self) -> None:
        check_weight(self.diagonal_weight)
        if self.skip_cost is not None and not (self.open_begin or self.open_end):
            raise ValueError(
                'skip_cost is the cost of frames left out at open ends, but both ends '
                'are closed. Set open_begin or open_end, or leave skip_cost out.'
            )
        if self.skip_cost is not None and not 0 < self.skip_cost < inf:
            raise ValueError(
                f'skip_cost must be a positive number, but is {self.skip_cost}. At 0, '
                'leaving out every frame would cost nothing.'
            )

    def check_lengths(self, frames_a: int, frames_b: int) -> None:
        """Check that a path fits into the band.

        Args:
            frames_a: Number of frames of clip A.
            frames_b: Number of frames of clip B.

        Raises:
            ValueError: If the pair of last frames, which is required, is outside of it.
        """
        difference = abs(frames_a - frames_b)
        if self.band is not None and not self.open_end and self.band < difference:
            raise ValueError(
                f'band={self.band} is too narrow: the clips have {frames_a} and '
                f'{frames_b} frames, and the last of each must be paired. Use a band '
                f'of at least {difference}, or open_end=True.'
            )

    def rules(self, skip_cost: float) -> PathRules:
        """Convert the options to rules for :mod:`mmposenorm.alignment.dtw`.

        Args:
            skip_cost: Cost of each frame left out at an open end, if any is open.

        Returns:
            The rules.
        """
        begin = skip_cost if self.open_begin else inf
        end = skip_cost if self.open_end else inf
        anywhere = self.mode == 'subsequence'
        band = inf if self.band is None else self.band
        return PathRules(
            diagonal_weight=self.diagonal_weight,
            lowest=-band,
            highest=band,
            begin_a=begin,
            begin_b=0.0 if anywhere else begin,
            end_a=end,
            end_b=0.0 if anywhere else end,
        )


def check_weight(diagonal_weight: float) -> None:
    """Check the weight of diagonal steps.

    Args:
        diagonal_weight: The weight.

    Raises:
        ValueError: If it is out of range.
    """
    if not 0 < diagonal_weight <= 2:
        raise ValueError(
            'diagonal_weight must be above 0 and at most 2 (a diagonal step is as '
            f'good as two straight ones), but is {diagonal_weight}.'
        )


def checked_clip(name: str, clip: np.ndarray) -> np.ndarray:
    """Check that an array can be aligned.

    Args:
        name: Name of the argument, for error messages.
        clip: Pose features, (T, E), or poses, (T, K, D).

    Returns:
        The clip in float64.

    Raises:
        ValueError: If it is not an array, has a wrong shape, is empty, or contains
            values that are not finite or beyond 1e100.
    """
    clip = _numbers(
        name,
        clip,
        'an array: pose features (T, E) or poses (T, K, 3), e.g. a '
        "result's normalized_poses",
    )
    if clip.ndim not in (2, 3):
        raise ValueError(
            f'{name} has shape {clip.shape}; expected pose features (T, E) or poses '
            '(T, K, 3).'
        )
    if clip.size == 0:
        raise ValueError(
            f'{name} has shape {clip.shape}: there is nothing to align. Check that a '
            'person was found in the clip.'
        )
    finite = np.isfinite(clip.reshape(len(clip), -1)).all(axis=1)
    if not finite.all():
        raise ValueError(
            f'{name} has NaN or infinite values in {np.sum(~finite)} of {len(clip)} '
            f'frames, the first being frame {np.argmin(finite)}. Fill or cut out '
            'these frames before aligning.'
        )
    if (largest := np.abs(clip).max()) > _LARGEST:
        raise ValueError(
            f'{name} has values up to {largest:.2g}; expected at most {_LARGEST:.0e}, '
            'since distances of larger ones cannot be computed. Check their unit.'
        )
    return clip


def _numbers(name: str, given: Any, expected: str) -> np.ndarray:
    """Return an array of float64, in which masked values are NaN."""
    try:
        array = np.asanyarray(given)
    except (RuntimeError, TypeError, ValueError):
        array = np.empty(0, object)
    kind = type(given).__name__
    if array.dtype.kind not in 'iuf':
        of = '' if array.dtype.kind == 'O' else f' with values of type {array.dtype}'
        raise ValueError(f'{name} is of type {kind}{of}; expected {expected}.')
    with np.errstate(over='ignore'):  # long doubles; infinity is refused
        array = array.astype(np.float64, copy=False)
    return np.ma.filled(array, np.nan)


def check_same_kind(
    name_b: str, clip_a: np.ndarray, clip_b: np.ndarray, name_a: str = 'features_a'
) -> None:
    """Check that the frames of two clips can be compared.

    Args:
        name_b: Name of the second argument.
        clip_a: Pose features, (Ta, E), or poses, (Ta, K, D).
        clip_b: The same for clip B, (Tb, E) or (Tb, K, D).
        name_a: Name of the first argument.

    Raises:
        ValueError: If the frames have different shapes.
    """
    if clip_a.shape[1:] != clip_b.shape[1:]:
        raise ValueError(
            f'{name_a} has shape {clip_a.shape} and {name_b} {clip_b.shape}; the '
            'frames of both must have the same shape. Compute both with the same '
            'model, and do not mix features and poses.'
        )


def checked_times(times: np.ndarray | None, frames: int) -> np.ndarray | None:
    """Check that there is one time for each frame.

    Args:
        times: Time of each frame in seconds, (T,), or ``None``.
        frames: Number of frames, T.

    Returns:
        The times in float64, or ``None``.

    Raises:
        ValueError: If there is not one finite time for each frame.
    """
    if times is None:
        return None
    times = _numbers('frame_times_b', times, 'one time in seconds for each frame of B')
    if times.shape != (frames,):
        raise ValueError(
            f'frame_times_b has shape {times.shape}; expected one time for each of '
            f'the {frames} frames of features_b, ({frames},).'
        )
    if not np.isfinite(times).all():
        raise ValueError(
            f'frame_times_b has {np.sum(~np.isfinite(times))} times that are NaN or '
            'infinite; expected seconds.'
        )
    return times
