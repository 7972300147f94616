import torch

from mmposenorm.models.losses import RotationConsistencyLoss

IDENTITY = torch.tensor([[1.0, 0, 0, 0]])
QUARTER = torch.tensor([[0.5**0.5, 0, 0, 0.5**0.5]])


def test_signs_do_not_count():
    assert RotationConsistencyLoss()(IDENTITY, -IDENTITY) == 0


def test_by_hand():
    # |a - b|^2 = 2 - 2 a.b = 2 - sqrt(2) for a quarter turn.
    loss = RotationConsistencyLoss(loss_weight=2.0)(IDENTITY, QUARTER)
    torch.testing.assert_close(loss, torch.tensor(2 * (2 - 2**0.5)))


def test_mean_over_joints():
    both = torch.cat([IDENTITY, QUARTER])
    loss = RotationConsistencyLoss()(both, IDENTITY.expand(2, 4))
    torch.testing.assert_close(loss, torch.tensor((2 - 2**0.5) / 2))


def test_gradient_by_hand():
    # d |a - b|^2 / da = 2 (a - b).
    pred = QUARTER.clone().requires_grad_()
    RotationConsistencyLoss()(pred, IDENTITY).backward()
    torch.testing.assert_close(pred.grad, 2 * (QUARTER - IDENTITY))
