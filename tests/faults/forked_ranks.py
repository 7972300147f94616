"""Run a tool again and again on several processes, which are forked from this one.

Packages are imported once, so that a run takes seconds; each process ends as a program
that was started does. For each line of the input, a list in JSON of the number of
processes and the arguments, the tool first, it prints the exit codes as a list.
"""

import gc
import json
import os
import runpy
import socket
import sys
from importlib import import_module

import mmengine.config.config

# What runs import by and by.
IMPORTED = (
    *('matplotlib.backends.backend_agg', 'matplotlib.pyplot', 'mmengine.runner'),
    *('mmengine.visualization', 'pkg_resources', 'scipy.signal', 'mmcv'),
    *('mmposenorm.datasets', 'mmposenorm.engine', 'mmposenorm.evaluation'),
    *('mmposenorm.models', 'mmposenorm.transforms'),
)


def free_port():
    with socket.socket() as listener:
        listener.bind(('127.0.0.1', 0))
        return listener.getsockname()[1]


def fork_ranks(processes, arguments):
    """Fork the processes of a run; returns their ids in the first one only."""
    environment = {
        'WORLD_SIZE': str(processes),
        'LOCAL_WORLD_SIZE': str(processes),
        'MASTER_ADDR': '127.0.0.1',
        'MASTER_PORT': str(free_port()),
    }
    ids = []
    for rank in range(processes):
        forked = os.fork()
        if not forked:
            os.environ |= {**environment, 'RANK': str(rank), 'LOCAL_RANK': str(rank)}
            os.dup2(2, 1)
            sys.argv = [*arguments, '--launcher', 'pytorch']
            runpy.run_path(sys.argv[0], run_name='__main__')
            sys.exit()
        ids.append(forked)
    return ids


def main():
    for name in IMPORTED:
        import_module(name)
    # To lay out the text of the config takes longer than to train a few steps.
    mmengine.config.config.FormatCode = lambda text, **_: (text, True)
    gc.collect()
    gc.freeze()  # processes need not look through all that is imported
    for line in sys.stdin:
        ids = fork_ranks(*json.loads(line))
        codes = [os.waitstatus_to_exitcode(os.waitpid(i, 0)[1]) for i in ids]
        sys.stdout.write(f'{json.dumps(codes)}\n')
        sys.stdout.flush()


if __name__ == '__main__':
    main()
