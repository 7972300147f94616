import pytest
import torch

from mmposenorm.models.losses import FootContactLoss, PositionLoss
from mmposenorm.models.losses.positions import foot_contact_loss, position_loss
from mmposenorm.models.losses.reduction import weighted_mean


def keypoints(*shape):
    generator = torch.Generator().manual_seed(0)
    return torch.randn(*shape, 17, 3, generator=generator, dtype=torch.float64)


def test_equal_poses_cost_nothing():
    assert position_loss(keypoints(2, 3), keypoints(2, 3)).abs().max() == 0


@pytest.mark.parametrize(('squared', 'expected'), [(True, 25.0), (False, 5.0)])
def test_by_hand(squared, expected):
    target = torch.zeros(1, 17, 3)
    pred = target + torch.tensor([3.0, 0, 4])
    loss = position_loss(pred, target, squared=squared)
    torch.testing.assert_close(loss, torch.full((1, 17), expected))
    module = PositionLoss(squared=squared, loss_weight=2.0)
    torch.testing.assert_close(module(pred, target), torch.tensor(2 * expected))


def test_gradient_by_hand():
    # d |x|^2 / dx = 2 x, over 17 keypoints.
    pred = torch.ones(1, 17, 3, requires_grad=True)
    PositionLoss()(pred, torch.zeros(1, 17, 3)).backward()
    torch.testing.assert_close(pred.grad, torch.full((1, 17, 3), 2 / 17))


def test_gradient_at_no_distance_is_finite():
    pred = torch.zeros(1, 17, 3, requires_grad=True)
    PositionLoss(squared=False)(pred, torch.zeros(1, 17, 3)).backward()
    assert pred.grad.abs().max() == 0


def test_gradcheck():
    pred = keypoints(2).requires_grad_()
    assert torch.autograd.gradcheck(
        lambda x: position_loss(x, 0 * keypoints(2), squared=False), (pred,)
    )


def test_shapes_must_agree():
    with pytest.raises(ValueError, match=r'pred has shape \(2, 17, 3\)'):
        position_loss(keypoints(2), keypoints(3))


def moving_feet(right, left):
    """A clip of 3 frames whose feet move by so much each frame, along z."""
    clip = torch.zeros(3, 17, 3)
    clip[:, 3, 2] = right * torch.arange(3)
    clip[:, 6, 2] = left * torch.arange(3)
    return clip


def test_each_foot_pays_for_its_own_steps():
    steps = foot_contact_loss(moving_feet(right=0.1, left=0.2))
    torch.testing.assert_close(steps, torch.tensor([[0.01, 0.04], [0.01, 0.04]]))


def test_only_standing_feet_pay():
    # Right foot down in the first two frames: one step of 0.1. Left foot never.
    contact = torch.tensor([[1.0, 0], [1, 0], [0, 0]])
    loss = FootContactLoss(loss_weight=3.0)(moving_feet(0.1, 0.2), contact)
    torch.testing.assert_close(loss, torch.tensor(3 * 0.01))


def test_no_contact_costs_nothing():
    loss = FootContactLoss()(moving_feet(0.1, 0.2), torch.zeros(3, 2))
    assert loss == 0


def test_weighted_mean_divides_by_the_weights():
    # One of four counts: its value, not a quarter of it.
    values = torch.tensor([5.0, 1, 1, 1])
    assert weighted_mean(values, torch.tensor([1.0, 0, 0, 0])) == 5
    assert weighted_mean(values, torch.zeros(4)) == 0
