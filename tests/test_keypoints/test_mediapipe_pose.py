from dataclasses import replace

import cv2
import numpy as np
import pytest

from mmposenorm.keypoints.layouts import to_h36m
from mmposenorm.keypoints.mediapipe_models import Pose, _region, _starts, _tiles
from mmposenorm.keypoints.mediapipe_pose import (
    MediaPipeDetector,
    _people_of,
    _without_doubles,
)
from mmposenorm.keypoints.people import joined_people


@pytest.fixture(scope='module')
def detector():
    pytest.importorskip('ai_edge_litert')
    return MediaPipeDetector()


def frames_of(path, first, count):
    capture = cv2.VideoCapture(str(path))
    capture.set(cv2.CAP_PROP_POS_FRAMES, first)
    return [capture.read()[1] for _ in range(count)]


def test_both_people_are_found_and_followed(detector, shared_data):
    frames = frames_of(shared_data / 'clips' / 'sports2d_demo.mp4', 60, 2)
    detector.reset()
    people = [detector(frame) for frame in frames]
    # The man stands on the box at (636, 300), the woman walks at (1413, 746).
    for found in people:
        hips = found.keypoints[:, 23:25].mean(axis=1)
        order = hips[:, 0].argsort()
        np.testing.assert_allclose(hips[order], [[636, 300], [1410, 746]], atol=25)
        assert (found.scores[:, 23:25] > 0.5).all()


def test_left_is_left(detector, shared_data):
    # He faces the camera: his left is on the right of the image.
    (frame,) = frames_of(shared_data / 'clips/pose2sim_balance/cam02.mp4', 0, 1)
    detector.reset()
    people = detector(frame)
    tallest = np.ptp(people.boxes[:, 1::2], axis=1).argmax()
    one = slice(tallest, tallest + 1)
    keypoints, visible = to_h36m(
        people.keypoints[one], people.scores[one], detector.layout
    )
    for left, right in [(4, 1), (5, 2), (11, 14), (12, 15)]:
        assert keypoints[0, left, 0] > keypoints[0, right, 0]
    assert visible[0, [0, 8]].min() > 0.9
    assert keypoints[0, 8, 1] < keypoints[0, 0, 1] < keypoints[0, 3, 1]


def test_an_empty_image_holds_nobody(detector):
    detector.reset()
    assert len(detector(np.full((240, 320, 3), 128, np.uint8))) == 0


def test_what_is_guessed_beyond_the_image_is_missing():
    keypoints = np.full((33, 2), 20.0)
    keypoints[:3] = [[-1, 20], [20, 48], [63, 47]]
    pose = Pose(keypoints, np.full(33, 0.9), np.zeros((2, 2)), np.ones((33, 3)))
    image = np.zeros((48, 64, 3), np.uint8)
    people = _people_of([pose], image)
    np.testing.assert_array_equal(people.scores[0] > 0, [False, False] + [True] * 31)
    np.testing.assert_array_equal(people.boxes, [[20, 20, 63, 47]])
    assert people.world_keypoints.shape == (1, 33, 3)
    assert len(_people_of([], image)) == 0


@pytest.mark.parametrize(('width', 'height'), [(1768, 994), (1080, 1920), (64, 64)])
def test_tiles_cover_the_image_and_overlap_by_half(width, height):
    tiles = _tiles(width, height)
    assert tiles[0] == (0, 0, width, height)
    for side in {tile[2] for tile in tiles[1:]}:
        squares = [tile for tile in tiles[1:] if tile[2] == side]
        for axis, length in ((0, width), (1, height)):
            starts = sorted({tile[axis] for tile in squares})
            assert (starts[0], starts[-1]) == (0, length - side)
            assert all(np.diff(starts) <= side / 2 + 1)


def test_one_tile_is_enough_for_its_own_length():
    assert _starts(100, 100) == [0]


def test_the_region_turns_with_the_body():
    centre, side, angle = _region(np.array([[50, 60], [50, 40]]))
    np.testing.assert_array_equal(centre, [50, 60])
    # 2 x 20 pixels of body and a quarter more.
    assert (side, angle) == pytest.approx((50, 0))
    *_, angle = _region(np.array([[50, 60], [70, 60]]))  # head to the right
    assert angle == pytest.approx(np.pi / 2)


def pose_at(x):
    keypoints = np.random.default_rng(0).uniform(0, 100, (33, 2))
    keypoints[:, 0] += x
    circle = np.array([[x + 50, 50], [x + 50, -10]])
    return Pose(keypoints, np.ones(33), circle, np.zeros((33, 3)))


def test_who_jumps_onto_another_is_dropped():
    stays, jumps = (pose_at(0), pose_at(1)), (pose_at(300), pose_at(2))
    assert _without_doubles([jumps, stays]) == [stays[1]]
    assert _without_doubles([stays, jumps, (pose_at(600), None)]) == [stays[1]]
    apart = (pose_at(300), pose_at(302))
    assert _without_doubles([apart, stays]) == [apart[1], stays[1]]


