import numpy as np
import pytest
from projected_bodies import motion, seen_from

from mmposenorm.keypoints.people import FramePeople, keypoint_boxes, no_people
from mmposenorm.keypoints.tracking import (
    Track,
    choose_track,
    fill_track,
    link_people,
)


def one_track(frame_ids, keypoints, scores=None):
    keypoints = np.asarray(keypoints, np.float32)
    scores = np.ones(keypoints.shape[:2]) if scores is None else np.asarray(scores)
    boxes = np.tile([0, 0, 1, 1], (len(keypoints), 1))
    return Track(1, np.array(frame_ids), keypoints, scores, boxes)


def test_two_who_cross_keep_their_numbers(people_at):
    # They pass each other 30 pixels apart in height, and the order in the frame turns.
    steps = np.arange(0, 400, 10)
    frames = [people_at((100 + x, 100), (500 - x, 130)) for x in steps]
    frames[20:] = [
        FramePeople(frame.keypoints[::-1], frame.scores[::-1], frame.boxes[::-1])
        for frame in frames[20:]
    ]
    first, second = link_people(frames, fps=30)
    np.testing.assert_allclose(first.boxes[:, 0], 100 + steps, atol=1e-3)
    np.testing.assert_allclose(second.boxes[:, 0], 500 - steps, atol=1e-3)


@pytest.mark.parametrize(('absent', 'tracks'), [(15, 1), (59, 1), (61, 2)])
def test_one_who_comes_back_within_two_seconds_is_the_same(people_at, absent, tracks):
    frames = [people_at((100, 100))] * 20 + [no_people(17)] * absent
    frames += [people_at((140, 100))] * 20
    assert len(link_people(frames, fps=30)) == tracks


def test_somebody_far_away_is_somebody_else(people_at):
    frames = [people_at((100, 100))] * 10 + [people_at((900, 100))] * 10
    first, second = link_people(frames, fps=30)
    assert (first.frame_ids[-1], second.frame_ids[0]) == (9, 10)


@pytest.mark.parametrize(('widths', 'tracks'), [(0.95, 2), (1.05, 3)])
def test_one_who_jumps_is_the_same_if_not_quite_out_of_the_box(
    people_at, widths, tracks
):
    # Too far for one frame at 30 fps. Another person, who stays, does not mind.
    bystander = (500, 100)
    frames = [people_at((100, 100), bystander)] * 20
    jump = widths * (frames[0].boxes[0, 2] - frames[0].boxes[0, 0])
    frames += [people_at((100 + jump, 100), bystander)] * 20
    found = link_people(frames, fps=30)
    assert len(found) == tracks
    moved = [np.ptp(track.boxes[:, 0]) for track in found]
    np.testing.assert_allclose(moved, [jump, 0] if tracks == 2 else 0, rtol=1e-5)
    assert len(found[1].frame_ids) == 40


def test_one_lost_long_ago_takes_nobodys_place(people_at):
    # B disappears; A walks over to where B was, and stays A.
    frames = [people_at((100 + 4 * t, 100), (300, 100)) for t in range(10)]
    frames += [people_at((100 + 4 * t, 100)) for t in range(10, 60)]
    first, second = link_people(frames, fps=30)
    assert len(first.frame_ids) == 60
    assert len(second.frame_ids) == 10


def test_a_few_joints_that_flash_up_do_not_take_over(people_at):
    person = people_at((100, 100))
    scores = np.concatenate([person.scores, np.zeros((1, 17))])
    scores[1, :2] = 0.9
    keypoints = np.repeat(person.keypoints, 2, axis=0)
    frames = [person] * 40
    frames[10] = FramePeople(keypoints, scores, np.repeat(person.boxes, 2, axis=0))
    (track,) = link_people(frames, fps=30)
    np.testing.assert_array_equal(track.frame_ids, np.arange(40))
    assert (track.scores == 1).all()


def test_frames_without_people_give_no_track():
    assert link_people([no_people(17)] * 5, fps=30) == []


@pytest.fixture
def three_people(people_at):
    """Give a small one who stays, a large one who leaves, one who comes in late."""
    frames = [people_at((100, 100), (300, 100, 2.2)) for _ in range(20)]
    frames += [people_at((100, 100)) for _ in range(5)]
    frames += [people_at((100, 100), (600, 100)) for _ in range(15)]
    return link_people(frames, fps=30)


@pytest.mark.parametrize(
    ('person', 'number'),
    [
        ('largest', 2),  # 20 frames of 2.2 against 40 of 1
        ('longest', 1),
        ('3', 3),
        (3, 3),
        ('130,200', 1),
        ('360,300', 2),
        ('630.5, 200', 3),
    ],
)
def test_a_person_can_be_chosen(three_people, person, number):
    assert choose_track(three_people, person).track_id == number


