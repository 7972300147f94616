"""Compare two clips of people: which frames match, and what differs.

Dimensions: ``Ta`` and ``Tb`` frames of clips A and B, ``L`` pairs on the path.
"""

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from mmengine.logging import print_log
from numpy.typing import ArrayLike

from mmposenorm.alignment import Alignment, adapt_features
from mmposenorm.alignment.options import NOISY_DIAGONAL_WEIGHT
from mmposenorm.alignment.tempo import align_tempos
from mmposenorm.comparison.angle_curves import AngleCurves, measure_curves
from mmposenorm.comparison.descriptions import common_features, describe_frames
from mmposenorm.comparison.differences import (
    Difference,
    find_differences,
    not_compared,
)
from mmposenorm.comparison.mirroring import fits_better_mirrored, mirror_result
from mmposenorm.comparison.repetition_comparison import (
    RepetitionComparison,
    compare_repetitions,
)
from mmposenorm.comparison.repetitions import Repetitions, find_repetitions
from mmposenorm.comparison.score import clip_distance, score_of
from mmposenorm.comparison.verdict import Verdict, judge
from mmposenorm.inference import PoseNormInferencer
from mmposenorm.keypoints import PersonTrack
from mmposenorm.pose_result import PoseNormResult

# Distance of pose features (unit vectors) below which frames that open ends may leave
# out are worth matching.
_LEAST_SKIP_COST = 0.4
# Features of the same weights are equal up to rounding.
_SAME_FEATURES = 1e-2

Clip = PoseNormResult | ArrayLike | str | os.PathLike | PersonTrack
_Size = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Comparison:
    """How clip B compares with clip A.

    ``print(comparison)`` says it in sentences.

    Args:
        clip_a: The person in A; mirrored if ``mirrored``.
        clip_b: The person in B.
        alignment: Which frames match. Frames in which the person is not seen are
            unmatched. Its distances are those between rows of ``described``.
        described: What the frames were compared by, (Ta, E) and (Tb, E); NaN where the
            person is not seen.
        angles: Joint angles of A and of B.
        verdict: Whether the clips show the same action.
        score: How alike they are, from 0 to 100 (:mod:`mmposenorm.comparison.score`);
            None unless they show the same action.
        differences: What differs, most worth saying first; empty unless the clips are
            alike, at least in parts.
        not_compared: Angles that were seen too rarely in one of the clips.
        mirrored: Whether A was mirrored, since it fits better so.
        settings: The options of the comparison.
        repetitions: The repetitions of A and of B, if they were asked for.
        each_repetition: How each repetition of B compares with a model of A; None if
            not asked for or if a clip has none.
    """

    clip_a: PoseNormResult = field(repr=False)
    clip_b: PoseNormResult = field(repr=False)
    alignment: Alignment
    described: tuple[np.ndarray, np.ndarray] = field(repr=False)
    angles: tuple[AngleCurves, AngleCurves]
    verdict: Verdict
    score: float | None
    differences: tuple[Difference, ...]
    not_compared: tuple[str, ...]
    mirrored: bool
    settings: dict[str, Any]
    repetitions: tuple[Repetitions, Repetitions] | None = None
    each_repetition: RepetitionComparison | None = None

    @property
    def tempo(self) -> float | None:
        """Seconds of B for each second of A over the match; None without times."""
        times_a, times_b = self.clip_a.frame_times, self.clip_b.frame_times
        if times_a is None or times_b is None or self.settings['mode'] == 'nn':
            return None
        frames_a, frames_b = self.alignment.path.T
        seconds_a, seconds_b = np.ptp(times_a[frames_a]), np.ptp(times_b[frames_b])
        return float(seconds_b / seconds_a) if seconds_a > 0 else None

    def __str__(self) -> str:
        from mmposenorm.comparison.sentences import summarize

        return summarize(self)

    def to_dict(self) -> dict[str, Any]:
        """Everything but the clips, as numbers, strings, lists and dicts."""
        from mmposenorm.comparison.tables import comparison_content

        return comparison_content(self)

    def to_csv(self, folder: str | os.PathLike) -> list[Path]:
        """Write ``alignment.csv`` and ``differences.csv`` to a folder.

        Args:
            folder: It is created if it does not exist.

        Returns:
            The files.
        """
        from mmposenorm.comparison.tables import write_tables

        return write_tables(folder, self)


