import numpy as np
import pytest
import torch

from mmposenorm import forward_kinematics, normalize_keypoints_3d
from mmposenorm.geometry.kinematics import inverse_kinematics, scale_bones
from mmposenorm.geometry.normalization import body_up, normalize_pose
from mmposenorm.geometry.rotations import quaternion_to_matrix
from mmposenorm.skeletons import default_bone_lengths

IDENTITY = torch.tensor([1.0, 0, 0, 0]).double()


def test_closed_form_is_forward_of_inverse_on_the_condition_skeleton(skeleton, poses):
    rotations = inverse_kinematics(poses, skeleton)
    rotations[:, 0] = IDENTITY
    joints = forward_kinematics(
        rotations, torch.from_numpy(skeleton.bone_offsets), skeleton.parents
    )
    torch.testing.assert_close(
        normalize_pose(poses, torch.from_numpy(default_bone_lengths())),
        joints[:, list(skeleton.keypoint_joints)],
    )


def test_normalizing_forgets_body_view_and_place(poses, random_rotations):
    turn = quaternion_to_matrix(random_rotations(1, seed=9))
    scales = torch.linspace(0.7, 1.4, 17).double()
    scales[1] = scales[4]  # both hips alike, so that the root stays between them
    scales[7] = scales[8]  # and the trunk, whose ends set the root frame
    other = scale_bones(poses, scales) @ turn.mT + 5
    torch.testing.assert_close(
        normalize_keypoints_3d(other), normalize_keypoints_3d(poses)
    )


def test_normalizing_resets_a_root_that_is_not_between_the_hips(poses):
    moved = poses.clone()
    moved[:, 0] += 0.1
    torch.testing.assert_close(
        normalize_keypoints_3d(moved), normalize_keypoints_3d(poses)
    )


def test_body_up_of_a_person_who_stands_before_the_camera():
    # Rest to camera frame: left to the right of the image, up to -y, front to -z.
    facing = torch.diag(torch.tensor([1.0, -1, -1]))
    torch.testing.assert_close(body_up(facing), torch.tensor([0.0, 1, 0]))
    # Lying on the back, head away from the camera: the chest (+z) looks up.
    lying = torch.tensor([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
    torch.testing.assert_close(body_up(lying), torch.tensor([0.0, 0, 1]))
    # A camera that looks down by 90 degrees from above sees somebody upright in its
    # picture who lies on their back, head towards its upper edge: the chest looks up.
    torch.testing.assert_close(
        body_up(facing, camera_pitch=90.0), torch.tensor([0.0, 0, 1])
    )


def test_normalize_keypoints_3d_returns_the_type_it_was_given(poses):
    assert normalize_keypoints_3d(poses.numpy()).dtype == np.float32
    assert normalize_keypoints_3d(poses.float()).dtype == torch.float32
    assert normalize_keypoints_3d(np.zeros((0, 17, 3))).shape == (0, 17, 3)


def along_the_hips(poses):
    poses = poses.clone()
    poses[0, 8] = 2 * poses[0, 4] - poses[0, 1]  # right hip, left hip, thorax: a line
    return poses


@pytest.mark.parametrize(
    ('spoil', 'words'),
    [
        (lambda x: x[:, :16], r'expected \(T, 17, 3\)'),
        (lambda x: x[..., :2], r'expected \(T, 17, 3\)'),
        (lambda x: x * float('nan'), 'NaN'),
        (lambda x: x * 0, 'no facing direction'),
        (along_the_hips, 'no facing direction'),
    ],
)
def test_bad_3d_keypoints_are_refused(poses, spoil, words):
    with pytest.raises(ValueError, match=words):
        normalize_keypoints_3d(spoil(poses))


def test_gradients_are_finite_at_rest(skeleton):
    offsets = torch.from_numpy(skeleton.bone_offsets)
    rest = forward_kinematics(
        IDENTITY.expand(skeleton.num_joints, 4), offsets, skeleton.parents
    )
    keypoints = rest[list(skeleton.keypoint_joints)].requires_grad_()
    normalize_pose(keypoints, torch.from_numpy(default_bone_lengths())).sum().backward()
    assert torch.isfinite(keypoints.grad).all()


@pytest.mark.parametrize('unit', [1e-30, 1e-3, 1e30])
def test_any_unit_will_do(poses, unit):
    torch.testing.assert_close(
        normalize_keypoints_3d(poses * unit), normalize_keypoints_3d(poses)
    )


@pytest.mark.parametrize(
    'stored',
    [
        lambda x: np.flip(np.ascontiguousarray(np.flip(x, 0)), 0),
        lambda x: x.astype('>f4'),
        lambda x: x.tolist(),
    ],
)
def test_arrays_however_they_are_stored(poses, stored):
    array = poses.float().numpy()
    normalized = normalize_keypoints_3d(stored(array))
    assert normalized.dtype == np.float32
    np.testing.assert_allclose(normalized, normalize_keypoints_3d(array), atol=1e-6)
