"""The row ``import`` of tools/benchmark: what importing mmposenorm costs."""

import subprocess
import sys

import numpy as np
from row import Row

BARE = 'import torch, numpy'
OURS = ('import mmposenorm', 'from mmposenorm import PoseNormInferencer')
_PROGRAM = """
import time
start = time.perf_counter()
{statement}
print(time.perf_counter() - start)
"""


def measure_import(turns: int = 5) -> list[Row]:
    """Compare importing mmposenorm, and its inferencer, with importing torch and NumPy.

    Args:
        turns: Number of turns.
    """
    statements = (*OURS, BARE)
    for statement in statements:
        time_import(statement)
    seconds = np.array([[time_import(s) for s in statements] for _ in range(turns)]).T
    times = dict(zip(statements, seconds, strict=True))
    figures = {f'{statement}, s': times[statement] for statement in statements}
    figures['ratio mmposenorm / torch and numpy'] = times[OURS[0]] / times[BARE]
    figures['ratio PoseNormInferencer / torch and numpy'] = times[OURS[1]] / times[BARE]
    conditions = (
        'Each in a new process, without the start of Python, after one that is not '
        f'counted; {turns} turns. mmposenorm imports its parts, torch and NumPy when '
        'they are first used.'
    )
    return [Row('import: mmposenorm', figures, conditions)]


def time_import(statement: str) -> float:
    """Run an import statement in a new process and return the seconds it takes."""
    program = _PROGRAM.format(statement=statement)
    command = [sys.executable, '-c', program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout)
