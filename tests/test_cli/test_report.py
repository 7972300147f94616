"""``mmposenorm report``, and what it shares with ``mmposenorm align``."""

import json
import re
import webbrowser
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from waving_people import FPS, SIZE, FakeDetector, people_at, write_clip

from mmposenorm.cli import align_clips, people
from mmposenorm.cli.report import main
from mmposenorm.keypoints import save_people


@pytest.fixture
def run(run_command):
    """Return what runs the command in an empty folder, with small weights."""
    return partial(run_command, main)


def content_of(page):
    text = re.search('id="content">(.*?)</script>', Path(page).read_text())[1]
    return json.loads(text)


def test_the_page_is_all_that_is_written(run, clips, capsys):
    run(*clips, '--out', 'pages/of two.html')
    assert [path.name for path in Path('pages').iterdir()] == ['of two.html']
    content = content_of('pages/of two.html')
    assert [clip['name'] for clip in content['clips']] == ['a.npz', 'b.npz']
    assert content['settings']['mode'] == 'dtw'
    assert content['settings']['keypoints_a'].startswith('a test')
    assert content['aligned_video'] is None
    said = capsys.readouterr().out
    assert 'Matched ' in said
    page = Path('pages/of two.html')
    assert f'Wrote {page}.\nTo look at it, open {page} in a browser.' in said


def test_videos_give_their_pictures(run, tmp_path, monkeypatch):
    monkeypatch.setattr(people, 'build_detector', lambda *_: FakeDetector())
    video = write_clip(tmp_path / 'ä "b" <script>.mp4', 9)
    run(video, write_clip(tmp_path / 'b.mp4', 12))
    clips = content_of('report.html')['clips']
    assert [clip['has_pictures'] for clip in clips] == [True, True]
    assert clips[0]['name'] == 'ä "b" <script>.mp4'


def test_keypoints_are_shown_on_the_video_they_were_found_in(run, clips, tmp_path):
    video = write_clip(tmp_path / 'a.mp4', 20)
    run(*clips, '--video-a', video)
    a, b = content_of('report.html')['clips']
    assert a['has_pictures']
    assert a['size'] == list(SIZE)
    assert not b['has_pictures']
    root = np.array(a['keypoints'][0][:2])
    np.testing.assert_allclose(root, (SIZE[0] / 2, 70), atol=1)


def test_pictures_begin_with_the_first_frame_of_the_keypoints(
    run, clips, tmp_path, monkeypatch
):
    late = people_at(range(5), fps=FPS, first_frame=7)
    save_people(tmp_path / 'late.npz', late)
    shown = []
    monkeypatch.setattr(
        align_clips, 'write_page_of', lambda *given: shown.append(given[3][0])
    )
    run('late.npz', clips[1], '--video-a', write_clip(tmp_path / 'a.mp4', 12))
    levels = [shown[0].pictures[frame].mean() for frame in (0, 4)]
    np.testing.assert_allclose(levels, [70, 110], atol=3)  # frames 7 and 11


@pytest.mark.parametrize(
    ('options', 'said'),
    [
        (['--video-a', 'gone.mp4'], 'gone.mp4 not found'),
        (['--video-b', 'large.mp4'], r'pictures of \(192, 256\) pixels, but .*b\.npz'),
        (['--out', 'page.pdf'], 'expected a file that ends in .html, but got page.pdf'),
        (['--out', 'folder.html'], 'folder.html is a folder'),
        (['--out', 'a.npz/page.html'], 'a.npz cannot be written to'),
    ],
)
def test_mistakes_end_in_a_sentence_before_clips_are_compared(
    run, clips, tmp_path, monkeypatch, options, said
):
    monkeypatch.delattr(align_clips, 'compare')
    Path('folder.html').mkdir()
    save_people(clips[1], people_at(range(20), image_size=SIZE))
    write_clip(tmp_path / 'large.mp4', 2, size=(192, 256))
    with pytest.raises(SystemExit, match=said) as stop:
        run(*clips, *options)
    assert isinstance(stop.value.code, str)


def test_a_video_needs_no_second_one(run, clips, tmp_path):
    video = write_clip(tmp_path / 'a.mp4', 2)
    with pytest.raises(SystemExit, match=r'a\.mp4 is a video itself.*Leave out'):
        run(video, clips[1], '--video-a', video)


@pytest.mark.parametrize(
    ('can_open', 'said'),
    [(True, 'Opened report.html in a browser.'), (False, 'No browser was found.')],
)
def test_the_page_is_opened_if_there_is_a_browser(
    run, clips, monkeypatch, capsys, can_open, said
):
    opened = []
    monkeypatch.setattr(webbrowser, 'open', lambda url: opened.append(url) or can_open)
    run(*clips, '--show')
    assert opened == [Path('report.html').resolve().as_uri()]
    assert said in capsys.readouterr().out


def test_no_browser_is_opened_unasked(run, clips, monkeypatch):
    monkeypatch.delattr(webbrowser, 'open')
    run(*clips)
    assert Path('report.html').exists()
