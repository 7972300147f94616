"""Tensors from arrays and lists."""

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from mmposenorm.forked_processes import use_one_thread_after_fork

# Here, since all that computes imports this module.
use_one_thread_after_fork(torch.set_num_threads)


def to_tensor(values: ArrayLike | Tensor) -> Tensor:
    """Convert an array of any strides and byte order, or nested lists, to a tensor.

    Args:
        values: The array; a tensor is returned as it is.

    Returns:
        A tensor that shares the array's memory if PyTorch can.
    """
    if isinstance(values, Tensor):
        return values
    array = np.asarray(values)
    native = array.dtype.newbyteorder('=')
    return torch.from_numpy(np.require(array, native, ['C', 'W']))


def constant(
    values: ArrayLike, device: torch.device | str, dtype: torch.dtype
) -> Tensor:
    """Copy numbers to a device, for functions that cache the result.

    Args:
        values: The numbers.
        device: Device of the tensor.
        dtype: Type of the tensor.

    Returns:
        A tensor that can be used in training even if it is created under
        :class:`torch.inference_mode`.
    """
    with torch.inference_mode(False):
        return torch.as_tensor(np.asarray(values), dtype=dtype).to(device, copy=True)
