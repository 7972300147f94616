import sys

import cv2
import numpy as np
import pytest

from mmposenorm.visualization import write_image, write_video

RED, GREEN = (255, 0, 0), (0, 255, 0)


def image(color, height=48, width=64):
    return np.full((height, width, 3), color, dtype=np.uint8)


def read_video(path):
    capture = cv2.VideoCapture(str(path))
    frames = []
    while (read := capture.read())[0]:
        frames.append(read[1][..., ::-1])
    return np.stack(frames), capture.get(cv2.CAP_PROP_FPS)


def test_image_comes_back(tmp_path):
    path = tmp_path / 'new folder' / 'picture.png'
    write_image(path, image(RED))
    np.testing.assert_array_equal(cv2.imread(str(path))[..., ::-1], image(RED))


@pytest.fixture(params=['H.264', 'MPEG-4'])
def encoder(request, monkeypatch):
    """Encode with imageio-ffmpeg, or as where it is not installed."""
    if request.param == 'H.264':
        pytest.importorskip('imageio_ffmpeg')
    else:
        monkeypatch.setitem(sys.modules, 'imageio_ffmpeg', None)
    return request.param


@pytest.mark.parametrize('size', [(48, 64), (45, 63)], ids=['even', 'odd'])
def test_video_comes_back(tmp_path, encoder, size):
    path = tmp_path / 'video.mp4'
    write_video(path, (image(c, *size) for c in [RED] * 3 + [GREEN] * 4), fps=12.5)
    frames, fps = read_video(path)
    assert fps == pytest.approx(12.5)
    assert frames.shape == (7, 48 if size[0] == 48 else 46, 64, 3)
    np.testing.assert_allclose(frames[:3].mean(axis=(0, 1, 2)), RED, atol=8)
    np.testing.assert_allclose(frames[3:].mean(axis=(0, 1, 2)), GREEN, atol=8)
    assert [file.name for file in tmp_path.iterdir()] == ['video.mp4']
    assert (b'avc1' in path.read_bytes()) == (encoder == 'H.264')


@pytest.mark.parametrize('interruption', [KeyboardInterrupt, ValueError])
def test_an_interrupted_video_leaves_nothing_and_keeps_the_old(
    tmp_path, encoder, interruption
):
    def frames():
        yield image(RED)
        yield image(RED)
        raise interruption

    old = tmp_path / 'old.mp4'
    old.write_bytes(b'old')
    for path in (old, tmp_path / 'new.mp4'):
        with pytest.raises(interruption):
            write_video(path, frames(), fps=10)
    assert [file.name for file in tmp_path.iterdir()] == ['old.mp4']
    assert old.read_bytes() == b'old'


@pytest.mark.parametrize(
    ('frames', 'fps', 'words'),
    [
        ([], 10, 'no frames'),
        ([image(RED)], 0, 'fps must be positive, but is 0'),
        ([image(RED), image(RED, height=10)], 10, r'first, \(48, 64, 3\), but one'),
    ],
)
def test_what_is_no_video_is_refused(tmp_path, frames, fps, words):
    with pytest.raises(ValueError, match=words):
        write_video(tmp_path / 'video.mp4', frames, fps)
    assert not list(tmp_path.iterdir())
