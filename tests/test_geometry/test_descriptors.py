import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from mmposenorm.geometry.descriptors import (
    bone_angles,
    joint_angles,
    limb_directions,
    limbs_seen,
    turned_keypoints,
    upright_keypoints,
)
from mmposenorm.geometry.rest_pose import rest_keypoints


def test_a_bone_angle_by_hand():
    keypoints = np.zeros((1, 17, 2))
    keypoints[0, 1] = (0, 1)  # hip: along +y, 90 degrees from the image's x
    keypoints[0, 2] = (-1, 1)  # knee: along -x, 90 degrees from the thigh before it
    keypoints[0, 3] = (-1, 2)  # foot: along +y, -90 degrees from the shin before it
    sines, cosines = np.split(bone_angles(keypoints), 2, axis=-1)
    np.testing.assert_allclose(sines[0, :3], [1, 1, -1], atol=1e-12)
    np.testing.assert_allclose(cosines[0, :3], [0, 0, 0], atol=1e-12)


def test_at_rest_no_joint_is_turned():
    sines, cosines = np.split(joint_angles(rest_keypoints().numpy()[None]), 2, axis=-1)
    np.testing.assert_allclose(sines, 0, atol=1e-6)
    np.testing.assert_allclose(cosines, 1, atol=1e-6)


def test_a_bent_elbow_is_one_angle():
    pose = rest_keypoints().numpy()[None].copy()
    elbow, wrist = pose[0, 12].copy(), pose[0, 13].copy()
    direction = np.array([0.8, 0, 0.6])
    pose[0, 13] = elbow + np.linalg.norm(wrist - elbow) * direction
    sines, cosines = np.split(joint_angles(pose), 2, axis=-1)
    turned = np.abs(sines[0]) > 1e-6
    assert turned.sum() == 1  # from +x towards +z: negative about y
    np.testing.assert_allclose(sines[0, turned], -0.6, atol=1e-6)
    np.testing.assert_allclose(cosines[0, turned], 0.8, atol=1e-6)


@pytest.mark.parametrize('describe', [joint_angles, turned_keypoints])
def test_descriptors_of_3d_poses_do_not_depend_on_the_view(describe):
    poses = np.random.default_rng(0).normal(size=(6, 17, 3))
    poses[:, 0] = (poses[:, 1] + poses[:, 4]) / 2
    turn = Rotation.random(rng=np.random.default_rng(1)).as_matrix()
    np.testing.assert_allclose(describe(poses @ turn.T), describe(poses), atol=1e-6)


def test_a_turned_pose_keeps_its_bones():
    poses = torch.randn(3, 17, 3).numpy()
    turned = turned_keypoints(poses).reshape(3, 17, 3)
    np.testing.assert_allclose(
        np.linalg.norm(turned[:, 3] - turned[:, 2], axis=-1),
        np.linalg.norm(poses[:, 3] - poses[:, 2], axis=-1),
        rtol=1e-4,
    )


def test_limb_directions_by_hand():
    poses = np.zeros((2, 17, 3))
    poses[:, 2] = (0, -0.4, 0.3)  # right knee, from a hip at 0
    poses[:, 3] = (0, -0.4, 0.5)  # right foot: straight ahead of the knee
    poses[:, 11] = (0.2, 0.5, 0)  # left shoulder; its arm hangs
    poses[:, 14] = (-0.2, 0.5, 0)
    poses[:, 12:14, 0], poses[:, 12, 1], poses[:, 13, 1] = 0.2, 0.2, -0.1
    limbs = limb_directions(poses).reshape(2, 9, 3)
    np.testing.assert_allclose(limbs[1, 0], [0, -0.8, 0.6])
    np.testing.assert_allclose(limbs[1, 1], [0, 0, 1])
    np.testing.assert_allclose(limbs[1, 4:6], [[0, -1, 0], [0, -1, 0]], atol=1e-12)
    np.testing.assert_allclose(limbs[1, 8], [1, 0, 0])  # from the right to the left
    np.testing.assert_array_equal(limbs[1, 2], 0)  # the left thigh has no length


def test_uncertain_limbs_are_shorter_by_hand():
    poses = np.random.default_rng(0).normal(size=(2, 17, 3))
    sigma = np.zeros((2, 16))
    sigma[0, 12 - 1] = 0.5  # the left upper arm ends at keypoint 12
    sigma[0, [11 - 1, 14 - 1]] = 1.0  # both halves of the line of the shoulders
    lengths = np.linalg.norm(limb_directions(poses, sigma).reshape(2, 9, 3), axis=-1)
    np.testing.assert_allclose(lengths[1], 1)
    np.testing.assert_allclose(lengths[0, [4, 8]], [np.exp(-0.5), np.exp(-1)])
    np.testing.assert_allclose(np.delete(lengths[0], [4, 8]), 1)


def test_a_limb_is_seen_if_both_its_ends_are():
    visible = np.ones((2, 17))
    visible[0, 2] = 0  # right knee: neither thigh nor shin
    visible[1, [13, 14]] = 0  # left wrist and right shoulder
    seen = limbs_seen(visible)
    assert np.flatnonzero(~seen[0]).tolist() == [0, 1]
    # Left forearm, right upper arm, shoulder line.
    assert np.flatnonzero(~seen[1]).tolist() == [5, 6, 8]


def test_who_lies_is_laid_down():
    # Face down: up is backwards, -z. What was along z (ahead) then points down.
    poses = np.random.default_rng(0).normal(size=(5, 17, 3))
    up = np.repeat([[0.0, 0, -1]], 5, axis=0)
    upright = upright_keypoints(poses, up).reshape(5, 17, 3)
    x, y, z = np.moveaxis(poses, -1, 0)
    np.testing.assert_allclose(upright, np.stack([x, -z, y], axis=-1), atol=1e-7)


def test_who_stands_stays():
    poses = np.random.default_rng(0).normal(size=(5, 17, 3))
    up = np.repeat([[0.0, 1, 0]], 5, axis=0)
    np.testing.assert_allclose(upright_keypoints(poses, up), poses.reshape(5, -1))
