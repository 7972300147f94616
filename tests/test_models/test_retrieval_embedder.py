import pytest
import torch
from mmengine.registry import DefaultScope
from scipy.spatial.transform import Rotation

from mmposenorm.datasets import MocapClips
from mmposenorm.datasets.clip_dataset import ClipSampler
from mmposenorm.datasets.synthetic import write_synthetic_mocap
from mmposenorm.geometry.kinematics import forward_kinematics
from mmposenorm.models.losses.retrieval import retrieval_loss
from mmposenorm.registry import MODELS
from mmposenorm.skeletons import default_bone_lengths, extended_skeleton
from mmposenorm.transforms.clips import collate_clips

LENGTH = 24
PREPROCESSOR = {
    'type': 'PoseClipPreprocessor',
    'train_transforms': [
        {'type': 'RenderTwice'},
        {'type': 'WarpTime', 'length': LENGTH},
        {'type': 'VirtualCamera'},
        {'type': 'ViewClip'},
        {'type': 'NormalizeKeypoints'},
    ],
}
ENCODER = {'type': 'TemporalConvEncoder', 'channels': 32, 'dilations': [1, 2]}


def build(**options):
    config = {
        'type': 'RetrievalEmbedder',
        'encoder': ENCODER,
        'loss': {'type': 'RetrievalLoss'},
        'data_preprocessor': PREPROCESSOR,
        **options,
    }
    with DefaultScope.overwrite_default_scope('mmposenorm'):
        return MODELS.build(config)


@pytest.fixture
def batch(tmp_path):
    """Raw batch of four windows of made-up motion."""
    write_synthetic_mocap(tmp_path / 'mocap.npz', num_clips=4, num_frames=60)
    dataset = MocapClips(
        tmp_path / 'mocap.npz',
        pipeline=[{'type': 'RandomClip', 'length': 40}, {'type': 'PackPoseClip'}],
    )
    items = list(ClipSampler(dataset, seed=0))[:4]
    return collate_clips([dataset[item] for item in items])


def test_features_are_unit_vectors_of_the_asked_size():
    model = build(feature_size=7)
    out = model({'keypoint_labels': torch.randn(2, 9, 17, 2),
                 'keypoints_visible': torch.ones(2, 9, 17)})  # fmt: skip
    assert set(out) == {'pose_features'}
    assert out['pose_features'].shape == (2, 9, 7)
    torch.testing.assert_close(out['pose_features'].norm(dim=-1), torch.ones(2, 9))


def test_retrieval_improves_with_training(batch):
    torch.manual_seed(0)
    model = build()
    inputs = model.data_preprocessor(batch, training=True)['inputs']
    assert inputs['keypoint_labels'].shape == (8, LENGTH, 17, 2)
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    points = model._teacher(inputs)
    d = torch.cdist(*points.chunk(2))
    # No features can do better than these similarities.
    floor, weight = retrieval_loss(-((d / 0.03) ** 2), d, width=0.03, far=0.1)
    floor = (floor.sum() / weight.sum()).item()
    losses = []
    for _ in range(240):
        loss = model(inputs, mode='loss')['loss_retrieval']
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert losses[-1] - floor < 0.5 * (losses[0] - floor)


def test_the_teacher_measures_rms_joint_distances(batch):
    model = build()
    inputs = model.data_preprocessor(batch, training=True)['inputs']
    points = model._teacher(inputs)
    samples = model(inputs, {'clip_id': list('abcdefgh')}, mode='predict')
    poses = samples[0].gt_instances.normalized_poses
    rms = (poses[3] - poses[11]).square().sum(-1).mean().sqrt()
    torch.testing.assert_close((points[0, 3] - points[0, 11]).norm(), rms)


def test_the_teacher_tells_a_body_that_leans():
    # An upright body and the same leaning by 60 degrees: in the root frame, the
    # directions of gravity are 60 degrees apart, a chord of length 1.
    upright = torch.from_numpy(synthetic_body()).float()[None, None]
    lean = torch.from_numpy(Rotation.from_euler('z', 60, degrees=True).as_matrix())
    poses = torch.cat([upright, upright @ lean.float().T], dim=1)
    inputs = {'lifting_target': poses, 'keypoints_world': poses}
    plain, with_up = (build(up_weight=w)._teacher(inputs)[0] for w in (0.0, 0.25))
    torch.testing.assert_close(plain[0], plain[1], atol=1e-5, rtol=0)
    distance = (with_up[0] - with_up[1]).norm()
    torch.testing.assert_close(distance, torch.tensor(0.25), atol=1e-5, rtol=0)


def synthetic_body():
    """The T-pose, upright: gravity is along the y axis of its root frame."""
    skeleton = extended_skeleton(default_bone_lengths())
    identity = torch.zeros(skeleton.num_joints, 4)
    identity[:, 0] = 1
    offsets = torch.from_numpy(skeleton.bone_offsets).float()
    joints = forward_kinematics(identity, offsets, skeleton.parents)
    return joints[list(skeleton.keypoint_joints)].numpy()


def test_training_starts_from_the_weights_that_are_named(tmp_path):
    other = build()
    state = other.encoder.state_dict()
    weights = {f'normalizer.encoder.{key}': value for key, value in state.items()}
    torch.save({'state_dict': weights}, tmp_path / 'other.pth')
    start = {'checkpoint': str(tmp_path / 'other.pth'), 'prefix': 'normalizer.encoder'}
    model = build(start_from=start)
    model.init_weights()
    for name, value in model.encoder.state_dict().items():
        torch.testing.assert_close(value, other.encoder.state_dict()[name])


def test_weights_of_another_encoder_are_refused(tmp_path):
    torch.save({'state_dict': {'a': torch.zeros(1)}}, tmp_path / 'other.pth')
    model = build(start_from={'checkpoint': str(tmp_path / 'other.pth')})
    with pytest.raises(ValueError, match='does not fit'):
        model.init_weights()


def test_the_normalizer_is_not_trained():
    normalizer = {'type': 'PoseNormalizer', 'encoder': ENCODER, 'losses': {}}
    model = build(normalizer=normalizer).train()
    assert not model.normalizer.training
    assert not any(p.requires_grad for p in model.normalizer.parameters())
    out = model({'keypoint_labels': torch.randn(1, 5, 17, 2),
                 'keypoints_visible': torch.ones(1, 5, 17)})  # fmt: skip
    assert {'pose_features', 'normalized_poses', 'joint_rotations'} <= set(out)
