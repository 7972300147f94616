"""Processes that are forked from one that has computed on several threads.

Of all threads only the one that forks goes on in the new process. A loop of OpenMP
would wait there for the others for ever, so it computes on one thread.
"""

import os
from collections.abc import Callable
from functools import partial


def use_one_thread_after_fork(set_num_threads: Callable[[int], object]) -> None:
    """Let processes that are forked from now on compute on one thread.

    Args:
        set_num_threads: The function that sets the number of threads of a library,
            such as :func:`torch.set_num_threads`.
    """
    if hasattr(os, 'register_at_fork'):  # not on Windows, which cannot fork
        os.register_at_fork(after_in_child=partial(set_num_threads, 1))
