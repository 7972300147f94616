import os

import numpy as np
import pytest

from mmposenorm.keypoints import People, save_people
from mmposenorm.keypoints.people import frame_people
from mmposenorm.library import Source
from mmposenorm.library.adding import source_entries
from mmposenorm.library.object_store import find_objects, remote_entries


@pytest.fixture
def file(tmp_path, walk):
    """Write the keypoints of somebody into a folder among other files."""
    folder = tmp_path / 'films' / 'deep'
    folder.mkdir(parents=True)
    (folder / 'notes.txt').write_text('nothing')
    (folder / 'film.mp4').write_text('a video that was extracted')
    frames = [frame_people(frame[None], np.ones((1, 17))) for frame in walk(0)]
    path = folder / 'film.mp4.npz'
    save_people(path, People(frames, 'h36m', 'made up', fps=50))
    return path


def test_objects_are_found_by_their_names(file, tmp_path):
    [found] = find_objects((tmp_path / 'films').as_uri())
    assert found.path == file.as_uri()
    assert found.size == file.stat().st_size


def test_an_object_gives_the_entries_of_its_file(file, tmp_path, inferencer):
    [found] = find_objects((tmp_path / 'films').as_uri())
    size = inferencer.feature_size
    [here] = remote_entries(found, inferencer, pytest.fail, size, show_progress=False)
    [there] = source_entries(Source.of(file), inferencer, pytest.fail, size)
    assert (here.source, here.key) == (file.as_uri(), found.key)
    np.testing.assert_array_equal(here.features, there.features)
    np.testing.assert_array_equal(here.keypoints, there.keypoints)


def test_an_object_that_changed_is_refused_and_has_another_key(
    file, tmp_path, inferencer
):
    url = (tmp_path / 'films').as_uri()
    [before] = find_objects(url)
    os.utime(file, (1, 1))
    with pytest.raises(ValueError, match='was changed since it was found'):
        remote_entries(before, inferencer, pytest.fail, inferencer.feature_size)
    [after] = find_objects(url)
    assert after.key != before.key


def test_an_empty_place_is_told(tmp_path):
    with pytest.raises(FileNotFoundError, match='holds nothing'):
        list(find_objects((tmp_path / 'none').as_uri()))
