"""Mixed precision on the CPU, which MMEngine does not have."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from mmengine.optim import OptimWrapper
from torch import nn

from mmposenorm.registry import OPTIM_WRAPPERS


@OPTIM_WRAPPERS.register_module()
class CPUAmpOptimWrapper(OptimWrapper):
    """Run the forward pass on the CPU in bfloat16 where that is safe.

    MMEngine's ``AmpOptimWrapper`` is for GPUs only. bfloat16 has the range of float32,
    so the loss need not be scaled. Training is faster on processors that multiply
    bfloat16 matrices in hardware (AMX) and slower on others.
    """

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Enter the context in which the forward pass of training runs."""
        with super().optim_context(model), torch.autocast('cpu', torch.bfloat16):
            yield
