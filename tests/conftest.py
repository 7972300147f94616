"""Fixtures that every test file may use."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest
import torch
from mmengine.config import config as mmengine_config

# The steps of tests are small: threads that wait for each other would take five times
# as long as one where another program keeps a core busy. Programs that tests start
# inherit it.
os.environ['OMP_NUM_THREADS'] = '1'
torch.set_num_threads(1)

# Runs print and save their config several times; to lay out its text takes them longer
# than to train a few steps.
mmengine_config.FormatCode = lambda text, **_: (text, True)

REPOSITORY = Path(__file__).resolve().parents[1]

TOLERANCES = {
    torch.float32: {'rtol': 1e-4, 'atol': 1e-5},
    torch.float64: {'rtol': 1e-9, 'atol': 1e-10},
}


@pytest.fixture(autouse=True)
def seed():
    """Start each test from the same random state, whatever ran before it."""
    torch.manual_seed(0)


@pytest.fixture(params=TOLERANCES, ids=lambda dtype: str(dtype).removeprefix('torch.'))
def dtype(request):
    """Run the test once in each floating point type that the geometry supports."""
    return request.param


@pytest.fixture(
    params=[
        'cpu',
        pytest.param(
            'cuda',
            marks=[
                pytest.mark.gpu,
                pytest.mark.skipif(not torch.cuda.is_available(), reason='no CUDA'),
            ],
        ),
    ]
)
def device(request):
    """Run the test on the CPU, and on the GPU if there is one."""
    return torch.device(request.param)


@pytest.fixture
def tolerance(dtype):
    """Return ``rtol`` and ``atol`` for ``assert_close`` in the test's ``dtype``."""
    return TOLERANCES[dtype]


@pytest.fixture(scope='session')
def repository():
    """Return the root of the repository."""
    return REPOSITORY


@pytest.fixture(scope='session')
def configs_dir():
    """Return the folder of the configs."""
    return REPOSITORY / 'configs'


@pytest.fixture(scope='session')
def shared_data():
    """Return the folder of real data beside the repository, or skip the test."""
    folder = REPOSITORY.parent / 'shared' / 'data'
    if not folder.is_dir():
        pytest.skip(f'real data is not here ({folder})')
    return folder


@pytest.fixture(scope='session')
def installed_wheel(tmp_path_factory):
    """Return the folder that holds what the repository's wheel installs."""
    source = tmp_path_factory.mktemp('source')  # building leaves files behind
    for name in ('setup.py', 'pyproject.toml', 'README.md', 'LICENSE'):
        shutil.copy(REPOSITORY / name, source)
    shutil.copy(REPOSITORY / 'model-index.yml', source)
    caches = shutil.ignore_patterns('__pycache__')
    for name in ('mmposenorm', 'configs', 'tools'):
        shutil.copytree(REPOSITORY / name, source / name, symlinks=True, ignore=caches)
    build = 'from setuptools.build_meta import build_wheel; build_wheel("wheels")'
    subprocess.run(
        [sys.executable, '-c', build], cwd=source, check=True, capture_output=True
    )
    [wheel] = source.glob('wheels/*.whl')
    target = tmp_path_factory.mktemp('target')
    with ZipFile(wheel) as archive:
        archive.extractall(target)
    return target
