import signal
import subprocess
import sys

import pytest

from mmposenorm.atomic_files import atomic_file, atomic_folder, atomic_path


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


def test_the_last_of_two_writers_wins(tmp_path):
    path = tmp_path / 'a.bin'
    with atomic_file(path) as first:
        first.write(b'first')
        with atomic_file(path) as second:
            second.write(b'second')
        assert path.read_bytes() == b'second'
    assert path.read_bytes() == b'first'
    assert [file.name for file in tmp_path.iterdir()] == ['a.bin']


def end_while_writing(folder, signal):
    code = (
        'import os, sys\n'
        'from mmposenorm import atomic_files as files\n'
        'files.stop_on_sigterm()\n'
        'folder = sys.argv[1]\n'
        'with files.atomic_folder(folder), files.atomic_file(folder + "/a.bin"):\n'
        '    os.kill(os.getpid(), int(sys.argv[2]))\n'
    )
    command = [sys.executable, '-c', code, str(folder), str(int(signal))]
    return subprocess.run(command, check=False).returncode


def test_a_terminated_program_leaves_nothing(tmp_path):
    assert end_while_writing(tmp_path, signal.SIGTERM) == 128 + signal.SIGTERM
    assert not list(tmp_path.iterdir())


def test_what_a_killed_program_left_is_deleted_by_the_next(tmp_path):
    assert end_while_writing(tmp_path, signal.SIGKILL) == -signal.SIGKILL
    assert len(list(tmp_path.iterdir())) == 2
    with atomic_folder(tmp_path) as folder, atomic_file(tmp_path / 'a.bin'):
        (folder / 'b.bin').write_bytes(b'')
        assert len(list(tmp_path.iterdir())) == 2
    assert sorted(file.name for file in tmp_path.iterdir()) == ['a.bin', 'b.bin']


def test_what_is_still_written_is_not_deleted(tmp_path):
    with atomic_folder(tmp_path) as first:
        (first / 'a').write_text('first')
        with atomic_folder(tmp_path) as second, atomic_file(second / 'b') as file:
            file.write(b'second')
    assert sorted(file.name for file in tmp_path.iterdir()) == ['a', 'b']
