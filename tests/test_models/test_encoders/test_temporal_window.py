import pytest
import torch

from mmposenorm.models.encoders import TemporalWindowEncoder


def window(size=5):
    encoder = {'type': 'FullyConnectedEncoder', 'channels': 32}
    return TemporalWindowEncoder(encoder, window=size, channels=16).eval()


def test_a_feature_sees_its_frames_and_no_others():
    encoder = window(5)
    poses = torch.randn(1, 12, 17, 3)
    changed = poses.clone()
    changed[:, 6] += 1
    moved = (encoder(poses) - encoder(changed)).abs().amax(-1)[0] > 1e-6
    assert moved.nonzero().flatten().tolist() == [4, 5, 6, 7, 8]


def test_the_ends_of_a_clip_are_repeated():
    encoder = window(5)
    poses = torch.randn(1, 6, 17, 3)
    longer = torch.cat([poses[:, :1].expand(-1, 2, -1, -1), poses], dim=1)
    torch.testing.assert_close(encoder(longer)[:, 2:], encoder(poses))


@pytest.mark.parametrize('size', [4, 1])
def test_a_window_without_a_middle_or_neighbours_is_refused(size):
    with pytest.raises(ValueError, match='`window` must be odd and at least 3'):
        window(size)
