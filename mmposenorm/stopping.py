"""Ctrl-C ends a program in one line, even while it still imports what it needs.

Programs import this module before anything else. Libraries must not: it changes how
Python reports a KeyboardInterrupt, and how PyTorch's threads wait for each other.
"""

import os
import sys
from types import TracebackType
from typing import NoReturn

_EXIT_CODE = 130  # as shells show a program that Ctrl-C ended


def stop(message: str) -> NoReturn:
    """End the program after Ctrl-C with a message."""
    sys.stderr.write(f'{message}\n')
    sys.exit(_EXIT_CODE)


def _report(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.stderr.write('Stopped.\n')
    else:
        sys.__excepthook__(kind, error, trace)


# Python then ends by the signal itself, so that a shell stops its script too.
sys.excepthook = _report

# Threads that spin while they wait take the processor from the thread that they wait
# for if other programs run: two threads took ten times as long as one. Read by OpenMP
# when PyTorch is imported.
os.environ.setdefault('OMP_WAIT_POLICY', 'passive')
