import torch

from mmposenorm.transforms.constants import Constant


def test_a_constant_is_copied_once():
    constant = Constant([1.5, 2])
    points = torch.zeros(3, dtype=torch.float64)
    copy = constant.like(points)
    assert copy.dtype == torch.float64
    assert copy.tolist() == [1.5, 2]
    assert constant.like(points) is copy


def test_indices_keep_their_type():
    assert Constant((2, 0, 1)).on(torch.device('cpu')).dtype == torch.int64


def test_each_type_has_its_own_copy():
    constant = Constant([0.5])
    assert constant.like(torch.zeros(1)).dtype == torch.float32
    assert constant.like(torch.zeros(1, dtype=torch.float64)).dtype == torch.float64


def test_what_inference_used_first_can_be_trained_with():
    constant = Constant([2.0])
    with torch.inference_mode():
        constant.like(torch.zeros(1))
    weight = torch.ones(1, requires_grad=True)
    (weight * constant.like(weight)).sum().backward()
    assert weight.grad == 2
