"""The videos in the page."""

import sys
from dataclasses import replace

import cv2
import numpy as np

from mmposenorm.comparison.clip_pictures import show_clip
from mmposenorm.report import clip_videos
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


def test_noise_stays_within_the_size_that_a_page_may_have(comparison, monkeypatch):
    class Noise:
        size = 96, 64

        def __getitem__(self, frame):
            rng = np.random.default_rng(frame)
            return rng.integers(0, 256, (64, 96, 3), np.uint8)

    monkeypatch.setattr(clip_videos, '_MOST_BYTES', 1_000_000)
    shown = show_clip('B', comparison.clip_b)
    clip = replace(shown, pictures=Noise())
    (video, other), _ = clip_videos.embedded_videos((clip, clip))
    assert 0.5e6 < len(video) + len(other) < 1.2e6
