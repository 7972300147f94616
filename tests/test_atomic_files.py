import pytest

from mmposenorm.atomic_files import atomic_file, atomic_path


def test_a_complete_file_appears_under_its_name(tmp_path):
    with atomic_file(tmp_path / 'new' / 'a.bin') as file:
        file.write(b'all')
    assert [path.name for path in (tmp_path / 'new').iterdir()] == ['a.bin']
    assert (tmp_path / 'new' / 'a.bin').read_bytes() == b'all'


def write_half(path):
    with atomic_file(path) as file:
        file.write(b'half')
        raise RuntimeError


def test_a_failure_leaves_what_was_there(tmp_path):
    (tmp_path / 'a.bin').write_bytes(b'old')
    with pytest.raises(RuntimeError):
        write_half(tmp_path / 'a.bin')
    assert [path.name for path in tmp_path.iterdir()] == ['a.bin']
    assert (tmp_path / 'a.bin').read_bytes() == b'old'


def test_a_file_appears_only_when_it_is_whole(tmp_path):
    path = tmp_path / 'table.csv'
    with atomic_path(path) as partial:
        partial.write_text('1,2')
        assert not path.exists()
    assert path.read_text() == '1,2'


def test_a_folder_is_refused_before_anything_is_done(tmp_path):
    with (
        pytest.raises(IsADirectoryError, match='is a folder; expected a file'),
        atomic_path(tmp_path),
    ):
        pytest.fail('the block began')
