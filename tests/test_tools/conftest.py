"""Run a tool in this process, in a folder with made-up motion capture."""

import runpy
import sys

import pytest
from mmengine.logging import MessageHub, MMLogger
from mmengine.registry import DefaultScope
from mmengine.runner import CheckpointLoader
from mmengine.visualization import Visualizer

from mmposenorm.datasets.synthetic import write_synthetic_mocap


@pytest.fixture
def in_process(repository, monkeypatch):
    """Return a function that runs a tool in this process, as ``python tools/...``."""
    monkeypatch.setattr(CheckpointLoader, '_schemes', {**CheckpointLoader._schemes})

    def run(tool, *arguments):
        # MMEngine keeps what belongs to a run under its name, which ends with the
        # second in which it began: another one in that second wrote into its folder.
        for kept in (MessageHub, MMLogger, Visualizer):
            kept._instance_dict.clear()
        monkeypatch.setattr(sys, 'argv', [tool, *map(str, arguments)])
        with DefaultScope.overwrite_default_scope('mmposenorm'):
            runpy.run_path(str(repository / 'tools' / tool), run_name='__main__')

    return run


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    """Work in a new folder that holds small data sets where the configs expect data."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / 'data' / 'cmu_h36m17'
    folder.mkdir(parents=True)
    write_synthetic_mocap(folder / 'train.npz', num_clips=3, num_frames=80, seed=1)
    write_synthetic_mocap(folder / 'test.npz', num_clips=3, num_frames=60, seed=2)
    return tmp_path
