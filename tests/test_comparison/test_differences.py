import numpy as np
import pytest
from known_results import result_of, squats

from mmposenorm import compare
from mmposenorm.comparison import find_differences, measure_curves
from mmposenorm.comparison.differences import find_latest, limb_of
from mmposenorm.datasets.synthetic.exercise import turn_keypoints
from mmposenorm.geometry.angles import ANGLES

DIAGONAL = np.stack([np.arange(275)] * 2, axis=1)  # of two squats


def differences(clip_a, clip_b, path=DIAGONAL):
    return find_differences(measure_curves(clip_a), measure_curves(clip_b), path)


@pytest.mark.parametrize(
    ('wrong', 'angle', 'size'),
    [
        ({'lean': 30}, 'trunk_lean_forward', 30),
        ({'elbow': 80}, 'left_elbow_flexion', 80),
        ({'knee': 45}, 'left_knee_flexion', 45),
        ({'shoulder': 60}, 'left_shoulder_elevation', 60),
    ],
)
def test_one_angle_that_is_wrong_throughout_is_named_alone(wrong, angle, size):
    (found,) = differences(squats(), squats(**wrong))
    assert found.angle == angle
    assert found.kind == 'lasting' or angle == 'left_knee_flexion'  # it moves quickly
    assert found.size == pytest.approx(size, abs=1)
    assert found.value_b - found.value_a == pytest.approx(found.size)
    assert found.span_a == found.span_b
    (back,) = differences(squats(**wrong), squats())
    assert back.size == pytest.approx(-found.size)
    assert back.ratio == pytest.approx(found.ratio)


@pytest.mark.parametrize('lean', [40, -40])
def test_arms_that_hang_while_the_trunk_leans_are_no_difference(lean):
    leaning = squats(lean=lean)
    poses = leaning.normalized_poses
    for shoulder in (11, 14):
        arm = [shoulder + 1, shoulder + 2]
        poses = turn_keypoints(poses, shoulder, arm, np.array([1.0, 0, 0]), -lean)
    hanging = result_of(poses, leaning.body_up)
    lifts = [measure_curves(clip).arm_lifts[:5] for clip in (squats(), hanging)]
    np.testing.assert_allclose(*lifts, atol=1)
    found = [d.angle for d in differences(squats(), hanging)]
    assert found[0] == 'trunk_lean_forward'
    assert not [angle for angle in found if angle.endswith('elevation')]


def test_a_difference_of_a_moment_has_its_span():
    right, wrong = squats().normalized_poses, squats(elbow=80).normalized_poses
    right[100:150] = wrong[100:150]
    (found,) = differences(squats(), result_of(right, squats().body_up))
    assert (found.kind, found.angle) == ('moment', 'left_elbow_flexion')
    # A tenth of a second either side may be the match.
    assert found.span_a[0] == pytest.approx(100 + 5, abs=4)
    assert found.span_a[1] == pytest.approx(149 - 5, abs=4)
    assert found.frame_a in range(100, 150)


def test_an_arm_that_is_late_is_late_and_not_lower():
    found = differences(squats(), squats(arm_delay=0.4))
    assert {limb_of(d.angle) for d in found} == {'left arm'}
    assert found[0].kind == 'timing'
    assert found[0].size == pytest.approx(0.4, abs=0.05)
    assert differences(squats(arm_delay=0.4), squats())[0].size == pytest.approx(
        -0.4, abs=0.05
    )


@pytest.mark.parametrize('shift', [-3, 3])
def test_a_match_that_is_a_little_early_or_late_is_no_difference(shift):
    path = np.stack([np.arange(3, 272), np.arange(3, 272) + shift], axis=1)
    assert differences(squats(), squats(), path) == ()


@pytest.mark.parametrize('open_ends', [True, False])
def test_a_squat_that_is_missing_or_extra_is_told(open_ends):
    long, short = squats(3), squats(2)
    missing = compare(long, short, open_ends=open_ends).differences
    assert [d.kind for d in missing] == ['missing']
    # Somewhere in A, a squat of 2 s is not in B.
    assert missing[0].span_a[1] - missing[0].span_a[0] == pytest.approx(100, abs=40)
    extra = compare(short, long, open_ends=open_ends).differences
    assert [d.kind for d in extra] == ['extra']


def test_a_squat_that_is_half_as_deep_moves_over_less():
    poses, up = squats().normalized_poses, squats().body_up
    shallow = squats()
    middle = poses[:1] + 0.5 * (poses - poses[:1])
    half = result_of(middle, up)
    found = differences(shallow, half)
    assert {d.kind for d in found} <= {'range', 'moment'}
    knees = [d for d in found if 'knee' in d.angle]
    assert knees
    assert all(d.size < 0 for d in knees)


