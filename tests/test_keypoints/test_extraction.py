"""Videos to files of keypoints, by a detector that is made up."""

import os

import numpy as np
import pytest

from mmposenorm.keypoints import extract_keypoints, extraction, read_keypoints
from mmposenorm.keypoints.extraction import (
    extract_in_processes,
    extract_in_turn,
    videos_to_do,
)
from mmposenorm.keypoints.people import frame_people


class WidthDetector:
    """Finds a person as wide as the picture; some widths are more than it can do."""

    layout, name = 'coco', 'fake'

    def reset(self):
        pass

    def __call__(self, frame):
        width = frame.shape[1]
        if width == 96:
            raise RuntimeError('out of memory')
        if width == 128:
            os._exit(1)
        keypoints = np.random.default_rng(0).uniform(0, width, (1, 17, 2))
        return frame_people(keypoints, np.ones((1, 17)))


def test_a_video_becomes_a_file(make_video, tmp_path):
    people = extract_keypoints(make_video(), tmp_path / 'clip.npz', WidthDetector())
    again = read_keypoints(tmp_path / 'clip.npz')
    assert len(again.frames) == len(people.frames) == 6
    np.testing.assert_array_equal(again.frames[5].keypoints, people.frames[5].keypoints)


def test_one_that_fails_does_not_stop_the_others(make_video, tmp_path):
    videos = [
        make_video('a.mp4', size=(96, 48)),
        make_video('b.mp4'),
        tmp_path / 'c.mp4',
    ]
    jobs = [(video, tmp_path / f'{video.name}.npz') for video in videos]
    failed, fine, missing = extract_in_turn(jobs, WidthDetector())
    assert failed.error == f'RuntimeError in {videos[0]}: out of memory'
    assert fine.error == ''
    assert fine.found.startswith('fake on')
    assert 'c.mp4' in missing.error
    assert [path.name for path in tmp_path.glob('*.npz')] == ['b.mp4.npz']


def test_a_process_that_dies_does_not_stop_the_others(
    make_video, tmp_path, monkeypatch
):
    # Unlike a spawned process, a forked one need not import everything again.
    monkeypatch.setattr(extraction, '_START_METHOD', 'fork')
    videos = [
        make_video(f'{name}.mp4', size=(width, 48))
        for name, width in (('a', 128), ('b', 64), ('c', 96))
    ]
    jobs = [(video, tmp_path / f'{video.name}.npz') for video in videos]
    died, fine, failed = extract_in_processes(jobs, WidthDetector, processes=1)
    assert 'a process died' in died.error
    assert fine.out.exists()
    assert 'out of memory' in failed.error


def test_videos_with_files_are_done(make_video, tmp_path):
    make_video('a.mp4')
    make_video('b.MP4')
    (tmp_path / 'notes.txt').touch()
    (tmp_path / 'b.MP4.npz').touch()
    videos, jobs = videos_to_do(tmp_path, tmp_path)
    assert [video.name for video in videos] == ['a.mp4', 'b.MP4']
    assert jobs == [(tmp_path / 'a.mp4', tmp_path / 'a.mp4.npz')]


def test_a_folder_without_videos_is_refused(tmp_path):
    with pytest.raises(ValueError, match='contains no videos'):
        videos_to_do(tmp_path, tmp_path)
