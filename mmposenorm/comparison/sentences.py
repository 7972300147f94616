"""What is said about a comparison: the only place with words for a person to read.

Every sentence is a template in this file, filled with numbers and names from it, so
that a translation replaces this file alone.
"""

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mmposenorm.comparison.differences import Difference, find_differences, limb_of
from mmposenorm.geometry.angles import ANGLES, SIDES

if TYPE_CHECKING:
    from mmposenorm.alignment import LivePosition
    from mmposenorm.comparison.compare_clips import Comparison
    from mmposenorm.comparison.repetition_comparison import RepetitionComparison

MOST_SAID = 5
# What B does if its angle is larger, and if it is smaller, than A's.
_COMPARISONS = {
    'trunk_lean_forward': (
        'the trunk leans {n}° further forward',
        'the trunk leans {n}° further back',
    ),
    'trunk_lean_left': (
        'the trunk leans {n}° further to the left',
        'the trunk leans {n}° further to the right',
    ),
    'trunk_twist': (
        'the shoulders are turned {n}° further to the left',
        'the shoulders are turned {n}° further to the right',
    ),
    'neck_flexion': (
        'the head is {n}° further forward',
        'the head is {n}° further back',
    ),
}
_OF_A_SIDE = {
    'shoulder_elevation': (
        'the {side} arm is raised {n}° higher',
        'the {side} arm is {n}° lower',
    ),
    'shoulder_plane': (
        'the {side} arm points {n}° further to the front',
        'the {side} arm points {n}° further to the side',
    ),
    'elbow_flexion': (
        'the {side} elbow is bent {n}° more',
        'the {side} elbow is {n}° straighter',
    ),
    'hip_flexion': (
        'the {side} hip is bent {n}° more',
        'the {side} hip is {n}° straighter',
    ),
    'hip_abduction': (
        'the {side} leg is {n}° further out',
        'the {side} leg is {n}° further in',
    ),
    'thigh_forward': (
        'the {side} thigh is {n}° further forward',
        'the {side} thigh is {n}° further back',
    ),
    'knee_flexion': (
        'the {side} knee is bent {n}° more',
        'the {side} knee is {n}° straighter',
    ),
}
_MEANINGS = {
    'trunk_lean_forward': 'Trunk against the vertical; forward is positive.',
    'trunk_lean_left': "Trunk against the vertical; to the person's left is positive.",
    'trunk_twist': 'Shoulders against hips; turned to the left is positive.',
    'neck_flexion': 'Head against trunk; forward is positive.',
    'shoulder_elevation': 'Upper arm against trunk: 0° hanging, 90° level, 180° '
    'overhead.',
    'shoulder_plane': 'Where a raised arm points: 0° to the side, 90° to the front.',
    'elbow_flexion': '0° straight.',
    'hip_flexion': 'Thigh against trunk; forward is positive.',
    'hip_abduction': 'Thigh against trunk; outward is positive.',
    'thigh_forward': 'Thigh against the vertical; forward is positive.',
    'knee_flexion': '0° straight.',
}
for _side in SIDES:
    for _angle, _words in _OF_A_SIDE.items():
        _COMPARISONS[f'{_side}_{_angle}'] = (
            _words[0].replace('{side}', _side),
            _words[1].replace('{side}', _side),
        )
