"""MIM and MMEngine's hub find the configs, tools and weights of an installed wheel."""

import os
import shutil
import subprocess
import sys

import pytest
import yaml

PIP = [sys.executable, '-m', 'pip']
FILES = ('setup.py', 'pyproject.toml', 'README.md', 'LICENSE', 'model-index.yml')
FOLDERS = ('mmposenorm', 'configs', 'tools')


@pytest.fixture(scope='module')
def package(repository, tmp_path_factory):
    """Return the folder of the package that the repository's wheel installs."""
    source = tmp_path_factory.mktemp('source')
    caches = shutil.ignore_patterns('__pycache__')
    for name in FILES:
        shutil.copy(repository / name, source)
    for name in FOLDERS:
        shutil.copytree(repository / name, source / name, symlinks=True, ignore=caches)
    wheels = tmp_path_factory.mktemp('wheels')
    pip('wheel', '--no-build-isolation', '--wheel-dir', wheels, source)
    target = tmp_path_factory.mktemp('target')
    pip('install', '--no-compile', '--target', target, *wheels.glob('*.whl'))
    return target / 'mmposenorm'


def pip(command, *arguments):
    subprocess.run(
        [*PIP, command, '--quiet', '--no-deps', '--no-index', *arguments], check=True
    )


@pytest.mark.parametrize('folder', ['configs', 'tools'])
def test_wheel_holds_every_file_of_the_folder(folder, package, repository):
    expected = files_of(repository / folder)
    assert files_of(package / '.mim' / folder) == expected
    assert expected


def files_of(folder):
    return {
        path.relative_to(folder): path.read_text()
        for path in folder.rglob('*')
        if path.is_file() and '__pycache__' not in path.parts
    }


def test_model_index_of_the_wheel_names_files_of_the_wheel(package):
    mim = package / '.mim'
    index = yaml.safe_load((mim / 'model-index.yml').read_text())
    metafiles = [yaml.safe_load((mim / name).read_text()) for name in index['Import']]
    models = [model for metafile in metafiles for model in metafile['Models']]
    assert models
    assert all((mim / model['Config']).is_file() for model in models)


def test_mim_finds_a_config_by_its_name_once(package):
    # `mim train` searches the whole package, and refuses a name that is there twice.
    assert [path.parent.name for path in package.rglob('posenorm_cmu_small.py')] == [
        'configs'
    ]


def test_hub_serves_the_installed_package(package, tmp_path):
    program = """
import mmposenorm.hub
from mmengine.hub import get_config, get_model
print(get_config('mmposenorm::posenorm_cmu_small.py').filename)
print(type(get_model('mmposenorm::posenorm_mocap.py', pretrained=True)).__name__)
"""
    lines = subprocess.run(
        [sys.executable, '-c', program],
        cwd=tmp_path,
        env={**os.environ, 'PYTHONPATH': str(package.parent)},
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    assert lines[0] == str(package / '.mim' / 'configs' / 'posenorm_cmu_small.py')
    assert lines[-1] == 'PoseNormalizer'
