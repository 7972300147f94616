import pytest
import torch

from mmposenorm.models.encoders import (
    FullyConnectedEncoder,
    GCNEncoder,
    PointNetEncoder,
    TemporalWindowEncoder,
)
from mmposenorm.registry import MODELS

PER_FRAME = ['FullyConnectedEncoder', 'GCNEncoder', 'PointNetEncoder']


def window(size=5):
    return {
        'type': 'TemporalWindowEncoder',
        'encoder': {'type': 'FullyConnectedEncoder', 'channels': 32},
        'window': size,
        'channels': 16,
    }


@pytest.mark.parametrize('config', [*({'type': name} for name in PER_FRAME), window()])
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


def test_many_poses_have_the_features_of_few():
    encoder = FullyConnectedEncoder(channels=16).eval()
    poses = torch.randn(3, 1500, 17, 3)  # more than are encoded at once
    few = torch.cat([encoder(poses[:, i : i + 500]) for i in (0, 500, 1000)], dim=1)
    torch.testing.assert_close(encoder(poses), few)


@pytest.mark.parametrize('name', PER_FRAME)
def test_every_parameter_learns(name):
    encoder = MODELS.build({'type': name, 'dropout': 0.0})
    encoder(torch.randn(4, 8, 17, 3)).square().sum().backward()
    assert all(p.grad.isfinite().all() for p in encoder.parameters())
    assert all(p.grad.abs().sum() > 0 for p in encoder.parameters() if p.dim() > 1)


def test_only_the_point_set_forgets_which_joint_is_which():
    poses = torch.randn(1, 4, 17, 3)
    swapped = poses.flip(-2)
    for encoder in (FullyConnectedEncoder(), GCNEncoder()):
        encoder.eval()
        assert (encoder(poses) - encoder(swapped)).abs().max() > 1e-3
    encoder = PointNetEncoder().eval()
    torch.testing.assert_close(encoder(poses), encoder(swapped))


def test_a_temporal_window_sees_its_frames_and_no_others():
    encoder = MODELS.build(window(5)).eval()
    poses = torch.randn(1, 12, 17, 3)
    changed = poses.clone()
    changed[:, 6] += 1
    moved = (encoder(poses) - encoder(changed)).abs().amax(-1)[0] > 1e-6
    assert moved.nonzero().flatten().tolist() == [4, 5, 6, 7, 8]


def test_an_even_window_is_refused():
    with pytest.raises(ValueError, match='`window` must be odd'):
        TemporalWindowEncoder({'type': 'FullyConnectedEncoder'}, window=4)
