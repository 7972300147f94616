import json

import pytest
import torch

from mmposenorm.geometry.cameras import turn_towards
from mmposenorm.geometry.kinematics import bone_vectors, forward_kinematics, root_frame
from mmposenorm.geometry.rotations import quaternion_to_matrix
from mmposenorm.models import PoseNormalizer
from mmposenorm.models.condition_skeleton import ConditionSkeleton
from mmposenorm.skeletons import H36M_KEYPOINTS, H36M_MIRRORED
from mmposenorm.transforms import (
    HideTruth,
    LabelDepthOrder,
    LabelFootContact,
    NormalizeKeypoints,
    ViewClip,
    VirtualCamera,
)

ALL_LOSSES = {
    'recon': {'type': 'PositionLoss', 'squared': False},
    'normalized': {'type': 'PositionLoss', 'squared': False},
    'cycle': {'type': 'PositionLoss', 'squared': False},
    'rotation_consistency': {'type': 'RotationConsistencyLoss'},
    'foot_contact': {'type': 'FootContactLoss'},
}


def normalizer(losses=ALL_LOSSES, **options):
    torch.manual_seed(0)
    encoder = {'type': 'TemporalConvEncoder', 'channels': 32, 'dilations': (1, 2)}
    return PoseNormalizer(**({'encoder': encoder, 'losses': losses} | options))


@pytest.fixture
def inputs():
    """A prepared batch of 4 clips of 12 frames: bodies that bend more and more."""
    model = normalizer()
    skeleton = model.condition.skeleton
    generator = torch.Generator().manual_seed(0)
    ends = torch.randn(4, 2, skeleton.num_joints, 4, generator=generator) * 0.25
    ends[..., 0] = 1
    weight = torch.linspace(0, 1, 12)[None, :, None, None]
    rotations = (1 - weight) * ends[:, :1] + weight * ends[:, 1:]
    rotations = rotations / rotations.norm(dim=-1, keepdim=True)
    joints = forward_kinematics(
        rotations, torch.tensor(skeleton.bone_offsets).float(), skeleton.parents
    )
    inputs = {
        'keypoints_world': joints[:, :, list(skeleton.keypoint_joints)],
        'fps': torch.full((4,), 50.0),
    }
    for transform in (
        LabelFootContact(),
        VirtualCamera(),
        ViewClip(),
        NormalizeKeypoints(),
    ):
        inputs = transform(inputs, generator)
    return inputs


DESCRIPTIONS = {'clip_id': list('abcd'), 'fps': [50.0] * 4}


@pytest.mark.parametrize('skeleton', ['extended', 'rigid'])
@pytest.mark.parametrize('rotation', ['quaternion', '6d'])
def test_every_variant_has_finite_losses_and_gradients(inputs, skeleton, rotation):
    model = normalizer(skeleton=skeleton, head={'rotation': rotation})
    losses = model(inputs, mode='loss')
    assert set(losses) == {f'loss_{name}' for name in ALL_LOSSES}
    sum(losses.values()).backward()
    for parameter in model.parameters():
        assert torch.isfinite(parameter.grad).all()


def test_it_learns_without_3d_truth(inputs):
    """The 2D keypoints and the order of depths bring the pose nearer to the truth."""
    losses = {'reprojection': 'ReprojectionLoss', 'ordinal_depth': 'OrdinalDepthLoss'}
    model = normalizer(losses={name: {'type': kind} for name, kind in losses.items()})
    generator = torch.Generator().manual_seed(0)
    hidden = HideTruth()(LabelDepthOrder()(inputs, generator), generator)

    def error():
        with torch.no_grad():
            pred, target = model.predictions_and_targets(inputs)
        apart = pred['normalized_poses'] - target['normalized_poses']
        return apart.norm(dim=-1).mean().item()

    before = error()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(60):
        optimizer.zero_grad()
        sum(model(hidden, mode='loss').values()).backward()
        optimizer.step()
    assert error() < 0.8 * before


def test_the_rays_of_the_root_are_those_of_the_truth(inputs):
    """The camera is turned alike with the truth and without it."""
    losses = {'reprojection': {'type': 'ReprojectionLoss'}}
    model = normalizer(losses=losses).eval()
    hidden = HideTruth()(inputs, torch.Generator())
    torch.testing.assert_close(model(hidden, mode='loss'), model(inputs, mode='loss'))


def test_supervised_losses_need_the_truth(inputs):
    hidden = HideTruth()(inputs, torch.Generator())
    with pytest.raises(KeyError, match='lifting_target'):
        normalizer()(hidden, mode='loss')


MIXED_LOSSES = ALL_LOSSES | {'reprojection': {'type': 'ReprojectionLoss'}}


def test_clips_without_labels_count_only_where_no_truth_is_needed(inputs):
    model = normalizer(losses=MIXED_LOSSES).eval()
    labelled = torch.tensor([True, False, True, False])
    mixed = HideTruth()(inputs | {'labelled': labelled}, torch.Generator())
    assert mixed['lifting_target'].isnan().any()
    losses = model(mixed, mode='loss')
    lens = {key: value[labelled] for key, value in inputs['camera'].items()}
    known = {k: v[labelled] for k, v in inputs.items() if k != 'camera'}
    expected = model(known | {'camera': lens}, mode='loss')
    expected['loss_reprojection'] = model(inputs, mode='loss')['loss_reprojection']
    torch.testing.assert_close(losses, expected)


