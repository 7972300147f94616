"""Mixed precision where MMEngine has none: on the CPU."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from mmengine.optim import OptimWrapper
from torch import nn

from mmposenorm.registry import OPTIM_WRAPPERS


@OPTIM_WRAPPERS.register_module()
class CPUAmpOptimWrapper(OptimWrapper):
    """Run the forward pass on the CPU in bfloat16 where that is safe.

    MMEngine's ``AmpOptimWrapper`` takes GPUs only. bfloat16 has the range of float32,
    so nothing needs scaling. It pays on processors that multiply bfloat16 matrices in
    hardware (AMX), and costs time on others.
    """

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Enter the context in which the forward pass of training runs."""
        with super().optim_context(model), torch.autocast('cpu', torch.bfloat16):
            yield