_SENTENCES = {
    'lasting': 'In B {what}, from {start_b} to {end_b} of B ({b}° against {a}° in A).',
    'moment': 'At {when_a} of A ({when_b} of B), in B {what} ({b}° against {a}°).',
    'range': 'In B, {name} ranges over {b}° instead of {a}°.',
    'timing': 'In B the {limb} moves {seconds:.1f} s {order} compared with the rest of '
    'the body.',
    'missing': 'B lacks a movement that A makes from {start_a} to {end_a}.',
    'extra': 'B makes a movement from {start_b} to {end_b} that A lacks.',
}
# The same of a repetition that is compared with a model.
_OF_REPETITIONS = {
    'lasting': '{what} ({b}° instead of {a}°)',
    'moment': 'at {when_b} {what} ({b}° instead of {a}°)',
    'range': '{name} ranges over {b}° instead of {a}°',
    'timing': 'the {limb} moves {seconds:.1f} s {order} compared with the rest of the '
    'body',
    'missing': 'at {when_b} a movement of the model is missing',
    'extra': 'a movement from {start_b} to {end_b} that the model lacks',
}
_VERDICTS = {
    'alike': 'Both show the same action.',
    'partly': 'They are alike in parts only',
    'mirrored': 'They show the same action mirrored, the left of one being the right '
    'of the other. Compare them with mirror=True (--mirror).',
    'not alike': 'They do not show the same action, so what differs is not listed: the '
    'poses of one hardly occur in the other.',
    'uncertain': 'More than half of the arms and legs are not seen in one of the '
    'clips, so whether they are alike cannot be told.',
}
_ANGLES_OF_LIMBS = {
    limbs: {angle for angle in ANGLES if angle.split('_')[1] in of}
    for limbs, of in {
        'the legs': ('hip', 'thigh', 'knee'),
        'the arms': ('shoulder', 'elbow'),
    }.items()
}
_SCORE = (
    'Score {score:.0f} of 100: of 100 pairs of people who do the same thing right, '
    'this many differ at least as much. Higher is more alike.'
)
SCORE_MEANING = (
    'Higher is more alike: of 100 pairs of people who do the same thing right, this '
    'many differ at least as much as these two clips.'
)
NO_DIFFERENCE = 'No difference is large enough to be sure of.'
_SLOW_MOTION = (
    'If {slow} is in slow motion, pass speed={pair} (--speed-{letter} {speed}); if it '
    'repeats the movement, pass repetitions=True (--repetitions).'
)
_SLOW_WITHOUT_TIMES = (
    '{slow} has {n:.1f} frames for each of {fast}, and frame rates are not known. Pass '
    'fps (--fps-a, --fps-b). '
)
_MOST_USUAL_SLOPE, _FEWEST_FRAMES = 4, 10
_IN_TIME = 0.15  # seconds
_WEAK = 10  # score
_ONLY_ONE = (
    'Both show the same action, except for movements that only one of them makes.'
)
_WEAKLY_ALIKE = (
    'They are weakly alike, perhaps not the same action: read what differs with care.'
)


def short_phrase(difference: Difference) -> str:
    """Say a difference in a few words, for pictures, e.g. 'left elbow +40°'."""
    if difference.kind == 'timing':
        order = 'later' if difference.size > 0 else 'earlier'
        return f'{limb_of(difference.angle)} {abs(difference.size):.1f} s {order} in B'
    if difference.kind in ('missing', 'extra'):
        return {'missing': 'missing in B', 'extra': 'only in B'}[difference.kind]
    if difference.kind == 'range':
        return f'{angle_name(difference.angle)}: range {difference.size:+.0f}° in B'
    return _what(difference).removeprefix('the ') + ' in B'


def say(
    difference: Difference,
    times_a: np.ndarray | None = None,
    times_b: np.ndarray | None = None,
) -> str:
    """Say a difference in a sentence.

    Args:
        difference: The difference.
        times_a: Seconds of A's frames, (Ta,); frame numbers are named without.
        times_b: Seconds of B's frames, (Tb,).

    Returns:
        The sentence.
    """
    return _SENTENCES[difference.kind].format(**_filling(difference, times_a, times_b))


def say_of_repetition(
    difference: Difference,
    times_a: np.ndarray | None = None,
    times_b: np.ndarray | None = None,
) -> str:
    """Say how a repetition differs from a model, as a part of a sentence.

    Args:
        difference: The difference, with the model as A.
        times_a: As in :func:`say`.
        times_b: As in :func:`say`.

    Returns:
        The words.
    """
    words = _filling(difference, times_a, times_b)
    return _OF_REPETITIONS[difference.kind].format(**words)


