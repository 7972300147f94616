import math

import pytest
import torch

from mmposenorm.models.uncertainty import DirectionLikelihoodLoss, DirectionSigmaHead


def test_the_loss_by_hand_and_its_minimum():
    # The right shin, the third bone, points forward instead of down.
    truth = torch.randn(17, 3)
    truth[3] = truth[2] + torch.tensor([0.0, -0.4, 0])
    estimate = truth.clone()
    estimate[3] = truth[2] + torch.tensor([0, 0, 0.4])
    error = math.pi / 2
    loss = DirectionLikelihoodLoss()(torch.full((16,), 0.5), estimate, truth)
    expected = (error / 0.5 + 16 * math.log(0.5)) / 16
    torch.testing.assert_close(loss, torch.tensor(expected), atol=1e-4, rtol=0)
    sigma = torch.full((16,), error, requires_grad=True)
    loss = DirectionLikelihoodLoss()(sigma, estimate, truth)
    [gradient] = torch.autograd.grad(loss, sigma)
    assert gradient[2].abs() < 1e-4  # the scale is the error
    assert (gradient[:2] > 0).all()  # without error, a smaller scale is better


def test_the_head_learns_the_mean_error_of_each_group():
    # Two kinds of frames, whose errors are 0.1 and 0.6 radians on average.
    torch.manual_seed(0)
    kind = torch.randint(2, (4000,))
    errors = torch.empty(4000).exponential_() * torch.tensor([0.1, 0.6])[kind]
    features = torch.nn.functional.one_hot(kind, 2).float()
    head = DirectionSigmaHead(2, 16)
    optimizer = torch.optim.Adam(head.parameters(), 0.02)
    for _ in range(200):
        sigma = head(features)[:, 0]
        loss = (errors / sigma + sigma.log()).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    learned = head(torch.eye(2))[:, 0]
    means = torch.stack([errors[kind == k].mean() for k in (0, 1)])
    torch.testing.assert_close(learned, means, rtol=0.05, atol=0)


def test_features_are_not_changed_by_the_scale():
    features = torch.randn(3, 8, requires_grad=True)
    DirectionSigmaHead(8)(features).sum().backward()
    assert features.grad is None


def test_predictions_are_calibrated_in_inference_only():
    factors = [0.5] * 8 + [2.0] * 8
    plain, calibrated = (
        DirectionSigmaHead(4, calibration=given) for given in (None, factors)
    )
    calibrated.load_state_dict(plain.state_dict())  # older weights load
    features = torch.randn(5, 4)
    torch.testing.assert_close(calibrated(features), plain(features))
    expected = plain(features) * torch.tensor(factors)
    torch.testing.assert_close(calibrated.eval()(features), expected)


@pytest.mark.parametrize('factors', [[1.0] * 15, [1.0] * 15 + [0.0]])
def test_a_factor_for_each_bone_is_needed(factors):
    with pytest.raises(ValueError, match='must be 16 positive factors'):
        DirectionSigmaHead(4, calibration=factors)