def test_a_batch_without_labels_has_the_losses_that_need_none(inputs):
    model = normalizer(losses=MIXED_LOSSES)
    nobody = inputs | {'labelled': torch.zeros(4, dtype=torch.bool)}
    assert set(model(nobody, mode='loss')) == {'loss_reprojection'}


def test_view_consistency_compares_the_two_renderings(inputs):
    model = normalizer(losses={'view_consistency': {'type': 'PositionLoss'}}).eval()
    keys = ('keypoint_labels', 'keypoints_visible', 'lifting_target')
    same = {key: torch.cat([inputs[key]] * 2) for key in keys}
    other = {key: torch.cat([inputs[key], inputs[key].flip(0)]) for key in keys}
    assert model(same, mode='loss')['loss_view_consistency'] < 1e-10
    # By hand from the predictions: squared distances of clip i and clip 3 - i.
    poses = model(inputs, mode='tensor')['normalized_poses']
    expected = (poses - poses.flip(0)).square().sum(-1).mean()
    torch.testing.assert_close(
        model(other, mode='loss')['loss_view_consistency'], expected
    )


def test_only_the_losses_that_the_config_names_are_computed(inputs):
    model = normalizer(losses={'recon': {'type': 'PositionLoss'}})
    assert set(model(inputs, mode='loss')) == {'loss_recon'}


def test_predictions_of_the_rotations_are_the_normalized_pose(inputs):
    model = normalizer().eval()
    skeleton = model.condition.skeleton
    predictions = model(inputs, mode='tensor')
    rotations = predictions['joint_rotations']
    assert rotations.shape == (4, 12, 20, 4)
    offsets = torch.tensor(skeleton.bone_offsets).float()
    seen = forward_kinematics(rotations, offsets, skeleton.parents)
    torch.testing.assert_close(
        seen[:, :, list(skeleton.keypoint_joints)],
        predictions['condition_keypoints'],
        atol=1e-5,
        rtol=1e-5,
    )
    turned = rotations.clone()
    turned[:, :, 0] = torch.tensor([1.0, 0, 0, 0])
    joints = forward_kinematics(turned, offsets, skeleton.parents)
    torch.testing.assert_close(
        joints[:, :, list(skeleton.keypoint_joints)],
        predictions['normalized_poses'],
        atol=1e-5,
        rtol=1e-5,
    )


@pytest.mark.parametrize('skeleton', ['extended', 'rigid'])
def test_normalized_poses_face_one_way_on_the_condition_skeleton(inputs, skeleton):
    model = normalizer(skeleton=skeleton).eval()
    predictions = model(inputs, mode='tensor')
    pose = predictions['normalized_poses']
    torch.testing.assert_close(
        root_frame(pose), torch.eye(3).expand(4, 12, 3, 3), atol=1e-5, rtol=0
    )
    thigh = (pose[..., 2, :] - pose[..., 1, :]).norm(dim=-1)
    torch.testing.assert_close(thigh, model.condition.bone_lengths[2].expand_as(thigh))


def test_body_up_is_the_cameras_up_in_the_root_frame(inputs):
    predictions = normalizer().eval()(inputs, mode='tensor')
    root = quaternion_to_matrix(predictions['joint_rotations'][:, :, 0])
    up = root.mT @ torch.tensor([0.0, -1, 0])
    torch.testing.assert_close(predictions['body_up'], up, atol=1e-5, rtol=1e-5)


def test_predict_gives_a_data_sample_for_each_clip(inputs):
    model = normalizer().eval()
    samples = model(inputs, DESCRIPTIONS, mode='predict')
    assert [sample.clip_id for sample in samples] == list('abcd')
    sample = samples[0]
    target = inputs['lifting_target'][0]
    torch.testing.assert_close(
        sample.gt_instances.lifting_target, target - target[:, :1]
    )
    # The reconstruction has the bones of the person in the picture.
    thighs = [
        (keypoints[:, 2] - keypoints[:, 1]).norm(dim=-1)
        for keypoints in (sample.pred_instances.keypoints, target)
    ]
    torch.testing.assert_close(*thighs)


def test_the_pose_is_turned_as_the_root_is_seen(inputs):
    # The same picture of somebody who stands elsewhere before the camera.
    model = normalizer().eval()
    aside = torch.tensor([3.0, 1.0, -0.5])
    moved = inputs | {'lifting_target': inputs['lifting_target'] + aside}
    here, there = (
        model(given, DESCRIPTIONS, mode='predict')[0] for given in (inputs, moved)
    )
    views = [
        turn_towards(given['lifting_target'][0, :, 0]) for given in (inputs, moved)
    ]
    for name in ('keypoints', 'condition_keypoints'):
        torch.testing.assert_close(
            here.pred_instances[name] @ views[0],
            there.pred_instances[name] @ views[1],
        )
    torch.testing.assert_close(
        here.pred_instances.normalized_poses,
        there.pred_instances.normalized_poses,
    )


