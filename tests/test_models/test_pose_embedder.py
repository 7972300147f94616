import pytest
import torch
from mmengine.dataset import default_collate
from mmengine.model import PretrainedInit
from mmengine.registry import DefaultScope
from torch import nn

from mmposenorm.datasets.mocap_clips import MocapClips
from mmposenorm.datasets.synthetic import write_synthetic_mocap
from mmposenorm.geometry.kinematics import bone_vectors
from mmposenorm.geometry.rest_pose import turn_to_rest
from mmposenorm.models.pose_embedder import PoseEmbedder, spread_over_renderings
from mmposenorm.models.triplet_mining import Triplets
from mmposenorm.registry import MODELS

PREPROCESSOR = {
    'type': 'PoseClipPreprocessor',
    'train_transforms': [{'type': 'ViewClip'}, {'type': 'NormalizeKeypoints'}],
    'test_transforms': [{'type': 'ViewClip'}, {'type': 'NormalizeKeypoints'}],
}
NORMALIZER = {
    'type': 'PoseNormalizer',
    'encoder': {'type': 'TemporalConvEncoder', 'channels': 8, 'dilations': (1,)},
    'losses': {'recon': {'type': 'PositionLoss'}},
}


def embedder(**options):
    config = {
        'type': 'PoseEmbedder',
        'encoder': {'type': 'FullyConnectedEncoder', 'channels': 32, 'dropout': 0.0},
        'loss': {'type': 'TripletMarginLoss', 'margin': 0.2},
        'miner': {'type': 'AdaptiveTripletMiner', 'negative_range': (0.3, 1.0)},
    }
    with DefaultScope.overwrite_default_scope('mmposenorm'):
        return MODELS.build(config | options)


def clips(num_clips=2, num_renderings=1, num_frames=16):
    walk = torch.randn(num_clips, 1, num_frames, 17, 3).cumsum(dim=2) * 0.05
    noise = torch.randn(num_clips, num_renderings, num_frames, 17, 3)
    return {'normalized_poses': walk + 0.01 * noise * (num_renderings > 1)}


def seen_clip(tmp_path):
    write_synthetic_mocap(tmp_path / 'test.npz', num_clips=1, num_frames=30)
    pipeline = [{'type': 'PackPoseClip'}]
    dataset = MocapClips(tmp_path / 'test.npz', test_mode=True, pipeline=pipeline)
    return default_collate([dataset[0]])


def test_training_brings_the_triplets_to_zero_loss():
    model, inputs = embedder(), clips()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    first = model.loss(inputs)
    assert first['loss_triplet'] > 0.01
    assert first['num_triplets'] > 50
    for _ in range(60):
        optimizer.zero_grad()
        model.loss(inputs)['loss_triplet'].backward()
        optimizer.step()
    assert model.eval().loss(inputs)['loss_triplet'] < 1e-3


@pytest.mark.parametrize('loss', ['TripletMarginLoss', 'TripletRatioLoss'])
def test_still_clips_give_zero_loss_and_finite_gradients(loss):
    model = embedder(loss={'type': loss})
    losses = model.loss({'normalized_poses': torch.ones(2, 1, 16, 17, 3)})
    assert losses['loss_triplet'] == 0
    assert losses['num_triplets'] == 0
    losses['loss_triplet'].backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    assert gradients
    assert all(torch.equal(g, torch.zeros_like(g)) for g in gradients)


