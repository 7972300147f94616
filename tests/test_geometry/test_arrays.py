import numpy as np
import pytest
import torch

from mmposenorm.geometry.arrays import constant, to_tensor


def test_a_tensor_stays_the_same_tensor():
    tensor = torch.ones(2, requires_grad=True)
    assert to_tensor(tensor) is tensor


def test_a_plain_array_shares_its_memory():
    array = np.zeros(3, np.float32)
    to_tensor(array)[0] = 7
    assert array[0] == 7


@pytest.mark.parametrize(
    'array',
    [
        np.arange(6.0).reshape(2, 3)[::-1],  # negative strides
        np.arange(6.0).reshape(3, 2).T,
        np.arange(12.0).reshape(2, 6)[:, ::2],
        np.arange(6.0).astype('>f8').reshape(2, 3),  # big-endian
        np.broadcast_to(np.arange(3.0), (2, 3)),  # not writable
        [[0.0, 1, 2], [3, 4, 5]],
    ],
)
def test_any_array_becomes_a_tensor_with_its_values(array):
    tensor = to_tensor(array)
    assert tensor.dtype == torch.float64
    assert tensor.tolist() == np.asarray(array).tolist()


def test_a_constant_is_a_copy():
    values = np.zeros(2)
    copy = constant(values, 'cpu', torch.float64)
    values[0] = 1
    assert copy.tolist() == [0, 0]


def test_a_constant_made_in_inference_can_be_trained_with():
    with torch.inference_mode():
        factor = constant([2.0, 3], 'cpu', torch.float32)
    weight = torch.ones(2, requires_grad=True)
    (factor * weight).sum().backward()
    assert weight.grad.tolist() == [2, 3]
