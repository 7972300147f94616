import pytest
import torch
from mmengine.registry import DefaultScope

from mmposenorm.registry import MODELS

CONFIG = {
    'encoder': {'type': 'TemporalConvEncoder', 'channels': 16, 'dilations': [1, 2]},
    'feature_size': 16,
}


def build(kind, loss, **options):
    with DefaultScope.overwrite_default_scope('mmposenorm'):
        return MODELS.build({'type': kind, 'loss': {'type': loss}, **CONFIG, **options})


@pytest.fixture
def pairs():
    """Two pairs of clips of smooth motion; those of a pair differ by noise."""
    generator = torch.Generator().manual_seed(0)
    times = torch.linspace(0, 3, 12)[None, :, None, None]
    phases = 3 * torch.rand(2, 1, 17, 2, generator=generator)
    clips = (times + phases).sin().repeat(2, 1, 1, 1)
    noise = 0.05 * torch.randn(clips.shape, generator=generator)
    return {
        'keypoint_labels': clips + noise,
        'keypoints_visible': torch.ones(4, 12, 17),
    }


def test_frames_come_back_after_training(pairs):
    torch.manual_seed(0)
    model = build('CycleConsistencyEmbedder', 'CycleBackLoss')
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    losses = []
    for _ in range(30):
        loss = model(pairs, mode='loss')['loss_cycle_back']
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert losses[-1] < 0.2 * losses[0]


def test_the_network_is_that_of_the_features_trained_to_retrieve(pairs):
    ours = build('RetrievalEmbedder', 'RetrievalLoss')
    tcc = build('CycleConsistencyEmbedder', 'CycleBackLoss')
    tcc.load_state_dict(ours.state_dict())
    for key, value in ours(pairs).items():
        torch.testing.assert_close(tcc(pairs)[key], value)
