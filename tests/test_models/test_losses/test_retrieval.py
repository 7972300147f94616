import math

import pytest
import torch
from torch.nn import functional

from mmposenorm.models.losses.retrieval import RetrievalLoss, retrieval_loss


def test_a_frame_by_hand():
    # Targets softmax(0, -ln 3) = 3/4, 1/4; predictions the same: their entropy.
    distances = torch.tensor([[0.0, math.sqrt(math.log(3))]])
    logits = torch.tensor([[math.log(3), 0.0]])
    loss, weight = retrieval_loss(logits, distances, width=1.0, far=0.1)
    entropy = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    torch.testing.assert_close(loss, torch.tensor([entropy]))
    assert weight == 1


def test_frames_without_a_near_one_count_less():
    distances = torch.tensor([[0.2, 0.3], [0.05, 0.3]])
    _, weight = retrieval_loss(torch.zeros(2, 2), distances, width=0.03, far=0.1)
    torch.testing.assert_close(weight, torch.tensor([0.25, 1.0]))


def test_logits_like_the_targets_are_best():
    distances = torch.rand(5, 7)
    best = (-((distances / 0.3) ** 2)).requires_grad_()
    loss, _ = retrieval_loss(best, distances, width=0.3, far=1.0)
    [gradient] = torch.autograd.grad(loss.sum(), best)
    torch.testing.assert_close(gradient, torch.zeros_like(best), atol=1e-6, rtol=0)


def features_and_poses(pairs=2, frames=6):
    features = functional.normalize(torch.randn(2 * pairs, frames, 8), dim=-1)
    return features, 0.1 * torch.randn(2 * pairs, frames, 5)


@pytest.mark.parametrize('across_clips', [False, True])
def test_the_batch_agrees_with_a_plain_loop(across_clips):
    features, poses = features_and_poses()
    loss = RetrievalLoss(0.05, 0.03, 0.1, across_clips)(features, poses)
    total = weights = 0.0
    for one, other in (((0, 1), (2, 3)), ((2, 3), (0, 1))):
        for i in range(2):
            for t in range(6):
                clips = other if across_clips else [other[i]]
                seen = [(features[c, s], poses[c, s]) for c in clips for s in range(6)]
                query, pose = features[one[i], t], poses[one[i], t]
                d = torch.stack([(pose - p).norm() for _, p in seen])
                logits = torch.stack([query @ f for f, _ in seen]) / 0.05
                target = torch.softmax(-((d / 0.03) ** 2), 0)
                weight = min(1.0, float(0.1 / d.min()) ** 2)
                total -= weight * (target * torch.log_softmax(logits, 0)).sum()
                weights += weight
    torch.testing.assert_close(loss, total / weights)


def test_the_order_of_the_renderings_does_not_matter():
    features, poses = features_and_poses()
    swapped = torch.tensor([2, 3, 0, 1])
    loss = RetrievalLoss()
    torch.testing.assert_close(
        loss(features, poses), loss(features[swapped], poses[swapped])
    )


def test_loss_weight_is_a_factor():
    batch = features_and_poses()
    torch.testing.assert_close(
        RetrievalLoss(loss_weight=3.0)(*batch), 3 * RetrievalLoss()(*batch)
    )