def compare(
    clip_a: Clip,
    clip_b: Clip,
    *,
    layout: str | tuple[str | None, str | None] | None = None,
    fps: float | tuple[float | None, float | None] | None = None,
    size: _Size | tuple[_Size | None, _Size | None] | None = None,
    speed: float | tuple[float, float] = 1.0,
    features: Literal['normalized', 'features'] | None = None,
    mode: Literal['auto', 'dtw', 'nn', 'subsequence'] = 'dtw',
    open_ends: bool = True,
    mirror: bool = False,
    camera_pitch: float | tuple[float | None, float | None] | None = None,
    repetitions: bool = False,
    low_memory: bool = False,
    inferencer: PoseNormInferencer | None = None,
) -> Comparison:
    """Match two clips of people and tell what differs; print the result to read it.

    Args:
        clip_a: The reference: a result of :class:`PoseNormInferencer`, or what that
            takes: a video, a file of keypoints or an array of them.
        clip_b: The clip that is compared with it.
        layout: Of arrays of keypoints. This and the next three are those of
            :class:`PoseNormInferencer`, for both clips, or a pair.
        fps: Frames a second, where a clip does not tell.
        size: Width and height of the image.
        speed: Speed at which a clip plays, 0.125 for eightfold slow motion.
        features: What frames are matched by: pose ``'features'`` (default, if the
            weights give them), or ``'normalized'`` poses, whose limb directions are
            adapted to the two clips (:func:`mmposenorm.alignment.adapt_features`).
        mode: See :func:`mmposenorm.align`. ``'auto'``: if one clip shows a movement
            once and the other repeatedly, as with ``repetitions=True``, and a short A
            is found in B; else ``'dtw'``.
        open_ends: Whether either clip may begin or end before the other.
        mirror: Whether to mirror A if it fits better so, e.g. a left-hander.
        camera_pitch: By how many degrees the camera looked down. If it is not known, a
            lean of the trunk must be larger to be listed.
        repetitions: Whether to find the repetitions of a movement in both clips, and to
            compare each of B with that of A which is most like A's others.
        low_memory: See :func:`mmposenorm.align`. Very long clips always use it.
        inferencer: For clips that are not results yet, and for the features of a
            mirrored clip; one with the shipped weights by default.

    Returns:
        The comparison.

    Raises:
        ValueError: If the clips do not have the requested features, a clip has no
            frame in which the person is seen, or as the inferencer.
        FileNotFoundError: If there is no such file.
    """
    if inferencer is None and not _are_results(clip_a, clip_b):
        inferencer = PoseNormInferencer()
    told = zip((clip_a, clip_b), _options(layout, fps, size, speed), strict=True)
    a, b = (_infer(inferencer, clip, options) for clip, options in told)
    _warn_of_mixed_clocks(a, b)
    image = _Mirror(a, inferencer)
    mirrored = mirror and fits_better_mirrored(a, image(), b)
    a = image() if mirrored else a
    features = features or common_features(a, b)
    path_mode, found = _repetitions(a, b, mode, repetitions)
    options = _path_options(path_mode, open_ends)
    alignment, described = _match(a, b, features, low_memory, options)
    parts: dict[str, Any] = {'mirrored': mirrored, 'repetitions': found}
    parts['settings'] = {'features': features, 'mirror': mirror, **options}
    parts['each_repetition'] = _each_repetition(a, b, found)
    parts |= _findings(a, b, alignment, camera_pitch, None if mirror else image)
    return Comparison(a, b, alignment, described, **parts)


def _repetitions(
    clip_a: PoseNormResult, clip_b: PoseNormResult, mode: str, are_asked_for: bool
) -> tuple[str, tuple[Repetitions, Repetitions] | None]:
    """Find the repetitions that are compared, if any, and choose the mode if 'auto'."""
    if mode != 'auto' and not are_asked_for:
        return mode, None
    found = find_repetitions(clip_a), find_repetitions(clip_b)
    if mode != 'auto':
        return mode, found
    fewer, more = sorted(map(len, found))
    one_of_many = fewer <= 1 < more
    mode = 'subsequence' if one_of_many and len(clip_a) < len(clip_b) else 'dtw'
    return mode, found if one_of_many or are_asked_for else None


