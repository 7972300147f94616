"""SemGCN's published weights: made-up ones with the names of its code."""

import re

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope

from mmposenorm.models.lifters.lifted_normalizer import LiftedPoseNormalizer
from mmposenorm.models.lifters.public_sem_gcn import PublicSemGCN, rename_weights
from mmposenorm.registry import MODELS

IMAGE_SIZE = (1000, 800)
# Their 16 joints and the parents in common/h36m_dataset.py, without the neck.
PARENTS = (-1, 0, 1, 2, 0, 4, 5, 0, 7, 8, 8, 10, 11, 8, 13, 14)


def published_weights(seed=0):
    """Random weights with the names and shapes of SemGCN's own code."""
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape):
        return 0.1 * torch.randn(*shape, generator=generator)

    def convolution(name, before, after):
        edges = 16 + 2 * 15
        return {
            f'{name}.W': draw(2, before, after),
            f'{name}.e': 1 + draw(1, edges),
            f'{name}.bias': draw(after),
        }

    def layer(name, before, after):
        return convolution(f'{name}.gconv', before, after) | {
            f'{name}.bn.weight': 1 + draw(after),
            f'{name}.bn.bias': draw(after),
            f'{name}.bn.running_mean': draw(after),
            f'{name}.bn.running_var': 1 + draw(after).abs(),
            f'{name}.bn.num_batches_tracked': torch.tensor(3),
        }

    weights = layer('gconv_input.0', 2, 128)
    for block in range(4):
        for half in ('gconv1', 'gconv2'):
            weights |= layer(f'gconv_layers.{block}.{half}', 128, 128)
    return weights | convolution('gconv_output', 128, 3)


def their_convolution(weights, name, nodes):
    """The layer of their paper's Eq. (2), joint by joint; edges in row-major order."""
    own, neighbours = weights[f'{name}.W']
    edges = iter(weights[f'{name}.e'][0])
    out = []
    for i in range(16):
        near = [j for j in range(16) if j == i or PARENTS[i] == j or PARENTS[j] == i]
        shares = torch.softmax(torch.stack([next(edges) for _ in near]), dim=0)
        mixed = [
            share * (nodes[j] @ (own if j == i else neighbours))
            for j, share in zip(near, shares, strict=True)
        ]
        out.append(sum(mixed) + weights[f'{name}.bias'])
    return torch.stack(out)


def their_layer(weights, name, nodes):
    nodes = their_convolution(weights, f'{name}.gconv', nodes)
    norm = {
        key.rpartition('.')[2]: value
        for key, value in weights.items()
        if key.startswith(f'{name}.bn.')
    }
    nodes = (nodes - norm['running_mean']) / (norm['running_var'] + 1e-5).sqrt()
    return (nodes * norm['weight'] + norm['bias']).relu()


@pytest.fixture
def checkpoint(tmp_path):
    """A file as their code writes it."""
    content = {'epoch': 3, 'optimizer': {}, 'state_dict': published_weights()}
    torch.save(content, tmp_path / 'ckpt_semgcn.pth.tar')
    return tmp_path / 'ckpt_semgcn.pth.tar'


