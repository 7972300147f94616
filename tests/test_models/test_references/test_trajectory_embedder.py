import pytest
import torch
from mmengine.registry import DefaultScope

from mmposenorm.registry import MODELS

NORMALIZER = {
    'type': 'PoseNormalizer',
    'encoder': {'type': 'TemporalConvEncoder', 'channels': 16, 'dilations': [1]},
    'losses': {},
}


def build(**options):
    config = {
        'type': 'TrajectoryEmbedder',
        'window': 6,
        'code_size': 4,
        'feature_size': 8,
        'channels': 16,
        'hidden_size': 12,
        **options,
    }
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope('mmposenorm'):
        return MODELS.build(config)


def clips(num_clips=3, num_frames=6):
    generator = torch.Generator().manual_seed(0)
    shape = (num_clips, num_frames, 17)
    return {
        'keypoint_labels': torch.randn(*shape, 2, generator=generator),
        'keypoints_visible': torch.ones(shape),
        'lifting_target': torch.randn(*shape, 3, generator=generator),
    }


def test_a_frames_feature_is_that_of_the_window_around_it():
    model = build()
    poses = torch.randn(2, 9, 17, 3)
    features = model.embed_frames(poses)
    assert features.shape == (2, 9, 8)
    codes = model.manifold.encode(poses)
    # Six frames: three before frame 5, frame 5, and two after it.
    torch.testing.assert_close(features[1, 5], model.embed_windows(codes[1:, 2:8])[0])
    # Around frame 0, the first frame fills what is before the clip.
    window = codes[:1, [0, 0, 0, 0, 1, 2]]
    torch.testing.assert_close(features[0, 0], model.embed_windows(window)[0])


def test_a_clip_of_one_frame_has_a_feature():
    assert build().embed_frames(torch.randn(1, 1, 17, 3)).shape == (1, 1, 8)


def test_the_order_of_frames_matters():
    model, codes = build(), torch.randn(1, 6, 4)
    forth, back = model.embed_windows(codes), model.embed_windows(codes.flip(1))
    assert (forth - back).abs().max() > 0.01


def test_paths_train_the_recurrent_networks_alone():
    model = build()
    losses = model(clips(), mode='loss')
    assert set(losses) == {
        *('loss_pose', 'loss_code', 'loss_critic', 'loss_made'),
        *('loss_path', 'loss_step'),
    }
    (losses['loss_path'] + losses['loss_step']).backward()
    for name, parameter in model.named_parameters():
        trained = parameter.grad is not None
        assert trained == (not name.startswith('manifold.')), name


def test_the_losses_of_paths_by_hand(monkeypatch):
    model = build()
    codes = torch.zeros(1, 6, 4)
    monkeypatch.setattr(model.manifold, 'encode', lambda poses: codes)
    monkeypatch.setattr(model.manifold, 'loss', lambda poses: {})
    # Recovered one frame too high by 0.6: 0.36 / 6, and two steps of five: 0.72 / 5.
    wrong = codes.clone()
    wrong[:, 2] = 0.6
    monkeypatch.setattr(model, 'recover', lambda features: wrong)
    losses = model.loss(clips(1))
    torch.testing.assert_close(losses['loss_path'], torch.tensor(0.06))
    torch.testing.assert_close(losses['loss_step'], torch.tensor(0.144))


def test_poses_are_recovered_after_training():
    model, batch = build(), clips()
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    losses = []
    for _ in range(25):
        values = model(batch, mode='loss')
        losses.append(values['loss_pose'].item())
        optimizer.zero_grad()
        sum(values.values()).backward()
        optimizer.step()
    assert losses[-1] < 0.7 * losses[0]


def test_it_predicts_from_the_poses_of_its_normalizer():
    model = build(normalizer=NORMALIZER).train()
    assert not model.normalizer.training
    assert not any(p.requires_grad for p in model.normalizer.parameters())
    inputs = clips(num_frames=4)
    out = model(inputs)
    expected = model.embed_frames(model.normalizer(inputs)['normalized_poses'])
    torch.testing.assert_close(out['pose_features'], expected)
    samples = model(inputs, {'clip_id': list('abc')}, mode='predict')
    assert samples[2].pred_instances.pose_features.shape == (4, 8)


def test_without_a_normalizer_it_cannot_predict():
    with pytest.raises(ValueError, match=r'Set `model\.normalizer`'):
        build()(clips(), mode='predict')
