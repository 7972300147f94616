import logging

import cv2
import numpy as np
import pytest

from mmposenorm.keypoints.video import PictureShift, Video, frame_clock


def test_a_video_is_read_frame_by_frame(make_video):
    video = Video(make_video(frames=5, size=(64, 48), fps=25))
    assert (video.frame_count, video.claimed_fps) == (5, 25)
    assert video.image_size == (64, 48)
    for _ in range(2):  # as often as you like
        times, frames = zip(*video, strict=True)
        np.testing.assert_allclose(times, np.arange(5) / 25, atol=1e-6)
        assert frames[0].shape == (48, 64, 3)
        np.testing.assert_allclose(
            [frame.mean() for frame in frames], 40 * np.arange(5), atol=3
        )


def test_real_video_sizes_are_upright(shared_data):
    video = Video(shared_data / 'clips' / 'mmhuman3d_basketball.mp4')
    assert video.image_size == (1080, 1920)
    assert (video.frame_count, video.claimed_fps) == (40, 12)


def test_a_rotation_noted_in_the_file_is_applied(tmp_path):
    path = tmp_path / 'phone.mp4'
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'mp4v'), 25, (64, 48))
    lying = np.zeros((48, 64, 3), np.uint8)
    lying[:, :32] = 255
    for _ in range(3):
        writer.write(lying)
    writer.release()
    content = bytearray(path.read_bytes())
    # The matrix of the track's header: x' = 48 - y, y' = x, in 16.16, the last in 2.30.
    matrix = np.array([0, 1, 0, -1, 0, 0, 48, 0, 1]) * ([1 << 16] * 8 + [1 << 30])
    begin = content.index(b'tkhd') + 44
    content[begin : begin + 36] = matrix.astype('>i4').tobytes()
    path.write_bytes(content)

    video = Video(path)
    assert video.image_size == (48, 64)
    for _, upright in video:
        assert upright.shape == (64, 48, 3)
        assert upright[:28].min() > 200
        assert upright[36:].max() < 50


def test_even_times_give_the_frame_rate():
    times, fps = frame_clock(0.5 + np.arange(11) / 25, claimed_fps=30)
    np.testing.assert_allclose(times, np.arange(11) / 25)
    assert fps == pytest.approx(25)


def test_a_varying_frame_rate_keeps_its_times():
    read = np.array([0, 0.1, 0.2, 0.6, 0.8])
    times, fps = frame_clock(read, claimed_fps=30)
    np.testing.assert_allclose(times, read)
    assert fps == pytest.approx(4 / 0.8)


def test_a_frame_that_repeats_its_time_costs_no_other_times():
    read = np.arange(20) ** 1.5 / 30  # slower and slower
    read[7] = read[6]
    times, _ = frame_clock(read, claimed_fps=1000)
    assert (np.diff(times) > 0).all()
    np.testing.assert_allclose(np.delete(times, 7), np.delete(read, 7))
    assert times[7] == pytest.approx((read[6] + read[8]) / 2)


def test_a_last_frame_that_repeats_its_time_comes_a_frame_later():
    read = np.minimum(np.arange(20), 18) / 25
    times, fps = frame_clock(read, claimed_fps=1000)
    np.testing.assert_allclose(times, np.arange(20) / 25)
    assert fps == pytest.approx(25)


@pytest.mark.parametrize('read', [[0, 0, 0], [0, 0.2, 0.1], [0.1]])
def test_times_that_make_no_sense_give_way_to_the_claimed_rate(read):
    times, fps = frame_clock(np.array(read), claimed_fps=10)
    np.testing.assert_allclose(times, np.arange(len(read)) / 10)
    assert fps == 10


def test_an_unknown_frame_rate_is_none():
    assert frame_clock(np.zeros(3), claimed_fps=0)[1] is None


@pytest.mark.parametrize(
    ('name', 'content', 'message'),
    [
        ('a.mp4', b'', r'is empty \(0 bytes\)'),
        ('a.mp4', b'no video at all' * 100, 'No frame can be read from'),
        ('a.txt', b'text', 'No frame can be read from'),
        ('a.npy', b'array', 'is an array; expected a video'),
    ],
)
def test_what_is_no_video_is_said_so(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=message):
        Video(tmp_path / name)


def test_a_video_cut_off_before_its_index_is_said_so(make_video):
    path = make_video()
    path.write_bytes(path.read_bytes()[:400])
    with pytest.raises(ValueError, match='corrupt, empty or no video'):
        Video(path)


@pytest.mark.parametrize('suffix', ['png', 'jpg'])
def test_a_still_picture_is_said_so(tmp_path, suffix):
    path = tmp_path / f'a.{suffix}'
    cv2.imwrite(str(path), np.zeros((8, 8, 3), np.uint8))
    with pytest.raises(ValueError, match='is a still picture'):
        Video(path)


def test_a_missing_video_and_a_folder_are_said_so(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'a\.mp4 not found'):
        Video(tmp_path / 'a.mp4')
    with pytest.raises(ValueError, match='is a folder'):
        Video(tmp_path)


@pytest.mark.parametrize(
    ('frame_count', 'fps', 'is_damaged'),
    [(100, 30, True), (100, 0, True), (200, 1000, False), (12, 60, False)],
)
def test_a_damaged_end_is_warned_of(
    make_video, monkeypatch, frame_count, fps, is_damaged
):
    # Six frames, of which the last is shown from 0.17 to 0.2 seconds.
    video = Video(make_video(frames=6))
    monkeypatch.setattr(video, 'frame_count', frame_count)
    monkeypatch.setattr(video, 'claimed_fps', fps)
    messages = []
    monkeypatch.setattr(
        'mmposenorm.keypoints.messages.print_log',
        lambda text, logger, level: messages.append((text, level)),
    )
    assert len(list(video)) == 6
    if not is_damaged:
        assert not messages
        return
    ((text, level),) = messages
    assert 'Only 6 of 100 frames can be read' in text
    assert level == logging.WARNING


@pytest.mark.parametrize('way', [(0, 0), (30, 0), (-12, 18)])
def test_the_shift_of_the_picture_is_measured(way):
    scene = np.random.default_rng(0).integers(0, 255, (60, 80, 3), np.uint8)
    scene = cv2.resize(scene, (800, 600), interpolation=cv2.INTER_CUBIC)
    shift = PictureShift()
    np.testing.assert_array_equal(shift(scene[100:400, 100:500]), 0)
    x, y = way
    moved = scene[100 - y : 400 - y, 100 - x : 500 - x]
    np.testing.assert_allclose(shift(moved), way, atol=1.5)


def test_other_pictures_and_black_ones_have_no_shift():
    rng = np.random.default_rng(0)
    shift = PictureShift()
    for _ in range(3):
        assert not shift(rng.integers(0, 255, (60, 80, 3), np.uint8)).any()
        assert not shift(np.zeros((60, 80, 3), np.uint8)).any()
