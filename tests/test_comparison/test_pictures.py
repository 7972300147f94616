import cv2
import numpy as np
import pytest
from known_results import result_of, squats

from mmposenorm.comparison.clip_pictures import ClipPictures, show_clip
from mmposenorm.comparison.key_frames import choose_key_frames
from mmposenorm.keypoints import Video
from mmposenorm.visualization.poses import HIGHLIGHT_COLOR, blank_image, draw_pose

GREYS = 20, 80, 140, 200


@pytest.fixture
def pictures(tmp_path):
    """Return the pictures of a video that gets lighter from frame to frame."""
    path = tmp_path / 'clip.mp4'
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'mp4v'), 25, (64, 48))
    for grey in GREYS:
        writer.write(np.full((48, 64, 3), grey, np.uint8))
    writer.release()
    return ClipPictures(Video(path), (32, 24))


@pytest.mark.parametrize('order', [(0, 1, 2, 3), (2, 2, 0, 3, 1), (3, 0)])
def test_pictures_come_in_any_order(pictures, order):
    for frame in order:
        picture = pictures[frame]
        assert picture.shape == (24, 32, 3)
        assert picture.mean() == pytest.approx(GREYS[frame], abs=4)


def test_pictures_can_be_seen_in_a_mirror(tmp_path):
    path = tmp_path / 'clip.mp4'
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'mp4v'), 25, (64, 48))
    frame = np.zeros((48, 64, 3), np.uint8)
    frame[:, :32] = 200  # bright on the left
    writer.write(frame)
    writer.write(frame)
    writer.release()
    video = Video(path)
    for mirrored, bright in ((False, slice(0, 14)), (True, slice(18, 32))):
        pictures = ClipPictures(video, (32, 24), mirrored)
        for number in (1, 0):  # as read, and as kept
            assert pictures[number][:, bright].mean() > 180


def test_after_the_end_the_last_picture_stays(pictures):
    assert pictures[9].mean() == pytest.approx(GREYS[-1], abs=4)


def test_pictures_can_be_drawn_into(pictures):
    pictures[0][:] = 255
    assert pictures[0].mean() == pytest.approx(GREYS[0], abs=4)


def test_key_frames_are_equally_much_movement_apart():
    # Still for 50 frames, then 10 cm a frame, which is 50 steps.
    position = np.append(np.zeros(50), 0.1 * np.arange(51))
    poses = np.tile(position[:, None, None], (1, 17, 3))
    frames = choose_key_frames(poses, np.arange(101), count=6)
    np.testing.assert_array_equal(frames[1:], [60, 70, 80, 90, 100])
    assert frames[0] <= 50


def test_key_frames_have_a_match():
    poses = np.zeros((10, 17, 3))
    matches = np.array([-1, -1, -1, 0, 1, 2, -1, -1, -1, -1])
    np.testing.assert_array_equal(choose_key_frames(poses, matches), [3, 4, 5])


def test_highlighted_limbs_have_a_rim():
    points = np.tile([[30.0, 30.0]], (17, 1))
    points[13] = 30, 60
    plain, highlighted = blank_image(60, 90), blank_image(60, 90)
    draw_pose(plain, points)
    draw_pose(highlighted, points, highlighted=[13])
    assert not (plain == HIGHLIGHT_COLOR).all(axis=-1).any()
    rows = np.flatnonzero((highlighted == HIGHLIGHT_COLOR).all(axis=-1).any(axis=1))
    assert rows.min() < 32
    assert rows.max() >= 58


def test_poses_are_drawn_upright_or_with_the_root_at_identity():
    poses = squats(1).normalized_poses
    face_down = np.tile(np.float32([0, 0, -1]), (len(poses), 1))
    lying = result_of(poses, face_down)
    np.testing.assert_array_equal(show_clip('A', lying, upright=False).poses, poses)
    x, y, z = np.moveaxis(poses, -1, 0)
    expected = np.stack([x, -z, y], axis=-1)  # the head is ahead, the face down
    np.testing.assert_allclose(show_clip('A', lying).poses, expected, atol=1e-6)