def _path_options(mode: str, open_ends: bool) -> dict[str, Any]:
    options: dict[str, Any] = {'mode': mode}
    if mode != 'nn':
        options['diagonal_weight'] = NOISY_DIAGONAL_WEIGHT
    if mode == 'dtw':
        options |= {'open_begin': open_ends, 'open_end': open_ends}
    return options


def _findings(
    clip_a: PoseNormResult,
    clip_b: PoseNormResult,
    alignment: Alignment,
    camera_pitch: Any,
    image: '_Mirror | None',
) -> dict[str, Any]:
    """Say what there is to say of aligned clips: fields of a comparison."""
    curves = (
        measure_curves(clip_a, _of_clip(camera_pitch, 0)),
        measure_curves(clip_b, _of_clip(camera_pitch, 1)),
    )
    verdict = judge(clip_a, clip_b, None if image is None else image.if_possible)
    is_same = verdict.kind in ('alike', 'partly')
    path, are_whole = alignment.path, alignment.mode != 'subsequence'
    differences = find_differences(*curves, path, are_whole) if is_same else ()
    missing = [each.span_a for each in differences if each.kind == 'missing']
    return {
        'angles': curves,
        'verdict': verdict.without(missing),
        'score': score_of(clip_distance(clip_a, clip_b, path)) if is_same else None,
        'differences': differences,
        'not_compared': not_compared(*curves, path),
    }


def _each_repetition(
    clip_a: PoseNormResult,
    clip_b: PoseNormResult,
    found: tuple[Repetitions, Repetitions] | None,
) -> RepetitionComparison | None:
    """Compare each repetition of B with one of A, which is all of A if it has none."""
    if found is None:
        return None
    spans_a, spans_b = (repetitions.spans for repetitions in found)
    if not len(spans_b):
        return None
    if not len(spans_a):
        spans_a = np.array([[0, len(clip_a) - 1]])
    return compare_repetitions(clip_a, clip_b, spans_a, spans_b)


def _are_results(*clips: Any) -> bool:
    return all(isinstance(clip, PoseNormResult) for clip in clips)


def _of_clip(value: Any, i: int) -> Any:
    """Pick the value of one clip: of a pair, or the one that is for both."""
    if not isinstance(value, tuple | list):
        return value
    if len(value) != 2:
        raise ValueError(
            f'expected one value for both clips or a pair, (of A, of B), but got '
            f'{value!r}.'
        )
    return value[i]


def _options(layout: Any, fps: Any, size: Any, speed: Any) -> list[dict[str, Any]]:
    """What the inferencer is told of each clip."""
    is_pair = isinstance(size, tuple | list) and any(
        one is None or np.ndim(one) > 0 for one in size
    )
    return [
        {
            'layout': _of_clip(layout, i),
            'fps': _of_clip(fps, i),
            'size': _of_clip(size, i) if is_pair else size,
            'speed': _of_clip(speed, i),
        }
        for i in range(2)
    ]


def _infer(
    inferencer: PoseNormInferencer | None, clip: Any, options: dict[str, Any]
) -> PoseNormResult:
    if isinstance(clip, PoseNormResult):
        return clip
    assert inferencer is not None
    result = inferencer(clip, **options)
    if not isinstance(result, PoseNormResult):
        raise ValueError('A clip is a batch of clips; expected one clip for each side.')
    return result


def _warn_of_mixed_clocks(clip_a: PoseNormResult, clip_b: PoseNormResult) -> None:
    timed = [clip.frame_times is not None for clip in (clip_a, clip_b)]
    if timed[0] == timed[1]:
        return
    known, unknown = 'AB' if timed[0] else 'BA'
    print_log(
        f'The frame rate of {known} is known, but not that of {unknown}: {unknown} is '
        'taken as if it had the frame rate of the training clips, which makes poses '
        'and matches worse if it has another. Pass fps, in the demo '
        f'--fps-{unknown.lower()}.',
        logger='current',
        level=logging.WARNING,
    )