def _filling(
    difference: Difference, times_a: np.ndarray | None, times_b: np.ndarray | None
) -> dict[str, Any]:
    """Return what the templates are filled with."""
    return {
        'what': _what(difference),
        'name': angle_name(difference.angle),
        'limb': limb_of(difference.angle),
        'a': _rounded(difference.value_a),
        'b': _rounded(difference.value_b),
        'seconds': abs(difference.size),
        'order': 'later' if difference.size > 0 else 'earlier',
        'when_a': moment(difference.frame_a, times_a),
        'when_b': moment(difference.frame_b, times_b),
        'start_a': moment(difference.span_a[0], times_a),
        'end_a': moment(difference.span_a[1], times_a),
        'start_b': moment(difference.span_b[0], times_b),
        'end_b': moment(difference.span_b[1], times_b),
    }


def say_what(difference: Difference) -> str:
    """Say what the person of B does differently, e.g. 'the left arm is 20° lower'."""
    return _what(difference)


def say_position(position: 'LivePosition') -> str:
    """Say where in a reference somebody is who moves now."""
    text = f'{position.phase:.0%} of the reference'
    if position.ahead is None:
        return text
    if abs(position.ahead) < _IN_TIME:
        return f'{text}, in time'
    how = 'ahead' if position.ahead > 0 else 'behind'
    return f'{text}, {abs(position.ahead):.1f} s {how}'


def moment(frame: int, times: np.ndarray | None) -> str:
    """Name a moment by its time, or its frame if times are not known."""
    return f'frame {frame}' if times is None else f'{times[frame]:.2f} s'


def angle_name(angle: str) -> str:
    """Name an angle in the words of its column in the tables: 'left elbow flexion'."""
    return angle.replace('_', ' ')


def angle_meaning(angle: str) -> str:
    """Say what an angle is measured between, and where it is 0 or positive."""
    return _MEANINGS[angle.removeprefix('left_').removeprefix('right_')]


def summarize(comparison: 'Comparison') -> str:
    """Say in a few lines what was matched and what differs."""
    lines = [say_matched(comparison), say_verdict(comparison)]
    lines += say_mirrored(comparison)
    if comparison.score is None:
        return '\n'.join(lines)
    lines += say_slow_motion(comparison)
    lines.append(_SCORE.format(score=comparison.score))
    said = say_differences(comparison)
    if not said:
        lines.append(NO_DIFFERENCE)
    else:
        lines.append('What differs, most certain first:')
        lines += [f'  {i}. {text}' for i, text in enumerate(said[:MOST_SAID], start=1)]
        if len(said) > MOST_SAID:
            lines.append(f'  ... and {len(said) - MOST_SAID} smaller differences.')
    lines += say_not_compared(comparison)
    lines += say_repetitions(comparison)
    return '\n'.join(lines)


def say_verdict(comparison: 'Comparison') -> str:
    """Say whether the clips show the same action."""
    if comparison.score is not None and comparison.score < _WEAK:
        return _WEAKLY_ALIKE
    kind = comparison.verdict.kind
    if kind == 'alike' and _only_one_moves(comparison):
        return _ONLY_ONE
    return _VERDICTS[kind] + (_alike_spans(comparison) if kind == 'partly' else '')


def say_mirrored(comparison: 'Comparison') -> Iterator[str]:
    """Say that A was mirrored, if it was."""
    if comparison.mirrored:
        yield 'A was mirrored: its left side is compared with the right of B.'


def say_differences(comparison: 'Comparison') -> list[str]:
    """Say each difference in a sentence."""
    times = comparison.clip_a.frame_times, comparison.clip_b.frame_times
    return [say(difference, *times) for difference in comparison.differences]


def say_not_compared(comparison: 'Comparison') -> Iterator[str]:
    """Say which angles were not compared, if any."""
    left = list(comparison.not_compared)
    names = []
    for limbs, angles in _ANGLES_OF_LIMBS.items():
        if angles <= set(left):
            names.append(limbs)
            left = [angle for angle in left if angle not in angles]
    names += [angle_name(angle) for angle in left]
    if names:
        yield f'Seen too rarely to be compared: {_listed(names)}.'


def _times(count: int) -> str:
    return {1: 'once', 2: 'twice'}.get(count, f'{count} times')


