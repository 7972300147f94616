import numpy as np
import pytest
from projected_bodies import motion, seen_from, with_face

from mmposenorm.keypoints.checks import check_clip, check_people, check_size
from mmposenorm.keypoints.people import FramePeople, People, frame_people

SIZE = (1600, 900)


@pytest.fixture
def said(monkeypatch):
    """Return the warnings that are logged."""
    texts = []
    monkeypatch.setattr(
        'mmposenorm.keypoints.messages.print_log',
        lambda text, logger, level=0: texts.append(text) if level else None,
    )
    return texts


@pytest.fixture
def pixels():
    """Return somebody in the middle of a picture of SIZE, (40, 17, 2), as h36m."""
    poses = seen_from(motion(), azimuth=0.6)
    return poses - poses.mean(axis=(0, 1)) + [800, 450]


@pytest.fixture
def coco():
    poses = seen_from(with_face(motion()), azimuth=0.6)
    return poses - poses.mean(axis=(0, 1)) + [800, 450]


def test_what_is_right_is_left_alone(pixels, said):
    for size in (None, SIZE):
        keypoints, visible, layout = check_clip(pixels, None, 'h36m', size)
        np.testing.assert_allclose(keypoints, pixels, rtol=1e-6)
        assert visible.all()
        assert layout == 'h36m'
    assert not said


@pytest.mark.parametrize('unit', [0.001, 0.01, 1.0])
def test_any_unit_will_do_if_the_body_is_centred(pixels, unit, said):
    centred = unit * (pixels - pixels[:, :1])
    keypoints, visible, _ = check_clip(centred, None, 'h36m')
    np.testing.assert_allclose(keypoints, centred, rtol=1e-6)
    assert visible.all()  # the hips too, although they are at (0, 0)
    assert not said


def test_fractions_of_an_image_need_its_size(pixels, said):
    fractions = pixels / SIZE
    with pytest.raises(ValueError, match=r'between 0 and 1.*Pass its size'):
        check_clip(fractions, None, 'h36m')
    keypoints, _, _ = check_clip(fractions, None, 'h36m', SIZE)
    np.testing.assert_allclose(keypoints, pixels, rtol=1e-5)
    square, _, _ = check_clip(pixels / 1600, None, 'h36m', (1, 1))
    np.testing.assert_allclose(square, pixels / 1600, rtol=1e-5)
    assert not said


def test_fractions_with_guesses_beyond_the_image_are_told(pixels):
    below = np.add(pixels, [0, 300]) / SIZE  # the feet are out of the picture
    assert 0 < (below > 1).any(axis=-1).mean() < 0.1
    with pytest.raises(ValueError, match='between 0 and 1'):
        check_clip(below, None, 'h36m')
    keypoints, visible, _ = check_clip(below, None, 'h36m', SIZE)
    np.testing.assert_array_equal(visible == 0, (below >= 1).any(axis=-1))
    assert (keypoints[visible == 0] == 0).all()


def test_fractions_from_minus_one_to_one_are_doubted(pixels, said):
    signed = 2 * np.add(pixels, [300, 0]) / SIZE - 1
    check_clip(signed, None, 'h36m')
    (text,) = said
    assert 'between -1 and 1' in text
    keypoints, _, _ = check_clip(signed, None, 'h36m', SIZE)
    np.testing.assert_allclose(keypoints, np.add(pixels, [300, 0]), rtol=1e-5)


@pytest.mark.parametrize('missing', [(0, 0), (-1, -1), (np.nan, 5), (np.inf, np.inf)])
def test_a_missing_joint_is_unseen_whatever_its_score(pixels, missing, said):
    pixels[::10, 13] = missing
    keypoints, visible, _ = check_clip(pixels, None, 'h36m')
    expected = np.ones((40, 17))
    expected[::10, 13] = 0
    np.testing.assert_array_equal(visible, expected)
    assert (keypoints[::10, 13] == 0).all()
    assert not said


def test_a_masked_joint_is_unseen(pixels):
    mask = np.zeros(pixels.shape, bool)
    mask[3, 5, 0] = True
    _, visible, _ = check_clip(np.ma.masked_array(pixels, mask), None, 'h36m')
    np.testing.assert_array_equal(np.argwhere(visible == 0), [[3, 5]])


def test_a_missing_joint_is_told_from_the_origin_of_the_others(pixels):
    centred = pixels - pixels[:, :1]
    centred[::10, 13] = 0
    _, visible, _ = check_clip(centred, None, 'h36m')
    assert visible[:, 0].all()
    np.testing.assert_array_equal(np.flatnonzero(visible[:, 13] == 0), [0, 10, 20, 30])


def test_joints_on_the_border_and_beyond_are_unseen(pixels):
    beyond = np.add(pixels, [0, 900 - pixels[:, [3, 6], 1].min()])
    for keypoints in (beyond, beyond.clip(0, 900), beyond.clip(0, 899)):
        _, visible, _ = check_clip(keypoints, None, 'h36m', SIZE)
        np.testing.assert_array_equal(visible == 0, beyond[..., 1] >= 899)


def test_joints_that_slide_along_a_border_are_unseen_without_a_size(pixels):
    border = round(float(np.median(pixels[:, [3, 6], 1])))
    clamped = pixels.copy()
    clamped[..., 1] = clamped[..., 1].clip(None, border)
    hidden = pixels[..., 1] >= border
    assert hidden.any(axis=1).mean() > 0.4
    _, visible, _ = check_clip(clamped, None, 'h36m')
    # Not told of a joint that is there in a few frames only.
    often = hidden.sum(axis=0) >= 5
    np.testing.assert_array_equal(visible[:, often] == 0, hidden[:, often])
    assert visible[:, ~often].all()


