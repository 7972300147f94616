"""From what users hold, arrays or tensors, to tensors."""

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor


def to_tensor(values: ArrayLike | Tensor) -> Tensor:
    """Make a tensor of an array of any strides and byte order, or of nested lists.

    Args:
        values: The array; a tensor is returned as it is.

    Returns:
        A tensor that shares the array's memory where PyTorch can.
    """
    if isinstance(values, Tensor):
        return values
    array = np.asarray(values)
    return torch.from_numpy(np.require(array, array.dtype.newbyteorder('='), 'CW'))
