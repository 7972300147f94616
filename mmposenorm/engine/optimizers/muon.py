"""The optimizer of the networks that are shipped."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor
from torch.optim import AdamW, Optimizer

from mmposenorm.registry import OPTIMIZERS


@OPTIMIZERS.register_module()
class MuonWithAdamW(Optimizer):
    """Muon for the large matrices of a network, AdamW for all other weights.

    Muon makes the momentum of a matrix orthogonal before it steps along it. On E_Q
    it comes in half the steps where AdamW comes, for a third more time a step.

    Args:
        params: The weights.
        lr: Learning rate of both; Muon's steps are scaled to AdamW's size.
        weight_decay: Weight decay of both.
        smallest: Matrices with fewer rows or columns are left to AdamW, as inputs and
            outputs of the network should be.

    Raises:
        ImportError: If this PyTorch has no Muon.
        ValueError: If no weight is large enough for Muon.

    Source:
        Jordan et al., Muon: an optimizer for hidden layers in neural networks, 2024;
        the scale is that of Liu et al., Muon is scalable for LLM training, 2025.
    """

    def __init__(
        self,
        params: Iterable[Tensor],
        lr: float = 1e-3,
        weight_decay: float = 0.01,
        smallest: int = 256,
    ) -> None:
        if not hasattr(torch.optim, 'Muon'):
            raise ImportError(
                f'MuonWithAdamW needs PyTorch 2.9 or newer, but this is '
                f"{torch.__version__}. Update it, or set optim_wrapper.optimizer.type='"
                "AdamW'."
            )
        matrices, others = [], []
        for param in params:
            large = param.ndim == 2 and min(param.shape) >= smallest
            (matrices if large else others).append(param)
        if not matrices:
            raise ValueError(
                f'No weight has {smallest} rows and columns or more, so there is '
                'nothing for Muon. Lower `smallest`, or use AdamW.'
            )
        shared = {'lr': lr, 'weight_decay': weight_decay}
        self.parts = (
            torch.optim.Muon(matrices, adjust_lr_fn='match_rms_adamw', **shared),
            AdamW(others, **shared),
        )
        # The parts' own groups: what a scheduler sets here, they see.
        groups = [group for part in self.parts for group in part.param_groups]
        super().__init__(groups, shared)

    def step(self, closure: None = None) -> None:
        """Update all weights."""
        for part in self.parts:
            part.step()

    def state_dict(self) -> dict[str, Any]:
        """Return the state of both parts."""
        return {'parts': [part.state_dict() for part in self.parts]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from the state of both parts."""
        for part, state in zip(self.parts, state_dict['parts'], strict=True):
            part.load_state_dict(state)
        self.param_groups[:] = [
            group for part in self.parts for group in part.param_groups
        ]
