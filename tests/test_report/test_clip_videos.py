"""The videos in the page."""

import sys

import cv2
import numpy as np

from mmposenorm.comparison.clip_pictures import show_clip
from mmposenorm.report.clip_videos import embedded_videos


def test_every_frame_of_a_video_is_encoded(comparison, videos, tmp_path):
    clips = (
        show_clip('A', comparison.clip_a, videos[0]),
        show_clip('B', comparison.clip_b),
    )
    (encoded, nothing), notice = embedded_videos(clips)
    assert (nothing, notice) == (None, None)
    path = tmp_path / 'a.mp4'
    path.write_bytes(encoded)
    capture, numbers = cv2.VideoCapture(str(path)), []
    while (read := capture.read())[0]:
        numbers.append([read[1][24, x].mean() for x in (16, 48)])
    assert len(numbers) == len(comparison.clip_a)
    found = np.array(numbers) // 12 @ (1, 20)  # see conftest.py
    assert (found == np.arange(len(numbers))).all()
    assert capture.get(cv2.CAP_PROP_FOURCC) == cv2.VideoWriter.fourcc(*'h264')


def test_without_ffmpeg_a_sentence_says_how_to_get_it(comparison, videos, monkeypatch):
    monkeypatch.setitem(sys.modules, 'imageio_ffmpeg', None)
    clip = show_clip('A', comparison.clip_a, videos[0])
    encoded, notice = embedded_videos((clip, clip))
    assert encoded == [None, None]
    assert 'pip install imageio-ffmpeg' in notice
