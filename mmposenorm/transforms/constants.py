"""Constants of batch transforms, copied once to each device."""

from collections.abc import Sequence

import torch
from torch import Tensor


class Constant:
    """A tensor that is copied to each device once, not in every training step.

    Args:
        values: A tensor, or nested sequences of numbers.
    """

    def __init__(self, values: Tensor | Sequence) -> None:
        self._values = torch.as_tensor(values)
        self._copies: dict[tuple[torch.device, torch.dtype], Tensor] = {}

    def like(self, tensor: Tensor) -> Tensor:
        """Return the values on the device and in the dtype of a tensor."""
        return self._copy(tensor.device, tensor.dtype)

    def on(self, device: torch.device) -> Tensor:
        """Return the values on a device in their own dtype."""
        return self._copy(device, self._values.dtype)

    def _copy(self, device: torch.device, dtype: torch.dtype) -> Tensor:
        if (device, dtype) not in self._copies:
            # A tensor made in inference mode could not be used in training later.
            with torch.inference_mode(False):
                # A copy, so that nobody changes the values by accident.
                copy = self._values.to(device, dtype, copy=True)
            self._copies[device, dtype] = copy
        return self._copies[device, dtype]
