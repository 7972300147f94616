"""Show what is installed, what is missing and how to get it.

Exits with 1 if something is missing without which no videos can be compared.
"""

import platform
import sys
from collections.abc import Iterator
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import as_file, files
from typing import NamedTuple

import mmposenorm
from mmposenorm.cli.parser import Parser

_OLDEST_PYTHON = 3, 11
# What every comparison imports: distributions, of which any one will do.
_REQUIRED = (
    ('torch',),
    ('mmengine',),
    ('numpy',),
    ('scipy',),
    ('roma',),
    ('opencv-python', 'opencv-python-headless', 'opencv-contrib-python'),
    ('matplotlib',),
    ('scikit-learn',),
    ('threadpoolctl',),
    ('tqdm',),
)
_MEDIAPIPE = (('mediapipe',), ('ai-edge-litert',))
_MMPOSE = (('mmpose',), ('mmcv', 'mmcv-lite'), ('mmdet',))
_RTMLIB = (('rtmlib',), ('onnxruntime',))


class Finding(NamedTuple):
    """What was found out about a thing.

    Attributes:
        name: The thing.
        found: What there is, None if it is missing.
        advice: How to get it, or what goes without it; shown if it is missing.
        is_needed: Whether nothing can be compared without it.
    """

    name: str
    found: str | None
    advice: str = ''
    is_needed: bool = False


def build_parser(prog: str | None) -> Parser:
    """Build the parser of the command."""
    return Parser(prog=prog, description=__doc__)


def main(arguments: list[str] | None = None, prog: str | None = None) -> None:
    """Print what was found; exit with 1 if something that is needed is missing.

    Args:
        arguments: Those of the command line if not given.
        prog: Name of the program in its help.
    """
    build_parser(prog).parse_args(arguments)
    print(f'mmposenorm {mmposenorm.__version__}')
    missing = []
    for finding in examine():
        print(_line(finding))
        if finding.found is None and finding.is_needed:
            missing.append(finding.name)
    if missing:
        sys.exit(f'Missing: {", ".join(missing)}. Videos cannot be compared yet.')
    print('Videos can be compared.')


def examine() -> Iterator[Finding]:
    """Look at everything that a comparison uses."""
    python = platform.python_version()
    oldest = '.'.join(map(str, _OLDEST_PYTHON))
    is_new = sys.version_info[:2] >= _OLDEST_PYTHON
    advice = f'{python} is too old; install {oldest} or newer'
    yield Finding('Python', python if is_new else None, advice, is_needed=True)
    for names in _REQUIRED:
        advice = f'make install, or: pip install {names[0]}'
        yield Finding(names[0], _installed((names,)), advice, is_needed=True)
    yield _gpu()
    yield _weights()
    yield from _detectors()
    yield _package('imageio-ffmpeg', 'without it, report.html has no videos')
    yield _package('ezc3d', 'only needed for --export c3d')
    yield Finding(
        'libraries of videos',
        _installed((('faiss-cpu', 'faiss-gpu'), ('pyarrow',))),
        "only needed for index and search: pip install 'mmposenorm[library]'",
    )


def _detectors() -> Iterator[Finding]:
    mediapipe = Finding(
        '2D poses by MediaPipe',
        _installed(_MEDIAPIPE),
        'make install, or: pip install ai-edge-litert && '
        'pip install --no-deps mediapipe==0.10.21',
    )
    rtmlib = Finding(
        '2D poses by rtmlib', _installed(_RTMLIB), "pip install 'mmposenorm[rtmlib]'"
    )
    found = [mediapipe, _mmpose(), rtmlib]
    yield from found
    names = [finding.name for finding in found if finding.found is not None]
    if not names:
        advice = 'install one of these three'
        yield Finding('a detector of 2D poses', None, advice, is_needed=True)


def _mmpose() -> Finding:
    """Look for MMPose, and for the weights that it uses by default."""
    name, packages = '2D poses by MMPose', _installed(_MMPOSE)
    if packages is None:
        return Finding(name, None, 'make install')
    try:
        from mmposenorm.keypoints.mmpose_pose import (
            DEFAULT_WEIGHTS,
            is_cached_or_reachable,
        )
    except (ImportError, OSError) as error:
        return Finding(name, None, str(error))
    if all(map(is_cached_or_reachable, DEFAULT_WEIGHTS)):
        return Finding(name, f'{packages}, with weights')
    advice = 'installed, but its weights cannot be downloaded; see --pose2d-weights'
    return Finding(name, None, advice)


def _package(name: str, purpose: str) -> Finding:
    return Finding(name, _installed(((name,),)), f'{purpose}: pip install {name}')


def _installed(needed: tuple[tuple[str, ...], ...]) -> str | None:
    """Name one installed package of each group; None if a group has none."""
    found = [
        next((text for name in group if (text := _version(name))), None)
        for group in needed
    ]
    return None if None in found else ', '.join(map(str, found))


def _version(name: str) -> str | None:
    try:
        return f'{name} {version(name)}'
    except PackageNotFoundError:
        return None


def _gpu() -> Finding:
    try:
        import torch
    except (ImportError, OSError) as error:
        return Finding('a torch that works', None, str(error), True)
    if not torch.cuda.is_available():
        return Finding('GPU', None, 'everything runs on the CPU, only slower')
    return Finding('GPU', f'{torch.cuda.get_device_name()}, CUDA {torch.version.cuda}')


def _weights() -> Finding:
    """Read the weights that ship and check them by their own digest."""
    name = 'weights/posenorm.pth'
    try:
        from mmposenorm.weights_files import read_weights
    except (ImportError, OSError) as error:
        return Finding(name, None, f'not checked: {error}', True)
    with as_file(files('mmposenorm').joinpath(name)) as path:
        try:
            read_weights(path)
            digest = sha256(path.read_bytes()).hexdigest()
        except (OSError, ValueError) as error:
            return Finding(name, None, f'{error} Install mmposenorm again.', True)
        size = path.stat().st_size / 1e6
    return Finding(name, f'intact, {size:.0f} MB, SHA-256 {digest}')


def _line(finding: Finding) -> str:
    if finding.found is None:
        mark = 'MISSING' if finding.is_needed else 'not available'
        return f'  {finding.name}: {mark} ({finding.advice})'
    return f'  {finding.name}: {finding.found.removeprefix(f"{finding.name} ")}'
