"""``mmposenorm extract``, as a user calls it, with a detector that is made up."""

import cv2
import numpy as np
import pytest

from mmposenorm.cli.extract import main
from mmposenorm.keypoints import extraction, read_keypoints
from mmposenorm.keypoints.people import frame_people


class FakeDetector:
    """Finds one person in each frame; stops at the frame it is told to."""

    layout, name = 'coco', 'fake'

    def __init__(self, stop_at=None):
        self.frames, self.stop_at = 0, stop_at

    def reset(self):
        pass

    def __call__(self, frame):
        if self.frames == self.stop_at:
            raise KeyboardInterrupt
        self.frames += 1
        keypoints = np.random.default_rng(0).uniform(0, 48, (1, 17, 2))
        return frame_people(keypoints, np.ones((1, 17)))


@pytest.fixture
def detector(monkeypatch):
    detector = FakeDetector()
    monkeypatch.setattr(
        'mmposenorm.keypoints.build_detector', lambda *options: detector
    )
    return detector


def extract(*arguments):
    main([*map(str, arguments)])


@pytest.fixture
def videos(tmp_path):
    """Give a folder of two videos of 4 and 6 frames, and something else."""
    folder = tmp_path / 'videos'
    folder.mkdir()
    for name, frames in (('a.mp4', 4), ('b.avi', 6)):
        code = cv2.VideoWriter_fourcc(*('mp4v' if name.endswith('mp4') else 'MJPG'))
        writer = cv2.VideoWriter(str(folder / name), code, 25.0, (64, 48))
        for _ in range(frames):
            writer.write(np.zeros((48, 64, 3), np.uint8))
        writer.release()
    (folder / 'notes.txt').write_text('no video')
    return folder


def test_every_video_gets_its_file_once(videos, tmp_path, detector, capsys):
    out = tmp_path / 'new' / 'keypoints'
    extract(videos, '--out-dir', out)
    assert sorted(path.name for path in out.iterdir()) == ['a.mp4.npz', 'b.avi.npz']
    people = read_keypoints(out / 'b.avi.npz')
    assert (len(people.frames), people.image_size) == (6, (64, 48))
    assert people.fps == pytest.approx(25)
    assert 'Finding 2D poses with fake.' in capsys.readouterr().out
    extract(videos, '--out-dir', out)
    assert detector.frames == 10  # 4 + 6: none was done again
    assert capsys.readouterr().out == 'Found 2 videos; 2 are already done.\n'


def test_what_failed_is_listed_in_the_end(videos, detector, capsys):
    (videos / 'a.mp4').write_bytes(b'broken')
    with pytest.raises(SystemExit) as stopped:
        extract(videos)
    first, second = str(stopped.value).splitlines()
    assert first == '1 of 2 videos failed:'
    assert 'No frame can be read from' in second
    assert 'a.mp4' in second
    assert f'Wrote {videos / "b.avi.npz"}' in capsys.readouterr().out
    assert not (videos / 'a.mp4.npz').exists()


def test_stopping_leaves_nothing_half_written(videos, detector, capsys):
    detector.stop_at = 7  # in the middle of the second video
    with pytest.raises(SystemExit, match='130'):
        extract(videos)
    assert (
        'Stopped after 1 of 2 videos. Run the command again' in capsys.readouterr().err
    )
    found = sorted(path.name for path in videos.iterdir())
    assert found == ['a.mp4', 'a.mp4.npz', 'b.avi', 'notes.txt']
    detector.stop_at = None
    extract(videos)
    assert detector.frames == 7 + 6  # the second video, and not the first again


def test_jobs_are_processes_with_detectors_of_their_own(videos, detector, monkeypatch):
    given = {}

    def record(jobs, build, processes):
        given.update(detector=build(), processes=processes)
        return extraction.extract_in_turn(jobs, detector)

    monkeypatch.setattr(extraction, 'extract_in_processes', record)
    extract(videos, '--jobs', 8)
    assert given == {'detector': detector, 'processes': 2}  # for two videos
    with pytest.raises(SystemExit):
        extract(videos, '--jobs', 0)


def test_a_folder_without_videos_is_said_so(tmp_path):
    with pytest.raises(SystemExit, match=r'contains no videos; expected \.avi'):
        extract(tmp_path)
    with pytest.raises(SystemExit, match='is not a folder'):
        extract(tmp_path / 'nothing')


def test_a_detector_that_cannot_be_built_is_said_in_a_sentence(videos):
    with pytest.raises(SystemExit, match="'mediapipe' takes no weights"):
        extract(videos, '--pose2d', 'mediapipe', '--pose2d-weights', 'a.pth')


@pytest.mark.parametrize('folder', ['notes.txt', 'read-only'])
def test_a_folder_that_cannot_be_written_to_is_refused_at_once(
    folder, videos, detector, monkeypatch
):
    def refuse(path, *_, **__):
        raise PermissionError(13, 'Permission denied', str(path))

    if folder == 'read-only':  # root may write to any folder
        monkeypatch.setattr('pathlib.Path.mkdir', refuse)
    with pytest.raises(SystemExit, match='cannot be written to'):
        extract(videos, '--out-dir', videos / folder)
    assert detector.frames == 0


def test_help_shows_an_example(capsys):
    with pytest.raises(SystemExit) as stopped:
        extract('--help')
    assert stopped.value.code == 0
    assert 'mmposenorm extract videos --out-dir' in capsys.readouterr().out
