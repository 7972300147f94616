import torch

from mmposenorm.models.encoders import GCNEncoder


def test_it_tells_joints_apart():
    encoder = GCNEncoder().eval()
    poses = torch.randn(1, 4, 17, 3)
    assert (encoder(poses) - encoder(poses.flip(-2))).abs().max() > 1e-3


def test_a_joint_reaches_its_neighbours_and_theirs_only():
    # One layer and a block of two: three bones from the left foot is the root.
    encoder = GCNEncoder(channels=8, num_blocks=1).eval()
    poses = torch.randn(1, 1, 17, 3)
    changed = poses.clone()
    changed[..., 6, :] += 1
    moved = (encoder.nodes(poses) - encoder.nodes(changed)).abs().amax(-1)[0, 0]
    assert set((moved > 0).nonzero().flatten().tolist()) <= {6, 5, 4, 0}
    assert moved[6] > 0
