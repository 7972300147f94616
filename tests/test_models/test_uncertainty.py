import math

import pytest
import torch

from mmposenorm.geometry.kinematics import accumulate_bones
from mmposenorm.models.uncertainty import (
    DirectionLikelihoodLoss,
    DirectionSigmaHead,
    bone_angles_between,
)
from mmposenorm.skeletons import (
    H36M_PARENTS,
    default_bone_lengths,
    extended_skeleton,
)


def poses_with_right_knee_bent(degrees):
    """A body at rest and one whose right shin, bone 3, is turned about x."""
    skeleton = extended_skeleton(default_bone_lengths())
    rest = torch.from_numpy(skeleton.rest_directions[list(skeleton.keypoint_joints)])
    lengths = torch.from_numpy(default_bone_lengths())
    bones = rest * lengths[:, None]
    bent = bones.clone()
    angle = math.radians(degrees)
    bent[3] = lengths[3] * torch.tensor([0, -math.cos(angle), math.sin(angle)])
    return (accumulate_bones(b[None], H36M_PARENTS)[0].float() for b in (bones, bent))


@pytest.mark.parametrize('degrees', [0, 1e-3, 40, 180])
def test_only_the_turned_bone_has_an_angle(degrees):
    rest, bent = poses_with_right_knee_bent(degrees)
    angles = bone_angles_between(bent, rest).rad2deg()
    expected = torch.zeros(16)
    expected[2] = degrees
    torch.testing.assert_close(angles, expected, atol=2e-3, rtol=1e-4)


def test_the_loss_by_hand_and_its_minimum():
    rest, bent = poses_with_right_knee_bent(40)
    error = math.radians(40)
    sigma = torch.full((16,), 0.5)
    expected = (error / 0.5 + 16 * math.log(0.5)) / 16
    loss = DirectionLikelihoodLoss()(sigma, bent, rest)
    torch.testing.assert_close(loss, torch.tensor(expected), atol=1e-4, rtol=0)
    sigma = torch.full((16,), error, requires_grad=True)
    loss = DirectionLikelihoodLoss()(sigma, bent, rest)
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
