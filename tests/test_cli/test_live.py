"""``mmposenorm live``: from a source to what is said, shown and written."""

import csv
import os
import runpy
import signal
import sys
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest
from tiny_weights import RETRIEVAL_EMBEDDER, tiny_weights
from waving_people import FPS, SIZE, FakeDetector, people_at, write_clip

from mmposenorm.cli import follow_live, people
from mmposenorm.cli.live import main
from mmposenorm.keypoints import Video, save_people
from mmposenorm.live.source import LiveFrame


@pytest.fixture
def run(run_command, tmp_path):
    """Return what runs the command in an empty folder, with small weights."""
    weights = tiny_weights(tmp_path / 'embedder.pth', RETRIEVAL_EMBEDDER)
    return partial(run_command, main, '--checkpoint', weights)


@pytest.fixture
def reference(tmp_path):
    save_people(tmp_path / 'coach.npz', people_at(range(20), fps=FPS))
    return tmp_path / 'coach.npz'


@pytest.fixture
def detects(monkeypatch):
    for module in (people, follow_live):
        monkeypatch.setattr(module, 'build_detector', lambda *_: FakeDetector())


def rows_of(path):
    with Path(path).open(newline='') as file:
        return list(csv.DictReader(file))


def test_a_file_of_keypoints_is_followed_and_written(run, reference, tmp_path, capsys):
    save_people(tmp_path / 'me.npz', people_at([*range(18), None, None], fps=FPS))
    out = 'new/live.csv', 'new/live.mp4'
    run('--reference', reference, '--source', 'me.npz', '--once', '--out', *out)
    assert sorted(path.name for path in Path('new').iterdir()) == [
        'live.csv',
        'live.mp4',
    ]
    rows = rows_of(out[0])
    # The first estimate comes after a look-ahead of 0.1 s; nobody is in the last two.
    assert [float(row['time']) for row in rows] == pytest.approx(
        np.arange(3, 18) / FPS - 0.1, abs=2e-3
    )
    assert float(rows[-1]['phase']) > 0.5
    assert {'ahead', 'distance', 'reference_time', 'off'} <= rows[0].keys()
    video = Video(out[1])
    assert len(list(video)) == 20
    assert max(video.image_size) > 700
    said = capsys.readouterr().out
    assert 'Following person 1' in said
    assert '% of the reference' in said
    assert 'Wrote new/live.csv.\nWrote new/live.mp4.' in said


def test_a_video_is_played_as_a_stream(run, reference, tmp_path, detects):
    write_clip(tmp_path / 'me.mp4', 12)
    run('--reference', reference, '--source', 'me.mp4', '--out', 'live.mp4')
    pictures = [picture for _, picture in Video('live.mp4')]
    assert len(pictures) == 12
    assert pictures[0].shape[1] == SIZE[0]
    assert pictures[0].shape[0] > SIZE[1]  # what is said is below the picture


def test_a_camera_is_followed_until_ctrl_c(run, reference, detects, monkeypatch):
    class Camera:
        def __init__(self, number):
            assert number == 1
            self.count = 0

        def isOpened(self):  # noqa: N802
            return True

        def set(self, *_):
            return True

        def get(self, _):
            return 0.0  # many cameras do not tell

        def release(self):
            pass

        def read(self):
            self.count += 1
            return self.count <= 15, np.zeros((128, 96, 3), np.uint8)

    monkeypatch.setattr(cv2, 'VideoCapture', Camera)
    ticks = iter(np.arange(100) / 25)
    monkeypatch.setattr('mmposenorm.live.source.time.monotonic', lambda: next(ticks))
    monkeypatch.setattr('mmposenorm.live.source.LiveFrame.__new__', ctrl_c_after(8))
    run('--reference', reference, '--source', 1, '--out', 'live.csv')
    assert len(rows_of('live.csv')) == 8 - 3


def ctrl_c_after(last):
    """Make a frame as usual, and press Ctrl-C while the last one is there."""
    make, made = LiveFrame.__new__, []

    def counted(cls, *values):
        made.append(cls)
        if len(made) == last:
            os.kill(os.getpid(), signal.SIGINT)
        return make(cls, *values)

    return counted


@pytest.mark.parametrize(
    ('options', 'said'),
    [
        (['--source', 'gone.mp4'], 'gone.mp4 not found'),
        (['--source', '97'], 'Camera 97 cannot be opened'),
        (['--source', 'me.npz', '--fps', '0'], 'fps must be between 1 and 1000'),
        (['--source', 'me.npz', '--look-ahead', '-1'], 'look_ahead must be a whole'),
        (['--source', 'me.npz', '--show'], 'A window cannot be opened here'),
        (['--source', 'nobody.npz'], 'nobody'),
        (['--source', 'me.npz', '--out', 'live.avi'], 'ends in .csv or .mp4'),
        (['--source', 'me.npz', '--out', 'a.mp4', 'b.mp4'], 'one .csv and one .mp4'),
    ],
)
def test_mistakes_end_in_a_sentence_and_leave_nothing(
    run, reference, tmp_path, detects, monkeypatch, options, said
):
    monkeypatch.delenv('DISPLAY', raising=False)
    monkeypatch.delenv('WAYLAND_DISPLAY', raising=False)
    save_people(tmp_path / 'me.npz', people_at(range(6), fps=FPS))
    save_people(tmp_path / 'nobody.npz', people_at([None] * 6, fps=FPS))
    with pytest.raises(SystemExit) as stopped:
        run('--reference', reference, '--out', 'live.csv', *options)
    assert said in str(stopped.value)
    assert not Path('live.csv').exists()


def test_a_reference_without_a_person_is_refused(run, tmp_path):
    save_people(tmp_path / 'nobody.npz', people_at([None] * 6, fps=FPS))
    with pytest.raises(SystemExit, match='there is no person'):
        run('--reference', 'nobody.npz', '--source', 'nobody.npz')


def test_weights_of_another_kind_are_refused(run_command, reference):
    with pytest.raises(SystemExit, match='this is a PoseNormalizer'):
        run_command(main, '--reference', reference, '--source', reference)


def test_the_demo_is_the_same_program(monkeypatch, capsys):
    monkeypatch.setattr(sys, 'argv', ['demo/live.py', '--help'])
    demo = Path(__file__).parents[2] / 'demo' / 'live.py'
    with pytest.raises(SystemExit):
        runpy.run_path(str(demo), run_name='__main__')
    assert '--reference' in capsys.readouterr().out
