import math

import pytest
import torch

from mmposenorm.models.losses.cycle_back import (
    CycleBackLoss,
    cycle_back,
    cycle_back_loss,
)


def test_places_by_hand():
    # The other clip has one frame, so its only feature, 0, is everyone's neighbour.
    # From there, exp(-0) : exp(-ln 3) = 3 : 1 lead back to places 0 and 1.
    features = torch.tensor([[0.0], [math.sqrt(math.log(3))]])
    mean, variance = cycle_back(features, torch.zeros(1, 1), temperature=1.0)
    torch.testing.assert_close(mean, torch.tensor([0.25, 0.25]))
    torch.testing.assert_close(variance, torch.tensor([0.1875, 0.1875]))


def test_the_soft_neighbour_by_hand():
    # 0 is 3 times as near to 0 as to sqrt(ln 3) = a; the neighbour is a / 4. From
    # there, exp(-a^2 / 16) : exp(-9 a^2 / 16) = 3^(1/2) : 1 lead back to 0 and 1.
    a = math.sqrt(math.log(3))
    clip = torch.tensor([[0.0], [a]])
    mean, _ = cycle_back(clip, clip, temperature=1.0)
    expected = 1 / (1 + math.sqrt(3))
    torch.testing.assert_close(mean, torch.tensor([expected, 1 - expected]))


def test_the_loss_by_hand():
    # Three frames at 0, 0.5, 1; a frame is 0.5 wide, which adds 0.25 / 12.
    variance = torch.tensor([0.1, 0.1, 0.1]) - 0.25 / 12
    loss = cycle_back_loss(torch.tensor([0.2, 0.5, 0.7]), variance, 0.01)
    rest = 0.005 * math.log(0.1)
    expected = torch.tensor([0.4 + rest, rest, 0.9 + rest])
    torch.testing.assert_close(loss, expected)


@pytest.mark.parametrize('temperature', [0.1, 1.0])
def test_the_batch_agrees_with_a_plain_loop(temperature):
    features = torch.randn(4, 5, 3)
    total = 0.0
    for one, other in ((0, 2), (1, 3), (2, 0), (3, 1)):
        u, v = features[one], features[other]
        for i in range(5):
            alpha = torch.softmax(-((u[i] - v).norm(dim=1) ** 2) / temperature, 0)
            neighbour = sum(alpha[k] * v[k] for k in range(5))
            beta = torch.softmax(-((neighbour - u).norm(dim=1) ** 2) / temperature, 0)
            mean = sum(beta[k] * k / 4 for k in range(5))
            variance = sum(beta[k] * (k / 4 - mean) ** 2 for k in range(5))
            variance = variance + (1 / 4) ** 2 / 12
            total += (i / 4 - mean) ** 2 / variance + 0.05 * variance.sqrt().log()
    loss = CycleBackLoss(temperature, variance_weight=0.05, loss_weight=2.0)(features)
    torch.testing.assert_close(loss, 2 * total / 20)


def test_frames_that_come_back_are_best_and_finite():
    # Distinct features, the same in both clips: every frame leads back to itself.
    clip = 10 * torch.eye(6)[None].repeat(2, 1, 1).requires_grad_()
    mean, variance = cycle_back(clip[:1], clip[1:], temperature=0.1)
    torch.testing.assert_close(mean, torch.linspace(0, 1, 6)[None])
    assert variance.max() < 1e-6
    loss = CycleBackLoss()(clip)
    loss.backward()
    width = 0.2**2 / 12
    torch.testing.assert_close(loss, torch.tensor(0.0005 * math.log(width)))
    constant = CycleBackLoss()(torch.ones(2, 6, 4))
    assert constant > loss + 0.5  # all frames lead to the middle


def test_the_order_of_the_clips_of_a_pair_does_not_matter():
    features = torch.randn(4, 6, 3)
    loss = CycleBackLoss()
    torch.testing.assert_close(loss(features), loss(features[[2, 3, 0, 1]]))


def test_gradients():
    features = torch.randn(2, 4, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(CycleBackLoss(1.0, 0.1), features)
