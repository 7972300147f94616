import pytest
import torch
from mmengine.registry import DefaultScope

from mmposenorm.models.references.perceptual_embedder import (
    SpatialTemporalBlock,
    body_partitions,
)
from mmposenorm.registry import MODELS


def build(channels=(4, 6)):
    torch.manual_seed(0)
    config = {
        'type': 'PerceptualEmbedder',
        'actions': ['clap', 'wave'],
        'channels': channels,
        'kernel_size': 3,
    }
    with DefaultScope.overwrite_default_scope('mmposenorm'):
        return MODELS.build(config)


def clips(num_clips=2, num_frames=8):
    generator = torch.Generator().manual_seed(0)
    shape = (num_clips, num_frames, 17)
    return {
        'keypoint_labels': torch.randn(*shape, 2, generator=generator),
        'keypoints_visible': torch.ones(shape),
    }


def test_partitions_by_hand():
    own, parents, children = body_partitions((-1, 0, 0))  # a root and two children
    torch.testing.assert_close(own, torch.eye(3))
    to_root = torch.tensor([[0.0, 0, 0], [1, 0, 0], [1, 0, 0]])
    torch.testing.assert_close(parents, to_root)
    half = torch.tensor([[0, 0.5, 0.5], [0, 0, 0], [0, 0, 0]])
    torch.testing.assert_close(children, half)


def test_a_block_sees_neighbours_in_body_and_time():
    block = SpatialTemporalBlock(1, 1, kernel_size=3).eval()
    clip = torch.zeros(1, 1, 9, 17, requires_grad=True)
    block(clip)[0, 0, 4, 2].backward()  # the right knee
    seen = (clip.grad[0, 0] != 0).nonzero()
    joints, frames = set(seen[:, 1].tolist()), set(seen[:, 0].tolist())
    assert joints <= {1, 2, 3}  # hip, knee, foot
    assert frames <= {3, 4, 5}


def test_features_are_all_hidden_layers_of_a_frame():
    model, inputs = build().eval(), clips()
    features = model(inputs)['perceptual']
    assert features.shape == (2, 8, 17 * (4 + 6))
    first, second = model.hidden_layers(inputs)
    expected = torch.cat([first[1, :, 5], second[1, :, 5]]).flatten()
    torch.testing.assert_close(features[1, 5], expected)
    described = {'clip_id': ['a', 'b'], 'action': ['clap', 'wave']}
    samples = model(inputs, described, mode='predict')
    torch.testing.assert_close(samples[1].pred_instances.perceptual, features[1])


def test_clips_may_have_one_frame():
    assert build().eval()(clips(1, 1))['perceptual'].shape == (1, 1, 170)


def test_actions_are_told_apart_after_training():
    model, inputs = build(), clips(num_clips=4)
    described = {'action': ['wave', 'clap', 'clap', 'wave']}
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    for _ in range(25):
        losses = model(inputs, described, mode='loss')
        optimizer.zero_grad()
        losses['loss_action'].backward()
        optimizer.step()
    assert losses['accuracy'] == 1
    assert losses['loss_action'] < 0.2


def test_the_loss_is_the_cross_entropy_of_the_named_action():
    model = build()
    model.classify.weight.data.zero_()
    model.classify.bias.data = torch.tensor([0.0, 3.0]).log1p()  # 1 : 4
    losses = model(clips(), {'action': ['clap', 'wave']}, mode='loss')
    expected = -(torch.tensor([0.2, 0.8]).log()).mean()
    torch.testing.assert_close(losses['loss_action'], expected)
    assert losses['accuracy'] == 0.5


def test_an_unknown_action_is_told():
    with pytest.raises(
        ValueError, match="A clip shows 'jump', which is not among the 2"
    ):
        build()(clips(), {'action': ['clap', 'jump']}, mode='loss')
