"""Tests of telling where in a reference a person is and what is off."""

from dataclasses import replace

import numpy as np
import pytest

from mmposenorm import PoseNormInferencer
from mmposenorm.datasets.synthetic import draw_body, draw_motion
from mmposenorm.keypoints.people import frame_people, no_people
from mmposenorm.live import LiveGuide
from mmposenorm.live.guide import frames_at_rate

VIEW = np.array([[300, 0, 60], [0, -300, 0]])
SHOULDER, ELBOW, WRIST = 11, 12, 13  # left


@pytest.fixture(scope='module')
def inferencer():
    return PoseNormInferencer(device='cpu')


@pytest.fixture(scope='module')
def world():
    rng = np.random.default_rng(0)
    return draw_motion(draw_body(rng), 60, rng)


def filmed(world):
    return (world @ VIEW.T + 500).astype(np.float32)


def one_person(keypoints):
    return frame_people(keypoints[None], np.ones((1, 17)))


def test_a_person_who_does_the_same_is_followed_and_one_who_does_not_is_told(
    inferencer, world
):
    clip = filmed(world)
    reference = inferencer(clip, layout='h36m', fps=25)
    guide = LiveGuide(reference, inferencer, 'h36m', fps=25, loops=False)
    lifted = world.copy()
    lifted[30:, ELBOW] = lifted[30:, SHOULDER] + (0.0, 0.28, 0.0)
    lifted[30:, WRIST] = lifted[30:, SHOULDER] + (0.0, 0.53, 0.0)
    states = [
        guide.add(one_person(keypoints), number / 25)
        for number, keypoints in enumerate(filmed(lifted))
    ]
    assert states[:2] == [None, None]  # the look-ahead has not come yet
    middle, last = states[29], states[-1]
    assert middle.time == pytest.approx(29 / 25 - 5 / 50)
    assert middle.position.reference_frame == pytest.approx(29 - 2.5, abs=4)
    assert abs(middle.position.ahead) < 0.3
    assert not any(d.angle.startswith('left') and d.size > 60 for d in middle.off)
    assert 'left_shoulder_elevation' in {d.angle for d in last.off}
    elevation = next(d for d in last.off if d.angle == 'left_shoulder_elevation')
    assert elevation.size > 60


def test_nothing_is_said_while_nobody_is_seen(inferencer, world):
    reference = inferencer(filmed(world), layout='h36m', fps=25)
    guide = LiveGuide(reference, inferencer, 'h36m', fps=25)
    assert [guide.add(no_people(17), number / 25) for number in range(5)] == [None] * 5


def test_a_reference_without_a_person_is_refused(inferencer, world):
    reference = inferencer(filmed(world), layout='h36m', fps=25)
    unseen = np.zeros_like(reference.keypoints_visible)
    with pytest.raises(ValueError, match='no frame in which a keypoint is seen'):
        LiveGuide(
            replace(reference, keypoints_visible=unseen), inferencer, 'h36m', fps=25
        )


def test_a_reference_has_no_more_frames_a_second_than_estimates_come():
    times = np.arange(7) / 60
    np.testing.assert_array_equal(frames_at_rate(times, 30), [0, 2, 4, 6])
    np.testing.assert_array_equal(frames_at_rate(times, 120), np.arange(7))
    np.testing.assert_array_equal(frames_at_rate(times[:1], 30), [0])
    # Rounded to the nearest: 0, 1.2, 2.4, 3.6, 4.8 and 6.
    np.testing.assert_array_equal(frames_at_rate(times, 50), [0, 1, 2, 4, 5, 6])


def test_a_slow_camera_follows_a_reference_of_many_frames(inferencer, world):
    clip = filmed(world)
    reference = inferencer(clip, layout='h36m', fps=60)
    guide = LiveGuide(reference, inferencer, 'h36m', fps=20, loops=False)
    states = [
        guide.add(one_person(keypoints), number / 20)
        for number, keypoints in enumerate(clip[::3])
    ]
    found = [state.position.reference_frame for state in states[3:]]
    true = [60 * state.time for state in states[3:]]
    assert np.abs(np.subtract(found, true)).mean() < 5


def test_a_frame_that_brings_no_new_moment_keeps_the_last_one(inferencer, world):
    clip = filmed(world)
    reference = inferencer(clip, layout='h36m', fps=50)
    guide = LiveGuide(reference, inferencer, 'h36m', fps=100)
    states = [
        guide.add(one_person(keypoints), number / 100)
        for number, keypoints in enumerate(np.repeat(clip, 2, axis=0)[:40])
    ]
    times = [state.time for state in states[10:]]
    np.testing.assert_allclose(times, np.repeat(np.arange(15) / 50, 2))
    assert states[30].position is states[31].position
