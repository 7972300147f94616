"""The wheel, built from the repository and installed elsewhere, is whole and works."""

import ast
import os
import re
import subprocess
import sys
from functools import cache
from importlib.metadata import Distribution, packages_distributions
from pathlib import Path

import mmposenorm

# Not in the metadata, for the reasons that setup.py gives; `make install` brings them.
INSTALLED_BY_MAKE = {'ai_edge_litert', 'mmcv', 'mmdet', 'mmpose', 'mediapipe'}

# For owners of the raw Human3.6M (the converter says so) and of DeepLabCut's h5 files
# (the reader says so), a rival that tools/benchmark leaves out if it is missing, and a
# visualizer that a config may choose.
INSTALLED_BY_HAND = {'cdflib', 'pandas', 'tables', 'tensorboard', 'tslearn'}


def files_of(package):
    """Return the files below a folder, relative to it, without caches and ``.mim``."""
    return {
        path.relative_to(package)
        for path in package.rglob('*')
        if path.is_file() and not {'__pycache__', '.mim'} & set(path.parts)
    }


def metadata(installed_wheel):
    """Return the metadata of the installed wheel."""
    (folder,) = installed_wheel.glob('*.dist-info')
    return Distribution.at(folder)


def names_in(requirements):
    """Return the normalized names of what a requirements file or list asks for."""
    lines = (re.match(r'[\w.-]+', line) for line in requirements)
    return {match[0].lower().replace('_', '-') for match in lines if match}


def test_wheel_holds_every_file_of_the_package(installed_wheel, repository):
    assert files_of(installed_wheel / 'mmposenorm') == files_of(
        repository / 'mmposenorm'
    )


def test_package_and_hub_work_outside_the_repository(installed_wheel, tmp_path):
    # One program, because it takes seconds to start.
    program = """
import sys
for name in ('mmpose', 'mmcv', 'mmdet', 'mediapipe', 'xtcocotools'):
    sys.modules[name] = None  # is not installed
import mmposenorm
import numpy as np
walk = np.random.default_rng(0).normal(size=(5, 17, 3)).astype('float32')
poses = mmposenorm.normalize_keypoints_3d(walk)
print(mmposenorm.__file__, mmposenorm.__version__, poses.shape, poses[0, 0])
result = mmposenorm.PoseNormInferencer(device='cpu')(walk[..., :2], layout='h36m')
print(result.normalized_poses.shape, result.pose_features.shape)

import mmposenorm.hub
from mmengine.hub import get_config, get_model
print(get_config('mmposenorm::posenorm_cmu_small.py').filename)
print(type(get_model('mmposenorm::posenorm_mocap.py', pretrained=True)).__name__)
"""
    said = subprocess.run(
        [sys.executable, '-c', program],
        cwd=tmp_path,
        env={**os.environ, 'PYTHONPATH': str(installed_wheel)},
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    package = installed_wheel / 'mmposenorm'
    assert said[0] == (
        f'{package}/__init__.py {mmposenorm.__version__} (5, 17, 3) [0. 0. 0.]'
    )
    assert said[1] == '(5, 17, 3) (5, 64)'
    assert said[2] == f'{package}/.mim/configs/posenorm_cmu_small.py'
    assert said[-1] == 'PoseNormalizer'


def test_package_asks_for_nothing_that_it_does_not_import(installed_wheel, repository):
    asked = names_in(r for r in metadata(installed_wheel).requires if 'extra' not in r)
    paths = python_files(repository / 'mmposenorm')
    modules = {m for path in paths for m in imported_packages(path, repository)}
    distributions = packages_distributions()
    imported = names_in(name for m in modules for name in distributions.get(m, ()))
    assert asked <= imported


def test_metadata_asks_for_everything_that_is_imported(installed_wheel, repository):
    requirements = metadata(installed_wheel).requires
    declared = names_in(requirements)
    for_developers = names_in(r for r in requirements if 'extra == "dev"' in r)
    distributions = packages_distributions()
    elsewhere = INSTALLED_BY_MAKE | INSTALLED_BY_HAND
    folders = [repository / name for name in ('mmposenorm', 'tools', 'demo', 'tests')]
    for path in python_files(*folders):
        of_users = path.relative_to(repository).parts[0] in ('mmposenorm', 'demo')
        allowed = declared - for_developers if of_users else declared
        for module in imported_packages(path, repository) - elsewhere:
            owners = names_in(distributions.get(module, [module]))
            assert owners & allowed, f'{path} imports {module}; add it to setup.py'


def python_files(*folders):
    """Return the Python files below some folders."""
    return [path for folder in folders for path in folder.rglob('*.py')]


def imported_packages(path, repository):
    """Return the names of other people's packages that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name.split('.')[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add(node.module.split('.')[0])
    return found - sys.stdlib_module_names - {'mmposenorm', *script_names(repository)}


@cache
def script_names(repository):
    """Return the names under which our scripts and tests import one another."""
    folders = (repository / name for name in ('tools', 'demo', 'tests'))
    return {script.stem for script in python_files(*folders)}


def test_every_requirement_is_pinned(installed_wheel, repository):
    folder = repository / 'requirements'
    pins = [*lines_of(folder / 'constraints.txt'), *lines_of(folder / 'torch.txt')]
    assert all('==' in pin for pin in pins)
    asked = names_in(lines_of(folder / 'mmpose.txt'))
    asked |= names_in(metadata(installed_wheel).requires)
    assert asked <= names_in(pins)


def lines_of(path: Path):
    lines = path.read_text().splitlines()
    return [line for line in lines if line and not line.startswith('#')]


def locked():
    """Return the version of each locked package, by its normalized name."""
    files = Path(__file__).parents[1].glob('requirements/lock*.txt')
    lines = '\n'.join(file.read_text() for file in files)
    pinned = re.findall(r'^([\w.-]+)==(\S+)', lines, re.MULTILINE)
    return {next(iter(names_in([name]))): version for name, version in pinned}


def test_the_lock_has_all_that_make_installs_as_the_constraints_say(installed_wheel):
    versions = locked()
    folder = Path(__file__).parents[1] / 'requirements'
    pins = re.findall(
        r'^([\w.-]+)==(\S+)', (folder / 'constraints.txt').read_text(), re.MULTILINE
    )
    wrong = {
        name: (version, versions[key])
        for name, version in pins
        for key in names_in([name])
        if versions.get(key, version) != version
    }
    assert not wrong, f'Run `make lock`: {wrong}'
    asked = names_in(metadata(installed_wheel).requires)
    for file in ('mmpose.txt', 'no-deps.txt', 'lock.in'):
        asked |= names_in((folder / file).read_text().splitlines())
    # torch.txt says why torch is not locked; rtmlib is installed by who asks for it.
    missing = asked - versions.keys() - {'torch', 'rtmlib', 'onnxruntime'}
    assert not missing, f'Run `make lock`: {missing}'
