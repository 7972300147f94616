import subprocess
from contextlib import contextmanager

import pytest


@contextmanager
def small_disk(folder, options):
    """Mount a disk in memory, or skip the test where only root may do so."""
    folder.mkdir()
    mount = ['mount', '-t', 'tmpfs', '-o', options, 'tmpfs', str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip('only root may mount a small disk')
    yield folder
    subprocess.run(['umount', str(folder)], check=True)


@pytest.fixture
def read_only(tmp_path):
    """Return a folder that not even root can write to."""
    with small_disk(tmp_path / 'disk', 'size=32k,ro') as folder:
        yield folder


@pytest.fixture
def full_disk(tmp_path):
    """Return a folder on a disk of 32 kB."""
    with small_disk(tmp_path / 'disk', 'size=32k') as folder:
        yield folder
