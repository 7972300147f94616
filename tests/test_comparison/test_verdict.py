from dataclasses import replace

import numpy as np
import pytest
from known_results import moving_poses, result_of, squats

from mmposenorm import compare
from mmposenorm.comparison.verdict import Verdict, judge


def on_circle(degrees):
    """Features at some angles on a circle: a distance of 1 is 60 degrees."""
    angles = np.radians(np.asarray(degrees, float))
    features = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return result_of(moving_poses(degrees), features=features.astype(np.float32))


def test_the_distance_is_a_percentile_of_the_farther_side():
    # All of A is in B; of B, 80 of 100 frames are 30 degrees from the nearest.
    a, b = on_circle([0.0] * 50), on_circle([0.0] * 20 + [30.0] * 80)
    verdict = judge(a, b)
    assert verdict.kind == 'alike'
    assert verdict.distance == pytest.approx(2 * np.sin(np.radians(15)), abs=1e-6)


def test_clips_far_apart_are_not_alike_and_nothing_is_listed():
    a, b = on_circle(range(0, 100)), on_circle(range(180, 280))
    comparison = compare(a, b)
    assert comparison.verdict.kind == 'not alike'
    assert comparison.verdict.spans_a == ()
    assert comparison.differences == ()
    assert 'do not show the same action' in str(comparison)


def test_the_part_that_is_alike_is_named():
    # The first half of A is B, the second is across the circle.
    a = on_circle([*np.linspace(0, 40, 100), *np.linspace(180, 200, 100)])
    verdict = judge(a, on_circle(np.linspace(0, 40, 100)))
    assert verdict.kind == 'partly'
    ((first, last),) = verdict.spans_a
    assert first == 0
    assert last == pytest.approx(99, abs=25)  # averaged over a second, 50 frames


@pytest.mark.parametrize(
    ('lacked', 'left'),
    [
        ([], ((0, 9), (20, 29))),
        ([(5, 22)], ((0, 4), (23, 29))),
        ([(2, 3), (29, 40)], ((0, 1), (4, 9), (20, 28))),
        ([(0, 29)], ()),
    ],
)
def test_what_b_lacks_is_not_called_alike(lacked, left):
    verdict = Verdict('partly', 1.2, 1.0, 1.0, ((0, 9), (20, 29)))
    assert verdict.without(lacked).spans_a == left


def test_no_sentence_contradicts_another():
    # A makes something else first. Averaged over a second, its last frames are alike.
    squat, other = np.linspace(0, 60, 100), np.linspace(180, 300, 100)
    a = on_circle([*other, *squat, *squat[::-1], *np.full(20, 20.0)])
    b = on_circle([*squat, *squat[::-1], *np.full(50, 20.0)])
    comparison = compare(a, b)
    [(first, last)] = [d.span_a for d in comparison.differences if d.kind == 'missing']
    assert (first, last) == pytest.approx((0, 99), abs=5)
    assert judge(a, b).spans_a[0][0] <= last
    assert comparison.verdict.spans_a == ((last + 1, len(a) - 1),)
    empty = replace(comparison.verdict, kind='partly', spans_a=())
    said = str(replace(comparison, verdict=empty, score=50.0))
    assert 'They are alike in parts only.' in said


def test_a_mirror_is_tried_only_if_the_clips_are_not_alike():
    a, b = on_circle([0.0] * 50), on_circle([100.0] * 50)

    def refuse():
        raise AssertionError('the mirrored clip is not needed')

    assert judge(a, a, refuse).kind == 'alike'
    assert judge(a, b, lambda: b).kind == 'mirrored'
    assert judge(a, b, lambda: on_circle([180.0] * 50)).kind == 'not alike'


def test_too_little_seen_is_said_before_anything_else():
    visible = np.ones((275, 17))
    visible[:, [2, 3, 5, 12, 13]] = 0  # of the legs an ankle is left, of an arm nothing
    comparison = compare(squats(), squats(visible=visible))
    assert comparison.verdict.kind == 'uncertain'
    assert comparison.verdict.seen == pytest.approx(3 / 8)
    assert comparison.differences == ()
    assert 'More than half of the arms and legs are not seen' in str(comparison)


@pytest.mark.parametrize(
    ('unseen', 'seen', 'kind'),
    [
        ([2, 3, 5, 6], 1, 'alike'),  # from the waist up: the arms decide
        ([2, 3, 5, 6, 13], 3 / 4, 'alike'),
        ([2, 3, 5, 6, 12, 13, 16], 1 / 4, 'uncertain'),
        ([12, 13, 15, 16], 1, 'alike'),  # the legs decide
        ([2, 3, 5, 6, 12, 13, 15, 16], 0, 'uncertain'),
    ],
)
def test_half_bodies_are_judged_by_the_half_that_is_seen(unseen, seen, kind):
    visible = np.ones((275, 17))
    visible[:, unseen] = 0
    for pair in (
        (squats(), squats(visible=visible)),
        (squats(visible=visible), squats(visible=visible)),
    ):
        verdict = judge(*pair)
        assert (verdict.seen, verdict.kind) == (pytest.approx(seen), kind)


def test_without_features_directions_of_limbs_decide():
    assert judge(squats(1), squats(2)).kind == 'alike'
    lying = result_of(squats().normalized_poses[:, ::-1], -squats().body_up)
    assert judge(squats(), lying).kind == 'not alike'
