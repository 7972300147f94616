import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation
from torch.utils._python_dispatch import TorchDispatchMode

from mmposenorm import forward_kinematics
from mmposenorm.geometry.distances import bone_angles_between
from mmposenorm.geometry.kinematics import (
    accumulate_bones,
    bone_vectors,
    inverse_kinematics,
    root_frame,
    scale_bones,
)
from mmposenorm.geometry.normalization import normalize_pose
from mmposenorm.geometry.rest_pose import turn_to_rest
from mmposenorm.geometry.rotations import quaternion_to_matrix
from mmposenorm.skeletons import (
    H36M_PARENTS,
    default_bone_lengths,
    rigid_skeleton,
)

PARENTS = [-1, 0, 1, 1]  # a root, a spine and two arms
OFFSETS = torch.tensor([[0, 0, 0], [0, 1, 0], [1, 0, 0], [-1, 0, 0.0]]).double()
IDENTITY = torch.tensor([1.0, 0, 0, 0]).double()


def own_bone_offsets(poses, skeleton):
    """Offsets at rest with the bone lengths of each pose, (..., J, 3)."""
    lengths = poses.new_zeros(*poses.shape[:-2], skeleton.num_joints)
    keypoint_joints = list(skeleton.keypoint_joints)
    lengths[..., keypoint_joints] = bone_vectors(poses).norm(dim=-1)
    return lengths[..., None] * torch.from_numpy(skeleton.rest_directions)


def quaternion(axis, degrees):
    q = Rotation.from_euler(axis, degrees, degrees=True).as_quat()
    return torch.from_numpy(q[[3, 0, 1, 2]])


def test_arrays_give_arrays(random_rotations):
    rotations = random_rotations(5, 4).float()
    posed = forward_kinematics(rotations.numpy(), OFFSETS.numpy(), PARENTS)
    assert posed.dtype == np.float32
    expected = forward_kinematics(rotations, OFFSETS.float(), PARENTS)
    np.testing.assert_array_equal(posed, expected.numpy())


def test_identity_gives_rest_pose():
    rest = torch.tensor([[0, 0, 0], [0, 1, 0], [1, 1, 0], [-1, 1, 0.0]]).double()
    positions = forward_kinematics(IDENTITY.expand(4, 4), OFFSETS, PARENTS)
    torch.testing.assert_close(positions, rest)


def test_known_pose():
    # The spine tip turned by 90 degrees about z: the left arm (+x) points up.
    rotations = IDENTITY.repeat(4, 1)
    rotations[1] = quaternion('z', 90)
    positions = forward_kinematics(rotations, OFFSETS, PARENTS)
    expected = torch.tensor([[0, 0, 0], [0, 1, 0], [0, 2, 0], [0, 0, 0.0]]).double()
    torch.testing.assert_close(positions, expected)


@pytest.mark.parametrize('batch_shape', [(), (1,), (2, 5)])
@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_bone_lengths_never_change(batch_shape, dtype, random_rotations):
    rotations = random_rotations(*batch_shape, 4).to(dtype)
    positions = forward_kinematics(rotations, OFFSETS.to(dtype), PARENTS)
    bones = positions[..., 1:, :] - positions[..., PARENTS[1:], :]
    assert positions.dtype == dtype
    torch.testing.assert_close(
        bones.norm(dim=-1), torch.ones(*batch_shape, 3, dtype=dtype)
    )


def test_agrees_with_a_plain_loop_over_joints(skeleton, random_rotations):
    rotations = random_rotations(3, skeleton.num_joints, seed=4)
    rot_mats = quaternion_to_matrix(rotations)
    offsets = torch.from_numpy(skeleton.bone_offsets)
    positions = [torch.zeros(3, 3).double()]
    chained = [rot_mats[:, 0]]
    for joint, parent in enumerate(skeleton.parents[1:], start=1):
        positions.append(positions[parent] + chained[parent] @ offsets[joint])
        chained.append(chained[parent] @ rot_mats[:, joint])
    torch.testing.assert_close(
        forward_kinematics(rotations, offsets, skeleton.parents),
        torch.stack(positions, dim=1),
    )


def test_turning_the_root_turns_the_body(random_rotations):
    rotations, turn = random_rotations(4), quaternion('xyz', [10, 20, 30])
    turned = rotations.clone()
    both = Rotation.from_quat(turn.numpy()[[1, 2, 3, 0]]) * Rotation.from_quat(
        rotations[0].numpy()[[1, 2, 3, 0]]
    )
    turned[0] = torch.from_numpy(both.as_quat()[[3, 0, 1, 2]])
    expected = (
        forward_kinematics(rotations, OFFSETS, PARENTS) @ quaternion_to_matrix(turn).mT
    )
    torch.testing.assert_close(forward_kinematics(turned, OFFSETS, PARENTS), expected)


def test_gradients(random_rotations):
    rotations = random_rotations(2, 4).requires_grad_()
    assert torch.autograd.gradcheck(
        lambda r: forward_kinematics(r, OFFSETS, PARENTS), (rotations,)
    )


def test_child_before_parent_is_refused():
    with pytest.raises(ValueError, match='Joint 1 has parent 2'):
        forward_kinematics(IDENTITY.expand(4, 4), OFFSETS, [-1, 2, 0, 1])


def test_wrong_joint_count_is_refused():
    with pytest.raises(ValueError, match=r'joint_rotations has shape \(3, 4\)'):
        forward_kinematics(IDENTITY.expand(3, 4), OFFSETS, PARENTS)


