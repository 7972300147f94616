import torch

from mmposenorm.models.encoders import PointNetEncoder


def test_it_forgets_which_joint_is_which():
    encoder = PointNetEncoder().eval()
    poses = torch.randn(1, 4, 17, 3)
    torch.testing.assert_close(encoder(poses), encoder(poses.flip(-2)))


def test_any_number_of_joints_is_a_set():
    encoder = PointNetEncoder(feature_channels=5).eval()
    poses = torch.randn(2, 3, 4, 3)
    twice = poses.repeat(1, 1, 2, 1)  # the maximum of a set is that of it twice
    assert encoder(poses).shape == (2, 3, 5)
    torch.testing.assert_close(encoder(poses), encoder(twice))
