from types import SimpleNamespace

import numpy as np
import pytest

from mmposenorm.comparison.differences import Difference
from mmposenorm.comparison.sentences import (
    angle_name,
    say,
    say_repetitions,
    short_phrase,
)
from mmposenorm.geometry.angles import ANGLES

TIMES = np.arange(100) / 10


def difference(kind, angle, value_a, value_b, size=None):
    return Difference(
        kind=kind, angle=angle, span_a=(10, 50), span_b=(20, 60), frame_a=30,
        frame_b=40, value_a=value_a, value_b=value_b,
        size=value_b - value_a if size is None else size, sigma=5.0, ratio=2.0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ('given', 'sentence', 'phrase'),
    [
        (
            ('lasting', 'left_elbow_flexion', 57.2, 140.4),
            'In B the left elbow is bent 83° more, from 2.00 s to 6.00 s of B (140° '
            'against 57° in A).',
            'left elbow is bent 83° more in B',
        ),
        (
            ('moment', 'right_knee_flexion', 60, 40),
            'At 3.00 s of A (4.00 s of B), in B the right knee is 20° straighter (40° '
            'against 60°).',
            'right knee is 20° straighter in B',
        ),
        (
            ('range', 'left_shoulder_elevation', 90, 50),
            'In B, left shoulder elevation ranges over 50° instead of 90°.',
            'left shoulder elevation: range -40° in B',
        ),
        (
            ('timing', 'left_shoulder_elevation', 10, 30, 0.42),
            'In B the left arm moves 0.4 s later compared with the rest of the body.',
            'left arm 0.4 s later in B',
        ),
        (
            ('timing', 'right_knee_flexion', 10, 30, -0.3),
            'In B the right leg moves 0.3 s earlier compared with the rest of the '
            'body.',
            'right leg 0.3 s earlier in B',
        ),
        (
            ('missing', 'right_knee_flexion', 10, 30),
            'B lacks a movement that A makes from 1.00 s to 5.00 s.',
            'missing in B',
        ),
        (
            ('extra', 'right_knee_flexion', 10, 30),
            'B makes a movement from 2.00 s to 6.00 s that A lacks.',
            'only in B',
        ),
    ],
)
def test_each_kind_has_a_sentence(given, sentence, phrase):
    assert say(difference(*given), TIMES, TIMES) == sentence
    assert short_phrase(difference(*given)) == phrase


@pytest.mark.parametrize(
    ('angle', 'more', 'less'),
    [
        ('trunk_lean_forward', 'further forward', 'further back'),
        ('trunk_lean_left', 'to the left', 'to the right'),
        ('trunk_twist', 'to the left', 'to the right'),
        ('neck_flexion', 'forward', 'back'),
        ('right_hip_abduction', 'further out', 'further in'),
        ('left_thigh_forward', 'further forward', 'further back'),
        ('right_shoulder_plane', 'to the front', 'to the side'),
    ],
)
def test_the_sign_of_an_angle_is_put_into_words(angle, more, less):
    assert more in say(difference('lasting', angle, 0, 30))
    assert less in say(difference('lasting', angle, 0, -30))


def test_without_times_frames_are_named():
    text = say(difference('moment', 'right_knee_flexion', 60, 40))
    assert text.startswith('At frame 30 of A (frame 40 of B)')


def test_an_angle_that_is_not_seen_in_one_clip_can_be_missing_there():
    unseen = difference('missing', 'left_knee_flexion', 90, float('nan'))
    assert say(unseen, TIMES, TIMES).startswith('B lacks a movement')


def test_an_angle_has_the_name_of_its_column():
    assert angle_name('left_elbow_flexion') == 'left elbow flexion'
    for angle in ANGLES:
        if angle.startswith('left_'):
            assert 'left' in short_phrase(difference('moment', angle, 0, 9))


@pytest.mark.parametrize(
    ('counts', 'expected'),
    [((1, 6), 'once in A and 6 times in B'), ((2, 0), 'twice in A and 0 times in B')],
)
def test_how_often_a_movement_occurs(counts, expected):
    spans = [[None] * count for count in counts]
    comparison = SimpleNamespace(repetitions=spans, each_repetition=None)
    assert list(say_repetitions(comparison)) == [f'The movement occurs {expected}.']
