import roma
import torch

from mmposenorm.geometry.rest_pose import rest_keypoints, turn_to_rest
from mmposenorm.skeletons import H36M_KEYPOINTS, default_bone_lengths


def test_at_rest_a_person_stands_with_arms_spread():
    rest = dict(zip(H36M_KEYPOINTS, rest_keypoints(), strict=True))
    lengths = dict(zip(H36M_KEYPOINTS, default_bone_lengths(), strict=True))
    leg = lengths['left_knee'] + lengths['left_foot']
    expected = torch.tensor([lengths['left_hip'], -leg, 0]).float()
    torch.testing.assert_close(rest['left_foot'], expected)
    assert rest['left_wrist'][0] > 0 > rest['right_wrist'][0]
    assert rest['head'][1] > rest['thorax'][1] > 0


def test_a_turned_and_moved_rest_pose_comes_back():
    rest = rest_keypoints()
    turns = roma.random_rotmat(5)
    poses = rest @ turns.mT + torch.randn(5, 1, 3)
    turned = turn_to_rest(poses)
    torch.testing.assert_close(turned, rest.expand(5, -1, -1), rtol=0, atol=1e-4)


def test_it_does_not_matter_where_a_pose_is_seen_from():
    poses = torch.randn(5, 17, 3)
    seen = poses @ roma.random_rotmat(5).mT
    torch.testing.assert_close(
        turn_to_rest(seen), turn_to_rest(poses), rtol=0, atol=1e-4
    )


def test_a_larger_person_stays_as_large_with_the_root_at_0():
    poses = 1.2 * rest_keypoints() @ roma.random_rotmat(5).mT + torch.randn(5, 17, 3)
    turned = turn_to_rest(poses)
    torch.testing.assert_close(turned[:, 0], torch.zeros(5, 3))
    torch.testing.assert_close(torch.cdist(turned, turned), torch.cdist(poses, poses))