class _Mirror:
    """Returns a clip mirrored, computed when it is first asked for."""

    def __init__(
        self, clip: PoseNormResult, inferencer: PoseNormInferencer | None
    ) -> None:
        self._clip, self._inferencer = clip, inferencer
        self._image: PoseNormResult | None = None

    def if_possible(self) -> PoseNormResult | None:
        return self() if self.is_possible else None

    def __call__(self) -> PoseNormResult:
        if self._image is None:
            self._image = self._mirrored()
        return self._image

    @property
    def is_possible(self) -> bool:
        """Whether the inferencer can compute the features of the mirrored clip."""
        if self._inferencer is None:
            self._inferencer = PoseNormInferencer()
        if not self._clip.has_features:
            return True
        again, features = self._inferencer.embed(self._clip), self._clip.pose_features
        return again.shape == features.shape and bool(
            np.abs(again - features).max() < _SAME_FEATURES
        )

    def _mirrored(self) -> PoseNormResult:
        if not self.is_possible:
            raise ValueError(
                'The pose features of clip_a are not those of the inferencer, which '
                'the mirrored clip needs. Give inferencer=, the one that computed '
                'the results.'
            )
        assert self._inferencer is not None
        names = self._inferencer.skeleton.joint_names
        return mirror_result(self._clip, names, self._inferencer.embed)


def _match(
    clip_a: PoseNormResult,
    clip_b: PoseNormResult,
    features: str,
    low_memory: bool,
    options: dict[str, Any],
) -> tuple[Alignment, tuple[np.ndarray, np.ndarray]]:
    """Align two clips, and return what their frames were compared by too."""
    clips = clip_a, clip_b
    frames = [_seen_frames('ab'[i], clip) for i, clip in enumerate(clips)]
    a, b = (
        describe_frames(clip, features)[seen]
        for clip, seen in zip(clips, frames, strict=True)
    )
    if features == 'normalized':
        # Pose features are alike from all sides as they are.
        a, b = adapt_features(a, b, open_ends=options.get('open_begin', True))
    alignment = align_tempos(a, b, low_memory=low_memory, **options)
    is_open = options.get('open_begin', False) and features == 'features'
    if is_open and alignment.mean_distance < _LEAST_SKIP_COST:
        # Between clips this alike, every frame left out would seem a gain.
        options = options | {'skip_cost': _LEAST_SKIP_COST}
        alignment = align_tempos(a, b, low_memory=low_memory, **options)
    described = _spread(a, frames[0], len(clip_a)), _spread(b, frames[1], len(clip_b))
    return _on_all_frames(alignment, frames, len(clip_a), len(clip_b)), described


def _seen_frames(name: str, clip: PoseNormResult) -> np.ndarray:
    frames = np.flatnonzero((clip.keypoints_visible > 0).any(axis=1))
    if not len(frames):
        raise ValueError(
            f'clip_{name} has no frame in which a keypoint is seen. Check '
            'keypoints_visible, and that the whole body is in the picture.'
        )
    return frames


def _spread(values: np.ndarray, frames: np.ndarray, length: int) -> np.ndarray:
    """Place the values of some frames among all frames, with NaN elsewhere."""
    spread = np.full((length, *values.shape[1:]), np.nan, np.float32)
    spread[frames] = values
    return spread


def _on_all_frames(
    alignment: Alignment, frames: Sequence[np.ndarray], length_a: int, length_b: int
) -> Alignment:
    """Convert an alignment of the seen frames to the numbers of all frames."""
    frames_a, frames_b = frames
    path = np.stack([frames_a[alignment.path[:, 0]], frames_b[alignment.path[:, 1]]], 1)
    matches = np.full(length_a, -1)
    found = alignment.matches >= 0
    matches[frames_a[found]] = frames_b[alignment.matches[found]]
    return replace(
        alignment,
        path=path,
        matches=matches,
        match_distances=_spread(alignment.match_distances, frames_a, length_a),
        unmatched_a=np.setdiff1d(np.arange(length_a), path[:, 0]),
        unmatched_b=np.setdiff1d(np.arange(length_b), path[:, 1]),
    )