def test_renderings_share_clip_and_frame_but_never_rendering():
    # Two clips of 4 frames.
    rows = torch.tensor([[0, 1, 5, 7], [1, 0, 6, 6], [2, 3, 4, 5]]).repeat(1, 200)
    mined = Triplets(*rows, valid=torch.ones(800, dtype=torch.bool))
    generator = torch.Generator().manual_seed(0)
    spread = spread_over_renderings(mined, 3, 4, 0.25, generator)
    clip, rendering, frame = (
        [rows // 12 for rows in spread[:3]],
        [rows % 12 // 4 for rows in spread[:3]],
        [rows % 4 for rows in spread[:3]],
    )
    for place, rows in enumerate(mined[:3]):
        assert torch.equal(clip[place], rows // 4)
        assert set(rendering[place].tolist()) == {0, 1, 2}
    assert (rendering[0] != rendering[1]).all()
    own_frame = frame[1] == frame[0]
    assert own_frame.float().mean().item() == pytest.approx(0.25, abs=0.05)
    assert torch.equal(frame[1][~own_frame], (mined.positive % 4)[~own_frame])
    assert torch.equal(frame[2], mined.negative % 4)


def test_several_renderings_are_trained_on():
    model = embedder()
    losses = model.loss(clips(num_renderings=3))
    losses['loss_triplet'].backward()
    assert losses['num_triplets'] > 50


def test_the_seed_decides_the_triplets():
    inputs, weights = clips(), embedder().state_dict()
    values = []
    for seed in (1, 1, 2):
        model = embedder(seed=seed)
        model.load_state_dict(weights)
        values.append(model.loss(inputs)['loss_triplet'].item())
    assert values[0] == values[1] != values[2]


def test_prediction_adds_features_to_what_the_normalizer_predicts(tmp_path):
    model = embedder(normalizer=NORMALIZER, data_preprocessor=PREPROCESSOR).eval()
    batch = model.data_preprocessor(seen_clip(tmp_path))
    (sample,) = model(**batch, mode='predict')
    assert sample.clip_id == '00_01'
    assert sample.pred_instances.pose_features.shape == (30, 64)
    poses = sample.pred_instances.normalized_poses
    torch.testing.assert_close(
        sample.pred_instances.pose_features, model.encoder(poses[None])[0]
    )
    predictions = model(**batch)
    torch.testing.assert_close(
        predictions['pose_features'][0], sample.pred_instances.pose_features
    )
    assert 'joint_rotations' in predictions


def test_a_normalizer_stays_as_it_is():
    model = embedder(normalizer=NORMALIZER).train()
    assert not model.normalizer.training
    assert model.encoder.training
    model.loss(clips())['loss_triplet'].backward()
    assert all(parameter.grad is None for parameter in model.normalizer.parameters())


@pytest.fixture
def pretrained(tmp_path):
    """A checkpoint as EMAHook has it, of an E_P: the average is the state dict."""
    model = embedder(normalizer=NORMALIZER)
    weights = model.state_dict()
    own = {name: torch.zeros_like(weight) for name, weight in weights.items()}
    torch.save({'state_dict': weights, 'ema_state_dict': own}, tmp_path / 'e_p.pth')
    weights, own = model.normalizer.state_dict(), embedder().state_dict()
    torch.save({'state_dict': weights, 'ema_state_dict': own}, tmp_path / 'e_q.pth')
    return weights


@pytest.mark.parametrize(
    'source',
    [{'checkpoint': 'e_q.pth'}, {'checkpoint': 'e_p.pth', 'prefix': 'normalizer.'}],
)
def test_a_fitting_normalizer_is_loaded_as_mmengine_loads_it(
    pretrained, tmp_path, monkeypatch, source
):
    monkeypatch.chdir(tmp_path)
    init_cfg = {'type': 'Pretrained', **source}
    model = embedder(normalizer={**NORMALIZER, 'init_cfg': init_cfg})
    model.load_normalizer()
    torch.testing.assert_close(
        model.normalizer.state_dict(), pretrained, rtol=0, atol=0
    )
    plain = embedder(normalizer=NORMALIZER)
    PretrainedInit(**source)(plain.normalizer)
    initialized = embedder(normalizer={**NORMALIZER, 'init_cfg': [init_cfg]})
    initialized.init_weights()
    torch.testing.assert_close(
        initialized.normalizer.state_dict(),
        plain.normalizer.state_dict(),
        rtol=0,
        atol=0,
    )


@pytest.mark.usefixtures('pretrained')
def test_the_normalizers_checkpoint_is_read_once(tmp_path, monkeypatch):
    init_cfg = {'type': 'Pretrained', 'checkpoint': str(tmp_path / 'e_q.pth')}
    model = embedder(normalizer={**NORMALIZER, 'init_cfg': init_cfg})
    load, files = torch.load, []
    monkeypatch.setattr(
        torch, 'load', lambda file, *args, **kw: files.append(file) or load(file, **kw)
    )
    model.load_normalizer()
    model.init_weights()
    assert [str(file) for file in files] == [init_cfg['checkpoint']]


@pytest.mark.usefixtures('pretrained')
@pytest.mark.parametrize(
    ('checkpoint', 'error', 'words'),
    [
        ('e_q.pth', ValueError, r'model\.normalizer\.init_cfg`.*of another shape'),
        ('e_p.pth', ValueError, r'model\.normalizer\.init_cfg`.*weights are missing'),
        ('none.pth', FileNotFoundError, r'none\.pth not found'),
    ],
)
def test_a_normalizer_is_never_left_random(tmp_path, checkpoint, error, words):
    init_cfg = {'type': 'Pretrained', 'checkpoint': str(tmp_path / checkpoint)}
    encoder = {**NORMALIZER['encoder'], 'channels': 16}
    normalizer = {**NORMALIZER, 'encoder': encoder, 'init_cfg': init_cfg}
    with pytest.raises(error, match=words):
        embedder(normalizer=normalizer).init_weights()


def test_joint_training_trains_both(tmp_path):
    model = embedder(
        normalizer=NORMALIZER,
        joint=True,
        data_preprocessor=PREPROCESSOR,
        loss={'type': 'TripletMarginLoss', 'margin': 100.0},  # that nothing satisfies
    ).train()
    assert model.normalizer.training
    with torch.no_grad():  # untrained, it gives every frame almost the same pose
        for parameter in model.normalizer.parameters():
            parameter += 0.3 * torch.randn_like(parameter)
    batch = model.data_preprocessor(seen_clip(tmp_path), training=True)
    losses = model(**batch, mode='loss')
    assert set(losses) == {'loss_recon', 'loss_triplet', 'num_triplets'}
    losses['loss_triplet'].backward()
    gradients = [p.grad for p in model.normalizer.encoder.parameters()]
    assert any(g is not None and g.abs().sum() > 0 for g in gradients)


def test_turned_keypoints_are_encoded_instead(tmp_path):
    model = embedder(
        normalizer=NORMALIZER, poses='turned', data_preprocessor=PREPROCESSOR
    ).eval()
    (sample,) = model(**model.data_preprocessor(seen_clip(tmp_path)), mode='predict')
    poses = turn_to_rest(sample.pred_instances.keypoints)
    torch.testing.assert_close(
        sample.pred_instances.pose_features, model.encoder(poses[None])[0]
    )


def test_what_is_missing_is_said():
    with pytest.raises(ValueError, match='no normalizer, so it can be trained but not'):
        embedder()(clips(), mode='predict')
    with pytest.raises(ValueError, match='`joint` training needs a `normalizer`'):
        PoseEmbedder({}, {}, {}, joint=True)
    with pytest.raises(ValueError, match="`poses` must be 'normalized' or 'turned'"):
        PoseEmbedder({}, {}, {}, poses='raw')


class SpiedEncoder(nn.Module):
    """Remembers the poses it has been given."""

    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder

    def forward(self, poses):
        self.poses = poses
        return self.encoder(poses)


def test_joint_training_in_mixed_precision_learns_from_unrounded_poses(
    tmp_path, monkeypatch
):
    model = embedder(
        normalizer=NORMALIZER, joint=True, data_preprocessor=PREPROCESSOR
    ).train()
    with torch.no_grad():
        for parameter in model.normalizer.parameters():
            parameter += 0.3 * torch.randn_like(parameter)
    model.encoder = SpiedEncoder(model.encoder)
    monkeypatch.setattr(
        'mmposenorm.models.condition_skeleton.inverse_kinematics',
        lambda *_: pytest.fail('training needs no joint rotations'),
    )
    batch = model.data_preprocessor(seen_clip(tmp_path), training=True)
    with torch.autocast('cpu', torch.bfloat16):
        model(**batch, mode='loss')
    poses = model.encoder.poses
    assert poses.dtype == torch.float32
    lengths = bone_vectors(poses).norm(dim=-1)
    expected = model.normalizer.condition.bone_lengths.expand_as(lengths)
    torch.testing.assert_close(lengths, expected, rtol=0, atol=1e-5)