def say_repetitions(comparison: 'Comparison') -> Iterator[str]:
    """Say how often the movement is repeated, and which repetitions stand out."""
    if comparison.repetitions is None:
        return
    count_a, count_b = map(len, comparison.repetitions)
    yield f'The movement occurs {_times(count_a)} in A and {_times(count_b)} in B.'
    each = comparison.each_repetition
    if each is None:
        return
    times = comparison.clip_a.frame_times, comparison.clip_b.frame_times
    scores = _listed([f'{score:.0f}' for score in each.scores])
    span = f'{moment(each.model[0], times[0])} to {moment(each.model[1], times[0])}'
    yield f"Scores of B's repetitions, compared with that of A from {span}: {scores}."
    for i in np.flatnonzero(each.outliers):
        path = each.alignments[i].path
        found = find_differences(*comparison.angles, path, are_whole=False)
        what = f': {say(found[0], *times)}' if found else '.'
        yield f'  Repetition {i + 1} of B stands out{what}'
    yield from (f'  {text}' for text in say_trend(each))


def say_trend(each: 'RepetitionComparison') -> Iterator[str]:
    """Say from which repetition on they become less or more alike, if they do."""
    if each.trend is not None and each.changed_from is not None:
        how = 'less' if each.trend > 0 else 'more'
        yield f'From repetition {each.changed_from + 1} on they are {how} alike.'


def say_matched(comparison: 'Comparison') -> str:
    """Say how much of the clips was matched, and how their speeds differ."""
    alignment = comparison.alignment
    count_a, count_b = len(comparison.clip_a), len(comparison.clip_b)
    text = (
        f'Matched {count_a - len(alignment.unmatched_a)} of {count_a} frames of A with '
        f'{count_b - len(alignment.unmatched_b)} of {count_b} frames of B.'
    )
    tempo = comparison.tempo
    if tempo is not None and abs(tempo - 1) >= 0.1:
        how = (
            f'{tempo:.1f} times as long as'
            if tempo > 1
            else f'{tempo:.0%} of the time of'
        )
        text += f' B takes {how} A for the same movement.'
    return text


def say_slow_motion(comparison: 'Comparison') -> Iterator[str]:
    """Suggest a playback speed where one clip passes several times slower."""
    frames = np.ptp(comparison.alignment.path, axis=0) + 1
    slope = comparison.tempo or frames[1] / frames[0]
    if comparison.settings['mode'] == 'nn' or frames.min() < _FEWEST_FRAMES:
        return
    if comparison.repetitions is not None:
        return
    if 1 / _MOST_USUAL_SLOPE <= slope <= _MOST_USUAL_SLOPE:
        return
    slow, fast = 'BA' if slope > 1 else 'AB'
    times = max(slope, 1 / slope)
    speed = round(1 / round(times), 2)
    text = _SLOW_MOTION if comparison.tempo else _SLOW_WITHOUT_TIMES + _SLOW_MOTION
    yield text.format(
        slow=slow,
        fast=fast,
        n=times,
        pair=(1, speed) if slow == 'B' else (speed, 1),
        letter=slow.lower(),
        speed=speed,
    )


def _only_one_moves(comparison: 'Comparison') -> bool:
    return any(each.kind in ('missing', 'extra') for each in comparison.differences)


def _alike_spans(comparison: 'Comparison') -> str:
    if not comparison.verdict.spans_a:
        return '.'
    times = comparison.clip_a.frame_times
    spans = [
        f'{moment(first, times)} to {moment(last, times)}'
        for first, last in comparison.verdict.spans_a
    ]
    return f': from {_listed(spans)} of A.'


def _what(difference: Difference) -> str:
    more, less = _COMPARISONS[difference.angle]
    words = more if difference.size > 0 else less
    return words.format(n=_rounded(abs(difference.size)))


def _rounded(value: float) -> str:
    """Round to whole numbers; of missing movement one clip may show no angle."""
    return '-' if math.isnan(value) else f'{value:.0f}'


def _listed(names: Sequence[str]) -> str:
    if len(names) < 2:
        return ''.join(names)
    return f'{", ".join(names[:-1])} and {names[-1]}'