def test_a_published_file_gives_the_joints_of_its_own_code(checkpoint):
    lifter = PublicSemGCN(str(checkpoint), IMAGE_SIZE)
    keypoints = 500 + 100 * torch.randn(1, 2, 17, 2)
    weights = published_weights()
    pixels = torch.cat([keypoints[0, 1, :9], keypoints[0, 1, 10:]])
    # [0, width] becomes [-1, 1], the height in proportion.
    nodes = pixels / 1000 * 2 - torch.tensor([1, 0.8])
    nodes = their_layer(weights, 'gconv_input.0', nodes)
    for block in range(4):
        start = f'gconv_layers.{block}'
        inner = their_layer(weights, f'{start}.gconv1', nodes)
        nodes = nodes + their_layer(weights, f'{start}.gconv2', inner)
    latent = lifter.latent({'keypoints': keypoints})
    torch.testing.assert_close(latent[0, 1], nodes, atol=1e-4, rtol=1e-4)
    joints = their_convolution(weights, 'gconv_output', nodes)
    joints = joints - joints[0]
    lifted = lifter({'keypoints': keypoints})
    assert lifted.shape == (1, 2, 17, 3)
    torch.testing.assert_close(lifted[0, 1, :9], joints[:9], atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(lifted[0, 1, 10:], joints[9:], atol=1e-4, rtol=1e-4)
    # The neck, which they lack, is the middle of thorax and head.
    middle = (lifted[..., 8, :] + lifted[..., 10, :]) / 2
    torch.testing.assert_close(lifted[..., 9, :], middle)


def test_every_name_is_ours_afterwards():
    own = PublicSemGCN().state_dict()
    renamed = rename_weights(published_weights())
    assert {name: weight.shape for name, weight in renamed.items()} == {
        name: weight.shape for name, weight in own.items()
    }


def test_the_size_of_the_image_comes_from_the_camera(checkpoint):
    keypoints = 500 + 100 * torch.randn(1, 2, 17, 2)
    camera = {'center': torch.tensor([[500.0, 400.0]])}
    lifted = PublicSemGCN(str(checkpoint))({'keypoints': keypoints, 'camera': camera})
    expected = PublicSemGCN(str(checkpoint), IMAGE_SIZE)({'keypoints': keypoints})
    torch.testing.assert_close(lifted, expected)
    with pytest.raises(ValueError, match='The clips have no camera'):
        PublicSemGCN()({'keypoints': keypoints})


def test_it_is_normalized_and_not_trained(checkpoint):
    config = {
        'type': 'PublicSemGCN',
        'checkpoint': str(checkpoint),
        'image_size': IMAGE_SIZE,
    }
    with DefaultScope.overwrite_default_scope('mmposenorm'):
        model = LiftedPoseNormalizer(lifter=config).train()
    assert not model.lifter.training
    keypoints = 500 + 100 * torch.randn(1, 3, 17, 2)
    assert model({'keypoints': keypoints})['normalized_poses'].shape == (1, 3, 17, 3)
    target = torch.randn(1, 3, 17, 3)
    with pytest.raises(ValueError, match='can be tested, not trained'):
        model.loss({'keypoints': keypoints, 'lifting_target': target})


def test_a_missing_file_is_told_with_where_it_is_from(tmp_path):
    with pytest.raises(FileNotFoundError, match='nithinsubbiah/3D_pose_regression'):
        PublicSemGCN(str(tmp_path / 'none.pth.tar'))


@pytest.mark.parametrize('fault', ['a layer less', 'another shape', 'no weights'])
def test_other_weights_are_refused(fault, tmp_path):
    weights = published_weights()
    if fault == 'a layer less':
        weights = {k: v for k, v in weights.items() if 'gconv_layers.3' not in k}
    elif fault == 'another shape':
        weights['gconv_output.W'] = torch.zeros(2, 64, 3)
    content = weights if fault == 'no weights' else {'state_dict': weights}
    file = tmp_path / 'other.pth.tar'
    torch.save(content, file)
    said = re.escape(str(file)) + ' does not hold the weights of SemGCN'
    with pytest.raises(ValueError, match=said):
        PublicSemGCN(str(file))


def test_the_rows_by_file_read_it_and_give_poses_and_latents(checkpoint, configs_dir):
    inputs = {'keypoints': 500 + 100 * torch.randn(1, 3, 17, 2)}
    inputs['camera'] = {'center': torch.tensor([[500.0, 400.0]])}
    for name in ('lifter_semgcn_h36m.py', 'table2/semgcn_h36m_latent.py'):
        config = Config.fromfile(configs_dir / name)
        config.model.lifter.checkpoint = str(checkpoint)
        with DefaultScope.overwrite_default_scope('mmposenorm'):
            model = MODELS.build(config.model).eval()
        [sample] = model(inputs, {'clip_id': ['a']}, mode='predict')
        assert sample.pred_instances.normalized_poses.shape == (3, 17, 3)
    assert sample.pred_instances.latent.shape == (3, 16 * 128)
