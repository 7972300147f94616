import torch

from mmposenorm.models.losses.reduction import weighted_mean


def test_a_mean_by_hand():
    values = torch.tensor([[1.0, 5.0], [7.0, 100.0]])
    weights = torch.tensor([[1.0, 2.0], [0.5, 0.0]])
    expected = torch.tensor((1 + 2 * 5 + 0.5 * 7) / 3.5)
    torch.testing.assert_close(weighted_mean(values, weights), expected)


def test_weights_that_are_all_zero_give_zero_and_finite_gradients():
    values = torch.ones(3, requires_grad=True)
    mean = weighted_mean(values, torch.zeros(3))
    mean.backward()
    assert mean == 0
    assert (values.grad == 0).all()
