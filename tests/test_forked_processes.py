"""A forked process computes, whatever threads the first one has."""

import os
import subprocess
import sys

import pytest

FORKS = """
import os
import signal
import numpy as np
import torch
from mmposenorm.geometry.normalization import normalize_keypoints_3d
from mmposenorm.library.packages import faiss

poses = np.random.default_rng(0).normal(size=(20000, 17, 3)).astype(np.float32)
index = faiss().IndexFlatL2(51)
index.add(poses.reshape(len(poses), -1))
query = poses[:100].reshape(100, -1)


def compute():
    normalize_keypoints_3d(poses)
    index.search(query, 1)


compute()
assert torch.get_num_threads() == faiss().omp_get_max_threads() == 2
child = os.fork()
if not child:
    signal.alarm(60)  # ends what waits for ever
    compute()
    os._exit(0)
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, 'fork'), reason='this system cannot fork')
def test_poses_and_features_are_found_after_a_fork():
    pytest.importorskip('faiss')
    environment = {**os.environ, 'OMP_NUM_THREADS': '2'}
    ended = subprocess.run(
        [sys.executable, '-c', FORKS],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