def test_with_flip_test_a_mirrored_picture_gives_the_mirrored_pose(inputs):
    model = normalizer(flip_test=True).eval()
    mirrored = inputs | {
        'keypoint_labels': inputs['keypoint_labels'][:, :, list(H36M_MIRRORED)]
        * torch.tensor([-1.0, 1]),
        'keypoints_visible': inputs['keypoints_visible'][:, :, list(H36M_MIRRORED)],
    }
    poses, again = (model(given)['normalized_poses'] for given in (inputs, mirrored))
    again = again[:, :, list(H36M_MIRRORED)] * torch.tensor([-1.0, 1, 1])
    torch.testing.assert_close(again, poses)
    # The bones are still the condition skeleton's, and the pose is another.
    lengths = bone_vectors(poses).norm(dim=-1)
    expected = model.condition.bone_lengths.expand_as(lengths)
    torch.testing.assert_close(lengths[..., 1:], expected[..., 1:])
    assert (poses - normalizer().eval()(inputs)['normalized_poses']).abs().max() > 0


def test_flip_test_on_the_rigid_skeleton_is_a_clear_error():
    with pytest.raises(ValueError, match='needs the extended skeleton'):
        normalizer(skeleton='rigid', flip_test=True)


def test_a_wise_network_has_no_cycle_error(inputs, monkeypatch):
    # With the true rotations both times, the condition skeleton in that pose comes
    # back: the picture that the cycle makes is of the right pose at the right place.
    model = normalizer().eval()
    truth = model.estimate(inputs['keypoint_labels'], inputs['keypoints_visible'])
    roots = inputs['lifting_target'][:, :, :1]
    own = truth.turn(turn_towards(roots[:, :, 0])).place(model.condition.bone_lengths)
    own = own + roots
    seen = {}

    def remember(labels, visible):
        seen['labels'] = labels
        return truth

    monkeypatch.setattr(model, 'estimate', remember)
    truthful = inputs | {'lifting_target': own}
    truthful = NormalizeKeypoints()(
        ViewClip()(
            {k: v for k, v in inputs.items() if k != 'keypoints'}
            | {'keypoints_world': _to_world(own, inputs['camera'])},
            torch.Generator(),
        ),
        torch.Generator(),
    )
    losses = model(truthful, mode='loss')
    assert losses['loss_cycle'] < 1e-5
    assert losses['loss_rotation_consistency'] < 1e-9
    torch.testing.assert_close(
        seen['labels'], truthful['keypoint_labels'], atol=1e-4, rtol=1e-4
    )


def _to_world(keypoints, camera):
    from mmposenorm.geometry.cameras import camera_to_world

    return camera_to_world(keypoints, camera)


def test_it_learns_four_clips(inputs):
    model = normalizer(
        losses={name: ALL_LOSSES[name] for name in ('recon', 'normalized')}
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(150):
        optimizer.zero_grad()
        sum(model(inputs, mode='loss').values()).backward()
        optimizer.step()
    losses = model.eval()(inputs, mode='loss')
    assert losses['loss_recon'] < 0.02  # metres
    assert losses['loss_normalized'] < 0.02


def test_checkpoint_brings_its_condition_skeleton(inputs, tmp_path):
    lengths = dict.fromkeys(H36M_KEYPOINTS, 0.3)
    file = tmp_path / 'body.json'
    file.write_text(json.dumps({'bone_lengths': lengths}))
    trained = normalizer(condition_skeleton=str(file)).eval()
    fresh = normalizer().eval()
    fresh.load_state_dict(trained.state_dict())
    assert fresh.condition.skeleton.bone_lengths[-1] == pytest.approx(0.3)
    torch.testing.assert_close(
        fresh(inputs, mode='tensor'), trained(inputs, mode='tensor')
    )


def test_checkpoint_of_another_skeleton_is_refused():
    with pytest.raises(ValueError, match='trained on a skeleton of 17 joints'):
        normalizer().load_state_dict(normalizer(skeleton='rigid').state_dict())


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match=r"Unknown losses \['reconn'\]"):
        normalizer(losses={'reconn': {'type': 'PositionLoss'}})
    with pytest.raises(ValueError, match='skeleton must be one of'):
        ConditionSkeleton('bendy')
    with pytest.raises(FileNotFoundError, match='mean_bone_lengths'):
        ConditionSkeleton(file='nowhere.json')


def test_mixed_precision_leaves_the_poses_in_full_precision(inputs):
    # Joint training of the pose embedder takes its poses from here.
    model = normalizer().eval()
    torch.nn.init.normal_(model.head.linear.weight, std=0.1)
    with torch.autocast('cpu', torch.bfloat16):
        predictions = model(inputs)
    assert {value.dtype for value in predictions.values()} == {torch.float32}
    lengths = bone_vectors(predictions['normalized_poses']).norm(dim=-1)
    expected = model.condition.bone_lengths.expand_as(lengths)
    torch.testing.assert_close(lengths, expected, atol=1e-5, rtol=0)
