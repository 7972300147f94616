import pytest
import torch

from mmposenorm.geometry.kinematics import forward_kinematics
from mmposenorm.geometry.rotations import matrix_to_quaternion
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
def test_placed_bones_are_forward_kinematics_of_the_rotations(skeleton, rotation):
    posed = random_head(skeleton, rotation=rotation)(torch.randn(3, 5, 8))
    joints = forward_kinematics(
        matrix_to_quaternion(posed.rot_mats),
        torch.tensor(skeleton.bone_offsets).float(),
        skeleton.parents,
    )
    torch.testing.assert_close(
        posed.place(torch.tensor(LENGTHS).float()),
        joints[..., list(skeleton.keypoint_joints), :],
        atol=1e-5,
        rtol=1e-5,
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