def test_what_is_not_seen_in_either_clip_is_never_named():
    visible = np.ones((275, 17))
    visible[:, 13] = 0  # left wrist
    for a, b in (
        (squats(), squats(elbow=80, visible=visible)),
        (squats(visible=visible), squats(elbow=80)),
    ):
        assert differences(a, b) == ()
        comparison = compare(a, b)
        assert comparison.not_compared == ('left_elbow_flexion',)
        said = str(comparison)
        assert 'Seen too rarely to be compared: left elbow flexion.' in said


def test_what_the_estimate_does_not_know_is_not_named():
    sure = np.full((275, 16), np.radians(3), np.float32)
    unsure = sure.copy()
    unsure[:, 10:] = np.radians(60)  # the bones of the arms
    for sigma, expected in ((sure, ['left_elbow_flexion']), (unsure, [])):
        a, b = (
            result_of(clip.normalized_poses, clip.body_up, sigma=sigma)
            for clip in (squats(), squats(elbow=80))
        )
        assert [d.angle for d in differences(a, b)] == expected


def test_thighs_that_are_both_further_forward_may_be_the_tilt_of_a_camera():
    right = squats()
    poses = turn_keypoints(
        right.normalized_poses, 4, [5, 6], np.array([1.0, 0, 0]), -60
    )
    one = result_of(poses, right.body_up)
    both = result_of(
        turn_keypoints(poses, 1, [2, 3], np.array([1.0, 0, 0]), -60), right.body_up
    )
    assert 'left_thigh_forward' in [d.angle for d in differences(right, one)]
    assert differences(right, both) == ()
    level = [measure_curves(clip, camera_pitch=0.0) for clip in (right, both)]
    found = {d.angle for d in find_differences(*level, DIAGONAL)}
    assert found == {'left_thigh_forward', 'right_thigh_forward'}


def test_unlike_frame_rates_are_compared_in_seconds():
    slow = squats(arm_delay=0.4)
    half = result_of(slow.normalized_poses[::2], slow.body_up[::2], fps=25)
    path = np.stack([np.arange(275), np.arange(275) // 2], axis=1)
    found = differences(squats(), half, path)
    assert found[0].kind == 'timing'
    assert found[0].size == pytest.approx(0.4, abs=0.06)


def test_every_angle_has_a_limb():
    assert {limb_of(angle) for angle in ANGLES} == {
        'trunk', 'head', 'left arm', 'right arm', 'left leg', 'right leg',
    }  # fmt: skip


def test_what_lies_outside_of_a_found_clip_is_not_extra():
    one, many = squats(1), squats(4)
    comparison = compare(one, many, mode='subsequence')
    assert len(comparison.alignment.unmatched_b) > 200
    assert comparison.differences == ()


def test_frames_matched_in_no_order_have_no_timing():
    right, late = squats(2), squats(2, arm_delay=0.4)
    backwards = np.stack([np.arange(275), np.arange(274, -1, -1)], axis=1)
    for clip in (right, late):
        assert {d.kind for d in differences(right, clip, backwards)} <= {
            'lasting', 'moment', 'range',
        }  # fmt: skip
    assert compare(right, right, mode='nn').differences == ()


def test_a_difference_beside_frames_that_are_not_seen_has_values():
    visible = np.ones((275, 17))
    visible[::3, 13] = 0  # left wrist, in every third frame
    for found in differences(squats(), squats(elbow=80, visible=visible)):
        assert np.isfinite([found.value_a, found.value_b, found.size]).all()
        assert found.angle == 'left_elbow_flexion'


def test_missing_movement_can_be_said_where_the_other_clip_shows_no_angle():
    visible = np.ones((275, 17))
    visible[-140:] = 0
    visible[-140:, [0, 8]] = 1  # at the end only the trunk is seen
    comparison = compare(squats(3), squats(2, visible=visible))
    assert str(comparison)


@pytest.mark.parametrize(
    'wrong', [{}, {'lean': 30}, {'elbow': 80}, {'shoulder': 60}, {'arm_delay': 0.4}]
)
def test_the_latest_differences_are_those_that_last_until_the_end(wrong):
    curves = [measure_curves(clip) for clip in (squats(), squats(**wrong))]
    for end in (150, 275):
        path = DIAGONAL[end - 60 : end]
        wanted = [
            difference
            for difference in find_differences(*curves, path, are_whole=False)
            if difference.kind in ('lasting', 'moment')
            and difference.span_b[1] == end - 1
        ]
        assert list(find_latest(*curves, path)) == wanted
    assert find_latest(*curves, DIAGONAL[:1]) == ()
