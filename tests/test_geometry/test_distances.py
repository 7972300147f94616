import math

import pytest
import torch

from mmposenorm.geometry.distances import bone_angles_between, pairwise_mpjpe


def test_a_distance_by_hand():
    poses = torch.zeros(1, 2, 3)
    others = torch.zeros(3, 2, 3)
    others[1, 0] = torch.tensor([3.0, 4.0, 0.0])  # joint 0 is off by 5, joint 1 by 0
    others[2] = torch.tensor([0.0, 0.0, 2.0])  # both are off by 2
    expected = torch.tensor([[0.0, (5 + 0) / 2, (2 + 2) / 2]])
    torch.testing.assert_close(pairwise_mpjpe(poses, others), expected)


@pytest.mark.parametrize('batch_shape', [(), (1,), (2, 3)])
def test_agrees_with_a_loop_over_frames(batch_shape):
    poses, others = (
        torch.randn(*batch_shape, 4, 17, 3),
        torch.randn(*batch_shape, 5, 17, 3),
    )
    expected = torch.stack(
        [
            torch.stack(
                [
                    (poses[..., i, :, :] - others[..., j, :, :]).norm(dim=-1).mean(-1)
                    for j in range(5)
                ],
                dim=-1,
            )
            for i in range(4)
        ],
        dim=-2,
    )
    torch.testing.assert_close(pairwise_mpjpe(poses, others), expected)


def test_equal_poses_are_at_zero_distance_in_single_precision():
    poses = torch.randn(100, 17, 3)
    assert pairwise_mpjpe(poses, poses).diagonal().max() == 0


def test_other_joints_are_refused():
    with pytest.raises(ValueError, match='expected the same joints'):
        pairwise_mpjpe(torch.zeros(4, 17, 3), torch.zeros(4, 16, 3))


@pytest.mark.parametrize('degrees', [0, 1e-3, 40, 180])
def test_only_the_turned_bone_has_an_angle(degrees):
    # The right foot is a leaf: where it goes, only the third bone turns.
    poses, angle = torch.randn(2, 17, 3).double(), math.radians(degrees)
    poses[:, 3] = poses[:, 2] + torch.tensor([0, -0.4, 0])
    turned = poses.clone()
    turned[:, 3] = poses[:, 2] + 0.3 * torch.tensor(
        [0, -math.cos(angle), math.sin(angle)]
    )
    expected = torch.zeros(2, 16).double()
    expected[:, 2] = angle
    angles = bone_angles_between(turned, poses)
    torch.testing.assert_close(angles, expected, atol=1e-6, rtol=1e-6)
