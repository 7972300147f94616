import pytest
import torch

from mmposenorm.geometry.kinematics import forward_kinematics
from mmposenorm.geometry.rotations import quaternion_to_matrix
from mmposenorm.models import FKHead
from mmposenorm.skeletons import (
    default_bone_lengths,
    extended_skeleton,
    rigid_skeleton,
)

LENGTHS = default_bone_lengths()
SKELETONS = [extended_skeleton(LENGTHS), rigid_skeleton(LENGTHS)]


def random_head(skeleton, **options):
    torch.manual_seed(0)
    head = FKHead(8, skeleton, **options)
    torch.nn.init.normal_(head.linear.weight)
    return head


@pytest.mark.parametrize('skeleton', SKELETONS, ids=lambda s: s.kind)
@pytest.mark.parametrize('rotation', ['quaternion', '6d'])
@pytest.mark.parametrize('frame', ['parent', 'root'])
def test_placed_bones_are_forward_kinematics_of_the_rotations(
    skeleton, rotation, frame
):
    head = random_head(skeleton, rotation=rotation, frame=frame)
    posed = head(torch.randn(3, 5, 8))
    joints = forward_kinematics(
        head.joint_rotations(posed),
        torch.tensor(skeleton.bone_offsets).float(),
        skeleton.parents,
    )
    torch.testing.assert_close(
        posed.place(torch.tensor(LENGTHS).float()),
        joints[..., list(skeleton.keypoint_joints), :],
        atol=1e-5,
        rtol=1e-5,
    )


def test_rotations_local_to_the_parent_are_what_the_network_said():
    head = random_head(SKELETONS[0], rotation='quaternion', frame='parent')
    features = torch.randn(3, 8)
    said = head.linear(features).unflatten(-1, (-1, 4))
    said = torch.nn.functional.normalize(said, dim=-1)
    found = head.joint_rotations(head(features))[:, head.rotating]
    torch.testing.assert_close(
        quaternion_to_matrix(found), quaternion_to_matrix(said), atol=1e-5, rtol=1e-5
    )


@pytest.mark.parametrize('rotation', ['quaternion', '6d'])
def test_an_untrained_head_stands_upright_before_the_camera(rotation):
    head = FKHead(8, SKELETONS[0], rotation=rotation)
    keypoints = head(torch.zeros(1, 8)).place(torch.tensor(LENGTHS).float())[0]
    assert keypoints[10, 1] < keypoints[0, 1] < keypoints[3, 1]  # y points down
    assert keypoints[4, 0] > 0  # facing the camera, the left hip is to the right


@pytest.mark.parametrize('rotation', ['quaternion', '6d'])
def test_gradients_reach_every_rotation(rotation):
    head = random_head(SKELETONS[0], rotation=rotation)
    keypoints = head(torch.randn(4, 8)).place(torch.ones(17))
    (keypoints * torch.randn_like(keypoints)).sum().backward()
    per_joint = head.linear.bias.grad.reshape(len(head.rotating), -1)
    assert (per_joint.norm(dim=1) > 0).all()


def test_unknown_representation_is_refused():
    with pytest.raises(ValueError, match="rotation must be 'quaternion' or '6d'"):
        FKHead(8, SKELETONS[0], rotation='euler')


def test_unknown_frame_is_refused():
    with pytest.raises(ValueError, match="frame must be 'parent' or 'root'"):
        FKHead(8, SKELETONS[0], frame='world')
