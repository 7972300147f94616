import subprocess

import pytest


@pytest.fixture
def full_disk(tmp_path):
    """Return a folder on a disk of 32 kB, or skip the test where none can be made."""
    folder = tmp_path / 'disk'
    folder.mkdir()
    mount = ['mount', '-t', 'tmpfs', '-o', 'size=32k', 'tmpfs', str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip('only root may mount a small disk')
    yield folder
    subprocess.run(['umount', str(folder)], check=True)
