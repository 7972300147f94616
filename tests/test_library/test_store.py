import os
import re
from pathlib import Path

import numpy as np
import pytest

from mmposenorm.library import PoseLibrary, Source, add_source, moment_index
from mmposenorm.library import people as library_people
from mmposenorm.library import store as store_module
from mmposenorm.library.store import Store

H36M = {'layout': 'h36m', 'fps': 50.0}


def replace(file, content):
    """Put another file in its place; one that is open, and so mapped, stays whole."""
    file.unlink()
    file.write_bytes(content)


def test_segments_stay_few_and_moments_keep_their_numbers(library, walk):
    for number in range(9):
        library.add(walk(number), f'walk {number}', **H36M)
        library.save()
        last = library.store.entry(number)
        assert last.source == f'walk {number}'
    assert len(library.store.manifest.segments) <= 4
    files = list((library.store.folder / 'segments').iterdir())
    assert len(files) == len(library.store.manifest.segments)


def test_a_merge_that_was_killed_before_its_end_doubles_nothing(
    library, walk, monkeypatch
):
    library.add(walk(0), 'walk 0', **H36M)
    with monkeypatch.context() as killed:
        killed.setattr(store_module, 'remove_shards', lambda paths: None)
        library.save()
    assert len(list(library.store.pending_folder.iterdir())) == 1
    store = Store(library.store.folder)
    assert [entry.source for entry in store.entries()] == ['walk 0']
    library.add(walk(1), 'walk 1', **H36M)
    library.save()
    found = [entry.source for entry in Store(library.store.folder).entries()]
    assert found == ['walk 0', 'walk 1']
    assert not list(library.store.pending_folder.iterdir())


def test_the_order_of_adding_does_not_matter(inferencer, walk, tmp_path):
    found = []
    for order in (range(4), [2, 0, 3, 1]):
        library = PoseLibrary.open(tmp_path / str(order), inferencer, create=True)
        for number in order:
            library.add(walk(number), f'walk {number}', **H36M)
        library.save()
        entries = list(library.entries())
        found.append([(entry.source, entry.features.tobytes()) for entry in entries])
    assert found[0] == found[1]


def test_two_programs_do_not_write_at_once(library):
    with (
        Store(library.store.folder).lock(),
        pytest.raises(OSError, match='Another program is writing to'),
    ):
        library.save()
    library.save()


@pytest.mark.skipif(os.geteuid() == 0, reason='root may write everywhere')
def test_a_folder_without_the_right_to_write_is_told(library):
    library.store.folder.chmod(0o500)
    with pytest.raises(OSError, match='cannot be written to'):
        library.save()


def test_a_read_only_share_is_told_and_can_be_searched(library, walk, monkeypatch):
    library.add(walk(0), 'walk', **H36M)
    library.save()
    monkeypatch.setattr(os, 'access', lambda path, mode: mode != os.W_OK)
    with pytest.raises(OSError, match=r'cannot be written to\. Copy the library'):
        library.save()
    assert library.search(walk(0), **H36M)[0].source == 'walk'


def test_a_file_that_changes_while_it_is_read_is_not_kept(
    library, tmp_path, monkeypatch
):
    path = tmp_path / 'a.csv'
    path.write_text('x')

    def grow(path, layout):
        path.write_text('more')

    monkeypatch.setattr(library_people, 'open_clip', grow)
    source = Source.of(path)
    with pytest.raises(ValueError, match='was changed while it was read'):
        add_source(library.store, source, library.inferencer, lambda: None)
    assert not library.store.pending_path(source.key).exists()


def test_half_a_library_is_told(library, walk):
    library.add(walk(0), 'walk', **H36M)
    library.save()
    [segment] = (library.store.folder / 'segments').iterdir()
    content = segment.read_bytes()
    replace(segment, content[: len(content) // 2])
    with pytest.raises(ValueError, match='is damaged, or was not written by'):
        PoseLibrary.open(library.store.folder)
    segment.unlink()
    with pytest.raises(ValueError, match=r'is missing, which .* names'):
        PoseLibrary.open(library.store.folder)
    (library.store.folder / 'library.json').write_text('{"format": "x 9"}')
    with pytest.raises(ValueError, match="is of version 'x 9'"):
        PoseLibrary.open(library.store.folder)
    (library.store.folder / 'library.json').write_text('{')
    with pytest.raises(ValueError, match=r'library\.json is damaged'):
        PoseLibrary.open(library.store.folder)


def test_a_damaged_index_is_told_and_made_anew(library, walk, monkeypatch):
    monkeypatch.setattr(moment_index, 'MOST_UNINDEXED', 10)
    library.add(walk(0), 'walk', **H36M)
    library.save()
    before = library.search(walk(0), at=0.4, **H36M)
    index = library.store.folder / library.store.manifest.index
    replace(index, index.read_bytes()[:50])
    library = PoseLibrary.open(library.store.folder, library.inferencer)
    with pytest.raises(ValueError, match='--rebuild'):
        library.search(walk(0), at=0.4, **H36M)
    library.save(rebuild=True)
    assert library.search(walk(0), at=0.4, **H36M) == before


def test_moments_in_which_nobody_is_seen_are_no_poses(library, walk):
    visible = np.ones((60, 17), np.float32)
    visible[20:40] = 0
    library.add(walk(0), 'walk', visible=visible, **H36M)
    places = library.search(walk(0), at=0.6, top=5, **H36M)
    assert all(not 0.4 < place.start < 0.78 for place in places)


@pytest.mark.skipif(not Path('/proc/self/smaps').exists(), reason='needs Linux')
def test_the_system_reads_ahead_only_where_all_is_read(library, walk):
    """Else opening would read most of a library from the disk."""
    library.add(walk(0), 'walk', **H36M)
    library.save()
    store = Store(library.store.folder)
    [segment] = (store.folder / 'segments').iterdir()
    assert 'sr' not in flags_of(segment)
    for _ in store.blocks():
        assert 'sr' in flags_of(segment)  # sequential reads are expected
    assert 'sr' not in flags_of(segment)
    assert 'rr' in flags_of(segment)  # random ones


def flags_of(path):
    """Return the flags of a file's mappings into this process's memory."""
    _, *mappings = Path('/proc/self/smaps').read_text().split(str(path))
    pattern = re.compile('^VmFlags: (.*)$', re.MULTILINE)
    return {flag for text in mappings for flag in pattern.search(text)[1].split()}
