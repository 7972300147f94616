import pytest
import torch
from mmengine.dataset import default_collate
from mmengine.registry import DefaultScope

from mmposenorm.datasets.mocap_clips import MocapClips
from mmposenorm.datasets.synthetic import write_synthetic_mocap
from mmposenorm.models.references.view_invariant_embedder import semi_hard_triplets
from mmposenorm.registry import MODELS

PREPROCESSOR = {
    'type': 'PoseClipPreprocessor',
    'train_transforms': [
        {'type': 'RenderTwice'},
        {'type': 'VirtualCamera'},
        {'type': 'ViewClip'},
        {'type': 'NormalizeKeypoints'},
    ],
    'test_transforms': [{'type': 'ViewClip'}, {'type': 'NormalizeKeypoints'}],
}


@pytest.fixture
def mocap(tmp_path):
    write_synthetic_mocap(tmp_path / 'mocap.npz', num_clips=2, num_frames=40)
    return {'ann_file': tmp_path / 'mocap.npz', 'pipeline': [{'type': 'PackPoseClip'}]}


@pytest.fixture
def model():
    config = {
        'type': 'ViewInvariantEmbedder',
        'encoder': {'type': 'FullyConnectedEncoder', 'channels': 32, 'dropout': 0.0},
        'loss': {'type': 'TripletRatioLoss'},
        'data_preprocessor': PREPROCESSOR,
    }
    with DefaultScope.overwrite_default_scope('mmposenorm'):
        return MODELS.build(config)


def test_semi_hard_triplets_by_hand():
    # Four poses on a line, 10 cm apart, in two views; features are single numbers.
    poses = torch.zeros(8, 17, 3)
    poses[:, :, 0] = (torch.arange(8.0) % 4)[:, None] * 0.1
    first = torch.tensor([0.0, 1.0, 2.0, 9.0])
    second = torch.tensor([0.5, 1.1, 0.3, 3.0])  # of 0: 0.5 off; of 2: 1.7; of 3: 6
    triplets = semi_hard_triplets(torch.cat([first, second])[:, None], poses, 0.15)
    # Poses two steps apart are negatives: 0 has 2 (0.3 off, nearer than its positive)
    # and 3 (3 off); 1 has 3 (2 off); 2 has 0 (1.5 off, too near); 3 has 0 and 1, 8.5
    # and 7.9 off.
    assert triplets.valid.tolist() == [True, True, False, True]
    assert triplets.anchor.tolist() == [0, 1, 2, 3]
    assert triplets.positive.tolist() == [4, 5, 6, 7]
    assert triplets.negative[triplets.valid].tolist() == [7, 7, 5]


def test_views_of_a_pose_come_together_in_training(model, mocap):
    dataset = MocapClips(**mocap)
    batch = default_collate([_whole_clip(dataset, i) for i in range(2)])
    batch = model.data_preprocessor(batch, training=True)
    assert len(batch['inputs']['keypoint_labels']) == 4
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    losses = []
    for _ in range(60):
        optimizer.zero_grad()
        values = model(**batch, mode='loss')
        losses.append(values['loss_triplet'].item())
        values['loss_triplet'].backward()
        optimizer.step()
    assert sum(losses[-5:]) < 0.6 * sum(losses[:5])


def _whole_clip(dataset, index):
    clip = dataset.clips[index].to_sample('original')
    return dataset.pipeline[0](clip)


def test_features_are_predicted_from_2d(model, mocap):
    dataset = MocapClips(**mocap, test_mode=True)
    batch = model.eval().data_preprocessor(default_collate([dataset[0]]))
    (sample,) = model(**batch, mode='predict')
    assert sample.pred_instances.pose_features.shape == (40, 64)
    assert model(**batch)['pose_features'].shape == (1, 40, 64)


def test_mixed_precision_does_not_change_which_frames_show_another_pose(
    model, mocap, monkeypatch
):
    poses = []

    def spy(features, true_poses, negative_distance):
        poses.append(true_poses)
        return semi_hard_triplets(features, true_poses, negative_distance)

    module = 'mmposenorm.models.references.view_invariant_embedder'
    monkeypatch.setattr(f'{module}.semi_hard_triplets', spy)
    dataset = MocapClips(**mocap)
    batch = default_collate([_whole_clip(dataset, i) for i in range(2)])
    batch = model.data_preprocessor(batch, training=True)
    model(**batch, mode='loss')
    with torch.autocast('cpu', torch.bfloat16):
        model(**batch, mode='loss')
    torch.testing.assert_close(poses[1], poses[0], rtol=0, atol=0)
