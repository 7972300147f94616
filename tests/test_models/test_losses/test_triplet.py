import math

import pytest
import torch
from pytorch_metric_learning.distances import LpDistance
from pytorch_metric_learning.losses import TripletMarginLoss as ReferenceLoss
from pytorch_metric_learning.reducers import MeanReducer

from mmposenorm.models.losses.triplet import (
    TripletMarginLoss,
    TripletRatioLoss,
    matching_probability,
    triplet_margin_loss,
    triplet_ratio_loss,
)
from mmposenorm.models.triplet_mining import Triplets

LOSSES = [TripletMarginLoss(), TripletRatioLoss()]


def some_triplets(num_frames, num_triplets=40):
    rows = torch.randint(num_frames, (3, num_triplets))
    return Triplets(*rows, valid=torch.ones(num_triplets, dtype=torch.bool))


def one_triplet():
    return Triplets(*torch.arange(3)[:, None], valid=torch.tensor([True]))


def test_margin_loss_by_hand():
    anchor = torch.zeros(3, 2)
    positive = torch.tensor([[3.0, 4.0], [1.0, 0.0], [0.0, 1.0]])  # at 5, 1, 1
    negative = torch.tensor([[0.0, 4.0], [1.2, 0.0], [2.0, 0.0]])  # at 4, 1.2, 2
    loss = triplet_margin_loss(anchor, positive, negative, margin=0.5)
    expected = torch.tensor([5 - 4 + 0.5, 1 - 1.2 + 0.5, 0])
    torch.testing.assert_close(loss, expected, rtol=0, atol=1e-5)


def test_margin_loss_agrees_with_pytorch_metric_learning():
    features, triplets = torch.randn(30, 64), some_triplets(30)
    reference = ReferenceLoss(
        margin=1.0,
        distance=LpDistance(normalize_embeddings=False),
        reducer=MeanReducer(),
    )
    expected = reference(features, indices_tuple=triplets[:3])
    loss = TripletMarginLoss(margin=1.0)(features, triplets)
    torch.testing.assert_close(loss, expected, rtol=1e-4, atol=1e-4)


def test_margin_loss_agrees_with_a_slow_loop():
    features, triplets = torch.randn(30, 64), some_triplets(30)
    losses = [
        max(
            0,
            1
            + math.dist(features[a], features[p])
            - math.dist(features[a], features[n]),
        )
        for a, p, n in zip(*triplets[:3], strict=True)
    ]
    loss = TripletMarginLoss(margin=1.0, loss_weight=2.0)(features, triplets)
    torch.testing.assert_close(loss, torch.tensor(2 * sum(losses) / 40))


def test_matching_probability_by_hand():
    distances = torch.tensor([0.0, 1.0, 1e6])
    probability = matching_probability(
        distances, slope=torch.tensor(1.0), offset=torch.tensor(1.0), smoothing=0.1
    )
    at_zero = 0.9 / (1 + math.exp(-1)) + 0.05
    expected = torch.tensor([at_zero, 0.9 * 0.5 + 0.05, 0.05])
    torch.testing.assert_close(probability, expected)


def test_ratio_loss_by_hand():
    positive = torch.tensor([0.8, 0.8, 0.2])
    negative = torch.tensor([0.2, 0.8, 0.8])
    # log 2 - log 4 is below 0; log 2 - log 1; log 2 - log 1/4 = log 8.
    expected = torch.tensor([0, math.log(2), math.log(8)])
    torch.testing.assert_close(triplet_ratio_loss(positive, negative, 2.0), expected)


def test_ratio_loss_starts_from_pr_vipes_sigmoid():
    features = torch.tensor([[0.0], [1.0], [3.0]])

    def probability(distance):
        return 0.9 / (1 + math.exp(math.exp(-0.65) * distance + 0.5)) + 0.05

    expected = math.log(2) - math.log(probability(1) / probability(3))
    loss = TripletRatioLoss(ratio=2.0)(features, one_triplet())
    torch.testing.assert_close(loss, torch.tensor(expected), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize('loss', LOSSES)
def test_no_triplet_gives_zero_and_a_gradient_of_zero(loss):
    features = torch.randn(10, 64, requires_grad=True)
    value = loss(features, some_triplets(10)._replace(valid=torch.zeros(40).bool()))
    assert value.item() == 0
    value.backward()
    assert torch.equal(features.grad, torch.zeros(10, 64))


@pytest.mark.parametrize('loss', LOSSES)
def test_triplets_that_are_not_valid_do_not_count(loss):
    features, triplets = torch.randn(10, 64, requires_grad=True), some_triplets(10)
    valid = torch.arange(40) % 3 == 0
    value = loss(features, triplets._replace(valid=valid))
    expected = loss(features, Triplets(*(rows[valid] for rows in triplets)))
    torch.testing.assert_close(value, expected)
    torch.testing.assert_close(
        *(torch.autograd.grad(x, features) for x in (value, expected))
    )


@pytest.mark.parametrize('loss', LOSSES)
def test_equal_features_have_a_finite_gradient(loss):
    features = torch.ones(10, 64, requires_grad=True)
    loss(features, some_triplets(10)).backward()
    assert features.grad.isfinite().all()


@pytest.mark.parametrize('loss', LOSSES)
def test_gradient_pulls_the_positive_and_pushes_the_negative(loss):
    features = torch.tensor([[0.0], [2.0], [1.0]], requires_grad=True)
    loss(features, one_triplet()).backward()
    assert features.grad[1] > 0  # a step against the gradient brings it nearer
    assert features.grad[2] < 0


def test_gradients():
    inputs = [torch.randn(5, 4, dtype=torch.float64, requires_grad=True) for _ in 'apn']
    assert torch.autograd.gradcheck(lambda *x: triplet_margin_loss(*x, 3.0), inputs)
    probabilities = [
        torch.rand(5, dtype=torch.float64).add(0.1).requires_grad_() for _ in 'pn'
    ]
    assert torch.autograd.gradcheck(
        lambda *x: triplet_ratio_loss(*x, 2.0), probabilities
    )


def test_impossible_options_are_refused():
    with pytest.raises(ValueError, match='margin must be a number above 0, but is 0'):
        TripletMarginLoss(margin=0)
    with pytest.raises(ValueError, match='`ratio` must be above 1'):
        TripletRatioLoss(ratio=1.0)