def test_a_foot_that_stands_still_is_no_border(pixels):
    pixels[:, 3] = [800, 1000]
    _, visible, _ = check_clip(pixels, None, 'h36m')
    assert visible.all()
    whole = pixels.round()
    assert check_clip(whole, None, 'h36m')[1].all()


def test_a_body_that_moves_as_a_whole_is_not_at_a_border(pixels):
    sliding = np.repeat(pixels[:1], 40, axis=0)
    sliding += [0, 1000 - sliding[0, :, 1].max()]
    sliding[..., 0] += np.arange(40)[:, None]
    assert check_clip(sliding, None, 'h36m')[1].all()


def test_the_size_of_another_image_is_refused(pixels):
    with pytest.raises(ValueError, match='outside of an image of 640 x 480'):
        check_clip(pixels, None, 'h36m', (640, 480))


@pytest.mark.parametrize('size', [5, (1, 2, 3), (0, 5), (5, np.nan), 'ab', '1x'])
def test_a_size_that_makes_no_sense_is_refused(size):
    with pytest.raises(ValueError, match='size must be the width and height'):
        check_size(size)


@pytest.mark.parametrize('score', [0, 0.2])
def test_a_clip_in_which_nothing_was_seen_is_refused(pixels, score):
    with pytest.raises(ValueError, match='No keypoint was seen in any frame'):
        check_clip(pixels, np.full((40, 17), score), 'h36m')


@pytest.mark.parametrize('value', [0, 1, 50])
def test_joints_all_at_one_point_are_refused(value):
    with pytest.raises(ValueError, match=r'at the same point|No keypoint was seen'):
        check_clip(np.full((4, 17, 2), value), None, 'h36m')


def test_y_that_points_up_is_told(pixels, said):
    check_clip(pixels * [1, -1] + [0, 900], None, 'h36m', SIZE)
    (text,) = said
    assert 'y points up' in text


def test_an_upper_body_that_is_upside_down_is_told(pixels, said):
    visible = np.ones((40, 17))
    visible[:, [2, 3, 5, 6]] = 0
    check_clip(pixels, visible, 'h36m')
    assert not said
    check_clip(-pixels, visible, 'h36m')
    assert 'y points up' in said[0]


def test_coco_read_as_h36m_is_told_once_with_the_cure(coco, said):
    check_clip(coco, None, 'h36m')
    (text,) = said
    assert 'proportions of a body in coco' in text


def test_joints_in_another_order_are_told(pixels, said):
    order = np.random.default_rng(3).permutation(17)
    check_clip(pixels[:, order], None, 'h36m')
    (text,) = said
    assert 'Read as h36m, these keypoints do not have the proportions' in text


def test_left_and_right_arms_exchanged_are_told(said):
    arms = [11, 12, 13, 14, 15, 16]
    seen = seen_from(motion(2), azimuth=0)
    check_clip(seen, None, 'h36m')
    assert not said
    seen[:, arms] = seen[:, arms[3:] + arms[:3]]
    check_clip(seen, None, 'h36m')
    (text,) = said
    assert 'left and right are exchanged' in text


def test_a_body_exchanged_against_its_face_is_told(coco, said):
    pairs = np.arange(5, 17).reshape(-1, 2)
    coco[:, pairs.ravel()] = coco[:, pairs[:, ::-1].ravel()]
    check_clip(coco, None, 'coco')
    (text,) = said
    assert 'face and shoulders' in text


def test_an_unseen_face_contradicts_nothing(coco, said):
    visible = np.ones((40, 17))
    visible[:, :5] = 0
    check_clip(coco, visible, 'coco')
    assert not said


def people_of(keypoints, **fields):
    frames = [frame_people(pose[None], np.ones((1, 17))) for pose in keypoints]
    return People(frames, 'h36m', 'test', **fields)


def test_people_are_checked_like_arrays(pixels):
    pixels[2, 13] = [0, 0]
    people = check_people(people_of(pixels / SIZE), SIZE)
    assert people.image_size == SIZE
    for frame, pose in zip(people.frames, pixels, strict=True):
        np.testing.assert_allclose(frame.keypoints[0], pose, rtol=1e-5)
    assert people.frames[2].scores[0, 13] == 0
    assert people.frames[2].boxes[0, 0] > 500  # without the joint at (0, 0)
    with pytest.raises(ValueError, match='between 0 and 1'):
        check_people(people_of(pixels / SIZE))


def test_the_size_of_the_file_is_used(pixels):
    people = check_people(people_of(pixels / SIZE, image_size=SIZE, normalized=True))
    np.testing.assert_allclose(people.frames[0].keypoints[0], pixels[0], rtol=1e-5)
    assert not people.normalized


def test_somebody_of_whom_nothing_was_seen_is_nobody(pixels):
    two = np.stack([pixels[0], pixels[0] + 100]).astype(np.float32)
    scores = np.stack([np.ones(17), np.zeros(17)]).astype(np.float32)
    frame = FramePeople(two, scores, np.zeros((2, 4), np.float32))
    people = check_people(People([frame] * 3, 'h36m', 'test'))
    assert [len(one) for one in people.frames] == [1, 1, 1]
    nobody = People([FramePeople(two, 0 * scores, frame.boxes)], 'h36m', 'test')
    with pytest.raises(ValueError, match='No keypoint was seen'):
        check_people(nobody)


def test_right_people_are_handed_on_as_they_are(pixels):
    people = people_of(pixels, image_size=SIZE)
    checked = check_people(people)
    assert all(
        one is two for one, two in zip(people.frames, checked.frames, strict=True)
    )