def test_the_point_means_the_first_frame_of_each(people_at):
    frames = [people_at((100 + 5 * t, 100)) for t in range(60)]
    walker = link_people(frames, fps=30)
    assert choose_track(walker, '130,200').track_id == 1
    with pytest.raises(ValueError, match='no person 400,200'):
        choose_track(walker, '400,200')


def test_an_unknown_person_is_answered_with_those_there_are(three_people):
    with pytest.raises(
        ValueError, match=r'no person 7\. Found: person 1 \(frames 0-39, first at 130,'
    ):
        choose_track(three_people, '7')


@pytest.mark.parametrize('person', ['biggest', '1,2,3', 'a,b', '', 'nan'])
def test_a_choice_that_makes_no_sense_is_explained(three_people, person):
    with pytest.raises(ValueError, match="'largest', 'longest', a number"):
        choose_track(three_people, person)


def test_nobody_is_said_in_a_sentence():
    with pytest.raises(ValueError, match='No person was found in any frame'):
        choose_track([])


def test_a_short_gap_is_filled_exactly_on_even_motion():
    frame_ids = [0, 1, 2, 6, 7]
    points = [[[10 + 3 * t, 5 - t]] for t in frame_ids]
    scores = [[1], [1], [0.8], [0.6], [1]]
    keypoints, visible = fill_track(
        one_track(frame_ids, points, scores), 8, longest_gap=3
    )
    times = np.arange(8)
    np.testing.assert_allclose(keypoints[:, 0, 0], 10 + 3 * times, rtol=1e-6)
    np.testing.assert_allclose(keypoints[:, 0, 1], 5 - times, rtol=1e-6)
    # Half of the lower end, 0.6 / 2.
    np.testing.assert_allclose(visible[3:6, 0], 0.3, rtol=1e-6)


def test_long_gaps_and_what_lies_outside_stay_missing():
    keypoints, visible = fill_track(
        one_track([2, 7], [[[1, 1]], [[6, 6]]]), 10, longest_gap=3
    )
    np.testing.assert_array_equal(np.flatnonzero(visible[:, 0]), [2, 7])
    assert (keypoints[visible == 0] == 0).all()
    assert keypoints.shape == (10, 1, 2)


def test_a_joint_hidden_for_a_moment_is_filled_by_itself():
    points = np.arange(12, dtype=float).reshape(3, 2, 2)
    keypoints, visible = fill_track(
        one_track([0, 1, 2], points, [[1, 1], [0, 1], [1, 1]]), 3, longest_gap=2
    )
    np.testing.assert_allclose(keypoints, points)
    np.testing.assert_allclose(visible, [[1, 1], [0.5, 1], [1, 1]])


def test_real_openpose_people_are_followed(shared_data):
    from mmposenorm.keypoints.readers import read_keypoints

    people = read_keypoints(shared_data / 'openpose_body25' / '2')
    (track,) = link_people(people.frames, fps=30)
    assert len(track.frame_ids) == len(people.frames) == 411


def track_of(number, keypoints, scores, first=0):
    boxes = keypoint_boxes(keypoints, scores)
    return Track(number, np.arange(len(keypoints)) + first, keypoints, scores, boxes)


def test_a_torn_skeleton_is_not_followed_though_it_is_largest():
    person = 300 + 0.4 * seen_from(motion(frames=60), azimuth=0.6)
    torn = person.copy()
    torn[:, 7:] += [400, 0]  # the upper body is somebody else's
    scores = np.ones(person.shape[:2])
    tracks = [track_of(1, torn, scores), track_of(2, person, scores)]
    assert choose_track(tracks).track_id == 1
    for choice in ('largest', 'longest'):
        assert choose_track(tracks, choice, 'h36m').track_id == 2
        assert choose_track(tracks[:1], choice, 'h36m').track_id == 1
    assert choose_track(tracks, '1', 'h36m').track_id == 1


@pytest.mark.parametrize(
    ('size', 'score', 'frames', 'chosen'),
    [(2.1, 0.5, 40, 2), (1.9, 0.5, 40, 1), (2.1, 1, 20, 2), (1.9, 1, 20, 1)],
)
def test_the_largest_is_long_sure_and_long_in_view(size, score, frames, chosen):
    person = np.repeat(seen_from(motion(frames=1), azimuth=0), 40, axis=0)
    scores = np.ones(person.shape[:2])
    other = track_of(2, size * person[:frames], score * scores[:frames])
    assert choose_track([track_of(1, person, scores), other]).track_id == chosen