def test_turning_round_is_no_motion():
    before = pose_at(0)
    turned = replace(before, keypoints=before.keypoints.copy())
    left, right = [*range(11, 17, 2), *range(23, 29, 2)], [*range(12, 18, 2)]
    right += [*range(24, 30, 2)]
    turned.keypoints[left], turned.keypoints[right] = (
        before.keypoints[right],
        before.keypoints[left],
    )
    assert turned.distance(before) > 0.1
    assert turned.motion_from(before) == 0
    assert pose_at(6).motion_from(before) == pytest.approx(6 / 60)


class FakeModels:
    """Give the wrong person in all regions but the larger ones to the right."""

    def __init__(self):
        self.looks = 0

    def search(self, image):
        return []

    def look(self, image, circle):
        self.looks += 1
        is_right = circle[0, 0] > 55 and circle[0, 1] - circle[1, 1] > 65
        return pose_at(1) if is_right else pose_at(40)


def test_a_jump_onto_another_is_looked_at_again():
    detector = MediaPipeDetector.__new__(MediaPipeDetector)
    detector._models = FakeModels()
    image = np.zeros((120, 160, 3), np.uint8)
    assert detector._follow(image, pose_at(0)).circle[0, 0] == 51
    detector._models.looks = 0
    assert detector._follow(image, pose_at(39)).circle[0, 0] == 90
    assert detector._models.looks == 1  # near enough to be believed at once


def test_nobody_in_any_region_is_lost():
    detector = MediaPipeDetector.__new__(MediaPipeDetector)
    detector._models = FakeModels()
    detector._models.look = lambda image, circle: None
    assert detector._follow(np.zeros((8, 8, 3), np.uint8), pose_at(0)) is None


def test_a_part_of_a_known_person_is_no_newcomer():
    known = pose_at(0)
    part = replace(known, keypoints=known.keypoints * 0.4 + 20)
    assert part.is_made_of(known)
    assert not known.is_made_of(part)
    assert not pose_at(80).is_made_of(known)


@pytest.mark.parametrize(('moved', 'is_lost'), [(14, False), (16, True)])
def test_who_moves_farther_than_people_do_is_lost(moved, is_lost):
    detector = MediaPipeDetector.__new__(MediaPipeDetector)
    detector._models = FakeModels()
    detector._models.look = lambda image, circle: pose_at(moved)  # of a radius of 60
    found = detector._follow(np.zeros((8, 8, 3), np.uint8), pose_at(0))
    assert (found is None) == is_lost


class SeenWhere:
    """Find somebody in bright frames; by a search only in every n-th."""

    def __init__(self, every=1):
        self.searches = self.bright = 0
        self.every = every

    def search(self, image):
        self.searches += 1
        self.bright += bool(image.mean())
        return (
            [pose_at(0).circle]
            if image.mean() and self.bright % self.every == 0
            else []
        )

    def look(self, image, circle):
        return pose_at(float(image.mean())) if image.mean() else None


@pytest.fixture
def people_in():
    """Return a function that runs the detector over frames of these brightnesses."""

    def run(brightnesses, models):
        detector = MediaPipeDetector.__new__(MediaPipeDetector)
        detector._models = models
        detector.reset()
        found = []
        for value in brightnesses:
            found.append(detector(np.full((400, 400, 3), value, np.uint8)))
            for back, people in enumerate(detector.earlier, start=2):
                found[-back] = joined_people(found[-back], people)
        return [len(people) for people in found]

    return run


def test_who_is_found_late_is_followed_back(people_in):
    # Dark until frame 4; then a search succeeds in the third bright frame.
    models = SeenWhere(every=3)
    assert people_in([0] * 4 + [10] * 6, models) == [0] * 4 + [1] * 6
    assert models.searches == 7  # one in each frame until somebody was found


@pytest.mark.parametrize('black', [0, 1, 7, 19])
def test_one_black_frame_costs_one_frame(people_in, black):
    brightnesses = [10] * 20
    brightnesses[black] = 0
    assert people_in(brightnesses, SeenWhere()) == [int(b > 0) for b in brightnesses]


def test_nobody_is_found_twice_by_looking_back(people_in):
    class TwoFarApart(SeenWhere):
        """One at 0, found at once, and one at 200, found 15 frames later."""

        def search(self, image):
            self.searches += 1
            places = [0] if self.searches == 1 else [0, 200]
            return [pose_at(x).circle for x in places]

        def look(self, image, circle):
            return pose_at(0 if circle[0, 0] < 150 else 200)

    assert people_in([10] * 30, TwoFarApart()) == [2] * 30


def test_the_world_landmarks_are_metres_around_the_hips(detector, shared_data):
    (frame,) = frames_of(shared_data / 'clips/pose2sim_balance/cam02.mp4', 0, 1)
    detector.reset()
    people = detector(frame)
    world = people.world_keypoints
    assert world.shape == (len(people), 33, 3)
    hips, shoulders = world[:, 23:25].mean(axis=1), world[:, 11:13].mean(axis=1)
    np.testing.assert_allclose(hips, 0, atol=0.05)
    assert ((shoulders[:, 1] > -0.7) & (shoulders[:, 1] < -0.35)).all()  # y points down
