import pytest
import torch
from lifted_clips import IDENTITY, clips, temporal_lifter
from mmengine.registry import DefaultScope
from torch import nn

from mmposenorm.geometry.kinematics import (
    bone_vectors,
    forward_kinematics,
    root_frame,
)
from mmposenorm.geometry.normalization import normalize_keypoints_3d
from mmposenorm.geometry.rotations import matrix_to_quaternion
from mmposenorm.models.lifters.lifted_normalizer import LiftedPoseNormalizer
from mmposenorm.registry import MODELS
from mmposenorm.skeletons import default_bone_lengths, extended_skeleton


@MODELS.register_module()
class TrueLifter(nn.Module):
    """Knows the true pose, up to where the root is and how large the person is."""

    def forward(self, inputs):
        return 1.3 * inputs['lifting_target'] + 0.5


LIFTERS = {
    'videopose3d': temporal_lifter(dropout=0.0),
    'simplebaseline3d': temporal_lifter((1, 1, 1), num_joints=16, dropout=0.0),
    'semgcn': {'type': 'SemGCN', 'channels': 8, 'num_blocks': 1},
}


@pytest.fixture
def skeleton():
    return extended_skeleton(default_bone_lengths())


def descriptions(num_clips=2):
    return {'clip_id': [f'clip {i}' for i in range(num_clips)]}


def test_a_true_lifter_gives_the_true_normalized_pose():
    inputs = clips()
    model = LiftedPoseNormalizer({'type': 'TrueLifter'})
    samples = model(inputs, descriptions(), mode='predict')
    assert [sample.clip_id for sample in samples] == ['clip 0', 'clip 1']
    for sample, target in zip(samples, inputs['lifting_target'], strict=True):
        expected = normalize_keypoints_3d(target)
        pred, gt = sample.pred_instances, sample.gt_instances
        torch.testing.assert_close(pred.normalized_poses, expected)
        torch.testing.assert_close(gt.normalized_poses, expected)
        torch.testing.assert_close(gt.lifting_target, target - target[:, :1])
        torch.testing.assert_close(pred.keypoints, 1.3 * gt.lifting_target)


def test_rotations_pose_the_condition_skeleton(skeleton):
    inputs = clips()
    predictions = LiftedPoseNormalizer({'type': 'TrueLifter'})(inputs)
    rotations = predictions['joint_rotations']
    offsets = torch.tensor(skeleton.bone_offsets).float()
    keypoints = list(skeleton.keypoint_joints)
    posed = forward_kinematics(rotations, offsets, skeleton.parents)[..., keypoints, :]
    torch.testing.assert_close(
        posed, predictions['condition_keypoints'], rtol=0, atol=1e-5
    )
    unturned = rotations.clone()
    unturned[..., 0, :] = IDENTITY
    posed = forward_kinematics(unturned, offsets, skeleton.parents)[..., keypoints, :]
    torch.testing.assert_close(
        posed, predictions['normalized_poses'], rtol=0, atol=1e-5
    )
    frame = root_frame(inputs['lifting_target'])
    torch.testing.assert_close(
        rotations[..., 0, :], matrix_to_quaternion(frame), rtol=0, atol=1e-5
    )
    up = frame.mT @ torch.tensor([0, -1.0, 0])
    torch.testing.assert_close(predictions['body_up'], up, rtol=0, atol=1e-5)


@pytest.mark.parametrize('lifter', LIFTERS.values(), ids=LIFTERS)
@pytest.mark.parametrize('num_frames', [1, 5])
def test_every_lifter_gives_every_frame(lifter, num_frames):
    model = LiftedPoseNormalizer(lifter).eval()
    predictions = model(clips(num_frames=num_frames))
    assert predictions['keypoints'].shape == (2, num_frames, 17, 3)
    assert (predictions['keypoints'][:, :, 0] == 0).all()


@pytest.mark.parametrize('lifter', LIFTERS.values(), ids=LIFTERS)
def test_a_new_lifter_starts_from_a_small_pose(lifter):
    model = LiftedPoseNormalizer(lifter)
    model.init_weights()  # as a runner does
    keypoints = model.lift(clips(num_clips=8))
    assert keypoints.norm(dim=-1).mean() < 0.2


@pytest.mark.parametrize('lifter', LIFTERS.values(), ids=LIFTERS)
def test_every_lifter_learns_a_few_clips(lifter):
    model = LiftedPoseNormalizer(lifter)
    inputs = clips(num_clips=4, num_frames=8)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    losses = []
    for _ in range(80):
        loss = model(inputs, mode='loss')['loss_position']
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 2


def test_loss_is_the_mean_distance_in_metres():
    class Constant(nn.Module):
        def __init__(self):
            super().__init__()
            self.joints = nn.Parameter(torch.zeros(1, 1, 17, 3))

        def forward(self, inputs):
            return self.joints + torch.zeros_like(inputs['lifting_target'])

    model = LiftedPoseNormalizer({'type': 'TrueLifter'})
    model.lifter = Constant()
    target = torch.ones(1, 2, 17, 3)
    target[:, :, 3] = torch.tensor([1 + 0.3, 1 + 0.4, 1])  # 0.5 m off
    loss = model({'lifting_target': target}, mode='loss')['loss_position']
    torch.testing.assert_close(loss, torch.tensor(0.5 / 17))


def test_a_checkpoint_carries_the_condition_skeleton():
    model = LiftedPoseNormalizer(LIFTERS['semgcn'])
    model.condition.bone_lengths *= 1.2
    again = LiftedPoseNormalizer(LIFTERS['semgcn'])
    again.load_state_dict(model.state_dict())
    inputs = clips()
    torch.testing.assert_close(
        again.eval()(inputs)['normalized_poses'],
        model.eval()(inputs)['normalized_poses'],
    )


@pytest.mark.parametrize('name', LIFTERS)
def test_mixed_precision_rounds_neither_joints_nor_bone_lengths(name):
    config = {'type': 'LiftedPoseNormalizer', 'lifter': LIFTERS[name]}
    with DefaultScope.overwrite_default_scope('mmposenorm'):
        model = MODELS.build(config).eval()
    for parameter in model.lifter.head.parameters():
        nn.init.normal_(parameter, std=0.3)
    inputs = clips()
    with torch.autocast('cpu', torch.bfloat16):
        predictions = model(inputs)
        loss = model.loss(inputs)['loss_position']
    assert loss.dtype == torch.float32
    keypoints = predictions['keypoints']
    assert keypoints.dtype == torch.float32
    moved = keypoints[:, :, 2:]  # the root, and one that some lifters lack, are 0
    rounded = moved.bfloat16().float() == moved
    assert rounded.float().mean() < 0.1  # by chance, one value in 256 is
    lengths = bone_vectors(predictions['normalized_poses']).norm(dim=-1)
    expected = torch.from_numpy(default_bone_lengths()).float().expand_as(lengths)
    torch.testing.assert_close(lengths, expected, atol=1e-5, rtol=0)


def test_lifters_predict_without_ground_truth():
    inputs = clips(num_frames=9)
    del inputs['lifting_target']
    model = LiftedPoseNormalizer(LIFTERS['semgcn']).eval()
    samples = model(inputs, descriptions(), mode='predict')
    assert samples[0].pred_instances.normalized_poses.shape == (9, 17, 3)
    assert not samples[0].gt_instances.keys()
