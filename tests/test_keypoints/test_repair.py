import numpy as np
import pytest

from mmposenorm.keypoints.layouts import LAYOUTS
from mmposenorm.keypoints.repair import drop_jumps, find_sides

NAMES = LAYOUTS['coco'].joint_names
LEGS = [NAMES.index(f'left_{joint}') for joint in ('hip', 'knee', 'ankle')]
SIDES = [(name, name.replace('left', 'right')) for name in NAMES if 'left' in name]


def walk(frames=90, fps=30):
    """Return a walk in profile, (T, 17, 2): legs and arms swing through each other."""
    times = np.arange(frames) / fps
    keypoints = np.zeros((frames, 17, 2))
    heights = {'hip': 0, 'knee': 50, 'ankle': 100, 'shoulder': -60, 'elbow': -30}
    swings = {
        'hip': 4,
        'knee': 20,
        'ankle': 40,
        'shoulder': 4,
        'elbow': 15,
        'wrist': 30,
    }
    for index, name in enumerate(NAMES):
        side, _, joint = name.partition('_')
        sign = {'left': 1, 'right': -1}.get(side, 0)
        swing = sign * swings.get(joint, 0) * np.sin(2 * np.pi * times)
        keypoints[:, index, 0] = 300 + 60 * times + swing
        keypoints[:, index, 1] = 200 + heights.get(joint, 0)
    return keypoints


def exchanged(keypoints, frames, joints=NAMES):
    """Exchange left and right of these joints in these frames."""
    keypoints = keypoints.copy()
    for left, right in SIDES:
        if left in joints:
            pair = [NAMES.index(left), NAMES.index(right)]
            keypoints[np.ix_(frames, pair)] = keypoints[np.ix_(frames, pair[::-1])]
    return keypoints


def restore(keypoints, fps=30.0, frame_ids=None):
    frame_ids = np.arange(len(keypoints)) if frame_ids is None else frame_ids
    sizes = np.full(len(keypoints), 130.0)
    scores = np.ones(keypoints.shape[:2])
    sides = find_sides(keypoints, scores, frame_ids, sizes, 'coco', fps)
    return np.take_along_axis(keypoints, sides[..., None], axis=1)


def test_legs_that_swing_past_each_other_stay_as_they_are():
    np.testing.assert_array_equal(restore(walk()), walk())


@pytest.mark.parametrize('frames', [[7], [8, 9, 10], [36, 38, 39, 68]])
def test_a_body_exchanged_for_a_moment_is_put_back(frames):
    restored = restore(exchanged(walk(), frames))
    # The face has no part in it.
    np.testing.assert_array_equal(restored[:, 5:], walk()[:, 5:])


def test_legs_exchanged_alone_are_put_back():
    names = [NAMES[index] for index in LEGS]
    restored = restore(exchanged(walk(), [8, 9], names))
    np.testing.assert_array_equal(restored, walk())


def test_scores_go_with_their_joints():
    keypoints, scores = exchanged(walk(), [8, 9]), np.ones((90, 17))
    scores[8:10, LEGS[0]] = 0.3
    sides = find_sides(
        keypoints, scores, np.arange(90), np.full(90, 130.0), 'coco', 30.0
    )
    restored = np.take_along_axis(scores, sides, axis=1)
    right_hip = NAMES.index('right_hip')
    np.testing.assert_array_equal(restored[8:10, right_hip], 0.3)
    np.testing.assert_array_equal(restored[8:10, LEGS[0]], 1)


def test_what_lasts_is_believed():
    # Both jumps together are less than the two seconds of distrust between them. Only
    # around the jumps, up to where the legs meet, may another order be smoother.
    turned = exchanged(walk(150), np.arange(40, 100))
    restored = restore(turned)
    for kept in (slice(0, 30), slice(50, 90), slice(110, 150)):
        np.testing.assert_array_equal(restored[kept], turned[kept])


@pytest.mark.parametrize('layout', LAYOUTS)
def test_every_layout_can_be_restored(layout):
    names = LAYOUTS[layout].joint_names
    keypoints = np.zeros((9, len(names), 2))
    for index, name in enumerate(names):
        keypoints[:, index] = [50 * ('left' in name), 10 * (index % 7)]
    limbs = [
        names.index(f'left_{joint}')
        for joint in ('shoulder', 'elbow', 'wrist', 'hip', 'knee')
    ]
    mistaken = keypoints.copy()
    for left, name in enumerate(names):
        if name.startswith('left_'):
            pair = [left, names.index(name.replace('left', 'right'))]
            mistaken[4, pair] = keypoints[4, pair[::-1]]
    scores, sizes = np.ones(keypoints.shape[:2]), np.full(9, 100.0)
    sides = find_sides(mistaken, scores, np.arange(9), sizes, layout, 30.0)
    restored = np.take_along_axis(mistaken, sides[..., None], axis=1)
    np.testing.assert_array_equal(restored[4, limbs], keypoints[4, limbs])


@pytest.mark.parametrize('frames', [1, 2])
def test_a_clip_of_hardly_any_frames_stays(frames):
    np.testing.assert_array_equal(restore(walk(frames)), walk(frames))


def test_a_joint_that_jumps_away_is_dropped():
    keypoints, sizes = walk(), np.full(90, 130.0)
    keypoints[20, LEGS[2]] += [0, 40]
    keypoints[60:62, LEGS[1]] += [40, 0]
    scores = drop_jumps(keypoints, np.ones((90, 17)), sizes, 30.0)
    expected = np.ones((90, 17))
    expected[20, LEGS[2]] = expected[60:62, LEGS[1]] = 0
    np.testing.assert_array_equal(scores, expected)


def test_even_motion_is_no_jump_however_fast():
    keypoints = np.zeros((30, 1, 2))
    keypoints[:, 0, 0] = 100.0 * np.arange(30)
    scores = drop_jumps(keypoints, np.ones((30, 1)), np.full(30, 50.0), 30.0)
    assert (scores == 1).all()


def test_few_frames_a_second_show_no_jumps():
    dribble = np.zeros((30, 1, 2))
    dribble[::3] = 100
    scores = drop_jumps(dribble, np.ones((30, 1)), np.full(30, 100.0), 12.0)
    assert (scores == 1).all()
