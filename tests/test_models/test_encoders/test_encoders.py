"""What all encoders have in common."""

import pytest
import torch

from mmposenorm.registry import MODELS

PER_FRAME = ['FullyConnectedEncoder', 'GCNEncoder', 'PointNetEncoder']
WINDOW = {
    'type': 'TemporalWindowEncoder',
    'encoder': {'type': 'FullyConnectedEncoder', 'channels': 32},
    'window': 5,
    'channels': 16,
}


@pytest.mark.parametrize('config', [*({'type': name} for name in PER_FRAME), WINDOW])
@pytest.mark.parametrize('frames', [(2, 6), (1, 1)])
def test_a_feature_of_64_numbers_for_each_frame(config, frames):
    encoder = MODELS.build(config).eval()
    assert encoder(torch.randn(*frames, 17, 3)).shape == (*frames, 64)


@pytest.mark.parametrize('name', PER_FRAME)
def test_a_feature_depends_on_its_frame_alone(name):
    encoder = MODELS.build({'type': name}).eval()
    poses = torch.randn(2, 6, 17, 3)
    together = encoder(poses)
    torch.testing.assert_close(encoder(poses[1:, 4:5]), together[1:, 4:5])


@pytest.mark.parametrize('name', PER_FRAME)
def test_every_parameter_learns(name):
    encoder = MODELS.build({'type': name, 'dropout': 0.0})
    encoder(torch.randn(4, 8, 17, 3)).square().sum().backward()
    assert all(p.grad.isfinite().all() for p in encoder.parameters())
    assert all(p.grad.abs().sum() > 0 for p in encoder.parameters() if p.dim() > 1)
