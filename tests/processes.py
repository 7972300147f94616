"""Processes of MMEngine's ``pytorch`` launcher, like those of ``tools/launch.sh``."""

import atexit
import os
import socket
from multiprocessing import get_context

import pytest
import torch

# MMEngine gives each process a GPU of its own, and forked processes cannot use CUDA.
needs_cpus = pytest.mark.skipif(
    torch.cuda.is_available(), reason='forked processes cannot use CUDA'
)


def run_as_ranks(run, processes=2):
    """Call a function in forked processes, where packages are imported already.

    Args:
        run: The function, called without arguments. What it registers with ``atexit``
            is run before a process ends.
        processes: How many processes.
    """
    environment = {
        'WORLD_SIZE': str(processes),
        'LOCAL_WORLD_SIZE': str(processes),
        'MASTER_ADDR': '127.0.0.1',
        'MASTER_PORT': str(free_port()),
    }

    def run_as(rank):
        os.environ |= {**environment, 'RANK': str(rank), 'LOCAL_RANK': str(rank)}
        atexit._clear()  # of the tests' own process
        run()
        atexit._run_exitfuncs()

    forked = [
        get_context('fork').Process(target=run_as, args=(rank,))
        for rank in range(processes)
    ]
    for process in forked:
        process.start()
    for process in forked:
        process.join()
    assert [process.exitcode for process in forked] == [0] * processes


def free_port():
    with socket.socket() as listener:
        listener.bind(('127.0.0.1', 0))
        return listener.getsockname()[1]