def test_skeletons_rotate_the_joints_of_the_paper_and_three_more(skeleton):
    rigid = rigid_skeleton(default_bone_lengths())
    assert rigid.rotating_joints == (0, 1, 2, 4, 5, 7, 8, 9, 11, 12, 14, 15)
    more = {skeleton.joint_names[j] for j in skeleton.rotating_joints} - {
        rigid.joint_names[j] for j in rigid.rotating_joints
    }
    assert more == {'spine_root', 'left_clavicle', 'right_clavicle'}


def test_inverse_then_forward_is_exact_on_the_extended_skeleton(skeleton, poses):
    poses = poses * torch.linspace(0.5, 2, 6).double()[:, None, None]  # six bodies
    joints = forward_kinematics(
        inverse_kinematics(poses, skeleton),
        own_bone_offsets(poses, skeleton),
        skeleton.parents,
    )
    error_mm = 1000 * (joints[:, list(skeleton.keypoint_joints)] - poses).abs().max()
    assert error_mm < 1e-4


def test_inverse_kinematics_reaches_real_poses(skeleton, shared_data):
    with np.load(shared_data / 'cmu_h36m17' / 'test.npz') as clips:
        poses = torch.from_numpy(clips['127_23'].astype(float))
    joints = forward_kinematics(
        inverse_kinematics(poses, skeleton),
        own_bone_offsets(poses, skeleton),
        skeleton.parents,
    )
    reached = joints[:, list(skeleton.keypoint_joints)] + poses[:, :1]
    # The root of these float32 files is mid-hips up to rounding, half a micrometre.
    assert 1000 * (reached - poses).norm(dim=-1).max() < 2e-3


def test_a_rest_pose_has_identity_rotations(skeleton):
    offsets = torch.from_numpy(skeleton.bone_offsets)
    identity = IDENTITY.expand(skeleton.num_joints, 4)
    rest = forward_kinematics(identity, offsets, skeleton.parents)
    keypoints = rest[list(skeleton.keypoint_joints)]
    torch.testing.assert_close(inverse_kinematics(keypoints, skeleton), identity)


def test_root_frame_of_a_rest_pose_looks_along_z():
    skeleton = rigid_skeleton(default_bone_lengths())
    identity = IDENTITY.expand(17, 4)
    rest = forward_kinematics(
        identity, torch.from_numpy(skeleton.bone_offsets), skeleton.parents
    )
    assert rest[4, 0] > 0  # the left hip is at +x
    assert rest[10, 1] > rest[0, 1] > rest[3, 1]  # head over root over foot
    torch.testing.assert_close(root_frame(rest), torch.eye(3).double())


def test_scale_bones_doubles_a_straight_body():
    rest = torch.zeros(17, 3)
    for joint, parent in enumerate(H36M_PARENTS[1:], start=1):
        rest[joint] = rest[parent] + torch.tensor([0, 1.0, 0])
    rest = rest + 3
    torch.testing.assert_close(
        scale_bones(rest, torch.full((17,), 2.0)), 2 * (rest - 3) + 3
    )


def test_inverse_kinematics_moves_the_root_between_the_hips(skeleton, poses):
    moved = poses.clone()
    moved[:, 0] += 0.1
    torch.testing.assert_close(
        inverse_kinematics(moved, skeleton), inverse_kinematics(poses, skeleton)
    )


def test_accumulated_bones_give_the_pose_back(poses):
    joints = accumulate_bones(bone_vectors(poses), H36M_PARENTS)
    torch.testing.assert_close(joints, poses - poses[:, :1])


class CopiedConstants(TorchDispatchMode):
    """Counts the tensors that are made from Python numbers or copied elsewhere."""

    def __init__(self):
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.count += func.name() in ('aten::lift_fresh', 'aten::_to_copy')
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize(
    'compute',
    [
        lambda poses, skeleton: accumulate_bones(poses, H36M_PARENTS),
        lambda poses, skeleton: scale_bones(poses, poses[..., 0]),
        lambda poses, skeleton: inverse_kinematics(poses, skeleton),
        lambda poses, skeleton: normalize_pose(poses, poses[0, :, 0]),
        lambda poses, skeleton: turn_to_rest(poses),
        lambda poses, skeleton: bone_angles_between(poses, poses),
        lambda poses, skeleton: forward_kinematics(
            torch.cat([poses, poses[..., :1]], dim=-1), poses, H36M_PARENTS
        ),
    ],
    ids=['bones', 'scale', 'inverse', 'normalize', 'rest', 'angles', 'forward'],
)
def test_a_second_call_copies_no_constant_to_the_device(poses, skeleton, compute):
    compute(poses, skeleton)
    with CopiedConstants() as copied:
        compute(poses, skeleton)
    assert copied.count == 0


def test_constants_first_needed_in_inference_can_be_trained_with():
    bones = torch.ones(2, 3, 3, dtype=torch.float64)
    parents = (-1, 0, 0)  # of no other test, so that the constant is not cached yet
    with torch.inference_mode():
        accumulate_bones(bones, parents)
    weights = torch.ones(2, 3, 1, dtype=torch.float64, requires_grad=True)
    accumulate_bones(weights * bones, parents).sum().backward()
    # The root's bone is not used; each other bone moves one joint, in 3 coordinates.
    expected = torch.tensor([[[0.0], [3], [3]]]).double().expand(2, 3, 1)
    torch.testing.assert_close(weights.grad, expected)
