import os

import pytest

from mmposenorm.library import Source, find_sources


def names(folder):
    return sorted(str(s.path.relative_to(folder)) for s in find_sources(folder))


def test_videos_and_keypoints_of_all_subfolders_are_found(tmp_path):
    (tmp_path / 'a' / 'b').mkdir(parents=True)
    for name in ('walk.mp4', 'a/run.AVI', 'a/b/keypoints.json', 'notes.txt', '.x.mp4'):
        (tmp_path / name).write_text('x')
    assert names(tmp_path) == ['a/b/keypoints.json', 'a/run.AVI', 'walk.mp4']


def test_a_video_is_left_out_where_its_keypoints_are(tmp_path):
    for name in ('walk.mp4', 'walk.mp4.npz', 'run.mp4'):
        (tmp_path / name).write_text('x')
    assert names(tmp_path) == ['run.mp4', 'walk.mp4.npz']


def test_a_folder_of_single_frames_is_one_source(tmp_path):
    (tmp_path / 'openpose').mkdir()
    for frame in range(3):
        (tmp_path / 'openpose' / f'{frame}_keypoints.json').write_text('{}')
    assert names(tmp_path) == ['openpose']


def test_a_file_has_another_key_when_it_changes(tmp_path):
    path = tmp_path / 'a.npz'
    path.write_text('x')
    before = Source.of(path).key
    assert Source.of(path).key == before
    os.utime(path, ns=(1, 1))
    assert Source.of(path).key != before


def test_each_file_of_a_huge_folder_is_looked_at_once(tmp_path, monkeypatch):
    looked = []

    class Item:
        def __init__(self, number):
            self.name = f'{number}.mp4'
            self.path = str(tmp_path / self.name)

        def is_dir(self, follow_symlinks):
            return False

        def stat(self):
            looked.append(self.name)
            return os.stat_result((0,) * 6 + (1, 0, 0, 0))

    class Folder(list):
        def __enter__(self):
            return iter(Item(number) for number in range(100_000))

        def __exit__(self, *error):
            pass

    monkeypatch.setattr(os, 'scandir', lambda folder: Folder())
    found = find_sources(tmp_path)
    next(found)
    assert len(looked) == 1  # nothing is looked at before it is needed
    assert sum(1 for _ in found) == 99_999
    assert len(looked) == 100_000


def test_what_is_no_folder_is_refused(tmp_path):
    with pytest.raises(ValueError, match='is not a folder'):
        next(find_sources(tmp_path / 'nowhere'))
