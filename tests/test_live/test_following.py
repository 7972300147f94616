"""Tests of following one person while the frames arrive."""

import numpy as np

from mmposenorm.keypoints.people import frame_people, no_people
from mmposenorm.live import LivePerson


def person(x, size=1.0):
    """A standing person, (1, 17, 2)."""
    rng = np.random.default_rng(0)
    return (rng.uniform(0, 100, (17, 2)) * size + (x, 50))[None]


def people(*places):
    keypoints = np.concatenate([person(*place) for place in places])
    return frame_people(keypoints, np.ones(keypoints.shape[:2]))


def test_the_larger_person_is_followed_whatever_their_order():
    live = LivePerson('h36m', fps=30)
    for number in range(10):
        places = [(0.0, 1.0), (400.0 + number, 1.5)]
        keypoints, visible = live.add(people(*places[:: (-1) ** number]))
        np.testing.assert_allclose(keypoints, person(400 + number, 1.5)[0], rtol=1e-5)
        assert visible.min() == 1


def test_a_larger_one_who_comes_later_is_not_followed():
    live = LivePerson('h36m', fps=30)
    live.add(people((0.0, 1.0)))
    keypoints, _ = live.add(people((500.0, 3.0), (1.0, 1.0)))
    np.testing.assert_allclose(keypoints, person(1)[0], rtol=1e-5)


def test_somebody_else_is_followed_two_seconds_after_the_first_has_gone():
    live = LivePerson('h36m', fps=10)
    live.add(people((0.0, 2.0), (600.0, 1.0)))
    found = [live.add(people((600.0, 1.0))) for _ in range(30)]
    assert found[:20] == [None] * 20
    np.testing.assert_allclose(found[-1][0], person(600)[0], rtol=1e-5)


def test_nobody_is_followed_while_nobody_is_there():
    live = LivePerson('h36m', fps=30)
    assert [live.add(no_people(17)) for _ in range(100)] == [None] * 100
