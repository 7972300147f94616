import torch

from mmposenorm.models.encoders import FullyConnectedEncoder


def test_many_poses_have_the_features_of_few():
    encoder = FullyConnectedEncoder(channels=16).eval()
    poses = torch.randn(3, 1500, 17, 3)  # more than are encoded at once
    few = torch.cat([encoder(poses[:, i : i + 500]) for i in (0, 500, 1000)], dim=1)
    torch.testing.assert_close(encoder(poses), few)


def test_it_tells_joints_apart():
    encoder = FullyConnectedEncoder(channels=16).eval()
    poses = torch.randn(1, 4, 17, 3)
    assert (encoder(poses) - encoder(poses.flip(-2))).abs().max() > 1e-3


def test_without_blocks_and_activations_it_is_two_linear_layers():
    encoder = FullyConnectedEncoder(channels=16, num_blocks=0).eval()
    first, norm = encoder.layers[0][:2]
    torch.nn.init.constant_(first.bias, 100)  # all hidden numbers are above 0
    poses = torch.randn(2, 3, 17, 3)
    hidden = first(poses.flatten(-2)) / (1 + norm.eps) ** 0.5
    torch.testing.assert_close(encoder(poses), encoder.layers[-1](hidden))
