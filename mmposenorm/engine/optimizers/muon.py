"""The optimizer of the networks that are shipped."""

from collections.abc import Callable, Iterable
from typing import Any, overload

import torch
from torch import Tensor
from torch.optim import AdamW, Optimizer

from mmposenorm.fields import Count, NotNegative
from mmposenorm.registry import OPTIMIZERS


@OPTIMIZERS.register_module()
class MuonWithAdamW(Optimizer):
    """Muon for the large matrices of a network, AdamW for all other weights.

    Muon makes the momentum of a matrix orthogonal before it steps along it. The pose
    normalizer needs half as many steps as with AdamW, each a third slower.

    Args:
        params: The weights, or groups of weights with options of their own.
        lr: Learning rate of both; Muon's steps are scaled to AdamW's size.
        weight_decay: Weight decay of both.
        smallest: AdamW updates matrices with fewer rows or columns than this, among
            them the first and the last layer.

    Raises:
        ImportError: If this PyTorch has no Muon.
        ValueError: If no weight is large enough for Muon.

    Source:
        Jordan et al., Muon: an optimizer for hidden layers in neural networks, 2024;
        the scale is that of Liu et al., Muon is scalable for LLM training, 2025.
    """

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[dict[str, Any]],
        lr: NotNegative = 1e-3,
        weight_decay: NotNegative = 0.01,
        smallest: Count = 256,
    ) -> None:
        if not hasattr(torch.optim, 'Muon'):
            raise ImportError(
                f'MuonWithAdamW needs PyTorch 2.9 or newer, but this is '
                f"{torch.__version__}. Update it, or set optim_wrapper.optimizer.type='"
                "AdamW'."
            )
        self.smallest = smallest
        nothing_yet: list[dict[str, Any]] = [{'params': []}]
        self.parts: tuple[Optimizer, Optimizer] = (
            torch.optim.Muon(
                nothing_yet,
                lr=lr,
                weight_decay=weight_decay,
                adjust_lr_fn='match_rms_adamw',
            ),
            AdamW(nothing_yet, lr=lr, weight_decay=weight_decay),
        )
        for part in self.parts:
            part.param_groups.clear()
        super().__init__(params, {'lr': lr, 'weight_decay': weight_decay})
        if not self.parts[0].param_groups:
            raise ValueError(
                f'No weight has {smallest} rows and columns or more, so there is '
                'nothing for Muon. Lower `smallest`, or use AdamW.'
            )

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Divide a group of weights, with its options, between Muon and AdamW."""
        params = param_group['params']
        divided: tuple[list[Tensor], list[Tensor]] = ([], [])
        for param in [params] if isinstance(params, Tensor) else params:
            large = param.ndim == 2 and min(param.shape) >= self.smallest
            divided[0 if large else 1].append(param)
        for part, weights in zip(self.parts, divided, strict=True):
            if weights:
                part.add_param_group({**param_group, 'params': weights})
        self._share_groups()

    def _share_groups(self) -> None:
        # The same dicts as in the parts, so that schedulers change both.
        self.param_groups[:] = [
            group for part in self.parts for group in part.param_groups
        ]

    @overload
    def step(self, closure: None = None) -> None: ...

    @overload
    def step(self, closure: Callable[[], float]) -> float: ...

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """Update all weights; see :meth:`torch.optim.Optimizer.step`."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for part in self.parts:
            part.step()
        return loss

    def state_dict(self) -> dict[str, Any]:
        """Return the state of both parts."""
        return {'parts': [part.state_dict() for part in self.parts]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore the state of both parts."""
        for part, state in zip(self.parts, state_dict['parts'], strict=True):
            part.load_state_dict(state)
        self._share_groups()
