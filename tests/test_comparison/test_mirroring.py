from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny_weights import EMBEDDER, tiny_weights

from mmposenorm import PoseNormInferencer
from mmposenorm.comparison import fits_better_mirrored, mirror_result
from mmposenorm.geometry.kinematics import forward_kinematics
from mmposenorm.skeletons import H36M_MIRRORED

FIELDS = 'joint_rotations', 'normalized_poses', 'body_up', 'keypoints'


@pytest.fixture(scope='module')
def inferencer(tmp_path_factory):
    path = tmp_path_factory.mktemp('weights') / 'embedder.pth'
    return PoseNormInferencer(checkpoint=tiny_weights(path, EMBEDDER), device='cpu')


@pytest.fixture(scope='module')
def result(inferencer):
    rng = np.random.default_rng(0)
    start, step = rng.normal(size=(2, 17, 2)) * ([[[60]], [[3]]])
    moved = start + step * 10 * np.sin(np.arange(40) / 8)[:, None, None] + 300
    visible = np.ones((40, 17))
    visible[3, 5] = 0
    return inferencer(moved, visible, fps=50)


@pytest.fixture(scope='module')
def mirrored(inferencer, result):
    return mirror_result(result, inferencer.skeleton.joint_names, inferencer.embed)


def test_left_and_right_change_places(result, mirrored):
    left_wrist, right_wrist = 13, 16
    x, y, z = result.normalized_poses[:, left_wrist].T
    np.testing.assert_array_equal(
        mirrored.normalized_poses[:, right_wrist], np.stack([-x, y, z], axis=1)
    )
    u, v = result.keypoints[:, left_wrist].T
    np.testing.assert_allclose(
        mirrored.keypoints[:, right_wrist], np.stack([-u, v], axis=1)
    )
    # Left knee, frame 3.
    assert mirrored.keypoints_visible[3, 2] == 0
    np.testing.assert_array_equal(mirrored.keypoints[3, 2], 0)


def test_rotations_are_those_of_the_mirrored_body(inferencer, result, mirrored):
    skeleton = inferencer.skeleton
    offsets = torch.from_numpy(skeleton.bone_offsets).float()
    posed, posed_mirrored = (
        forward_kinematics(
            torch.from_numpy(one.joint_rotations), offsets, skeleton.parents
        ).numpy()[:, list(skeleton.keypoint_joints)]
        for one in (result, mirrored)
    )
    np.testing.assert_allclose(
        posed_mirrored, posed[:, H36M_MIRRORED] * (-1, 1, 1), atol=1e-5
    )


def test_expected_errors_change_sides(inferencer, result):
    sigma = np.random.default_rng(0).uniform(0.1, 1, (40, 16)).astype(np.float32)
    names = inferencer.skeleton.joint_names
    known = replace(result, direction_sigma=sigma, _pose_features=None)
    mirrored = mirror_result(known, names)
    # The bones that end at the right knee, 2, and at the left knee, 5; at the head, 10.
    np.testing.assert_array_equal(mirrored.direction_sigma[:, 1], sigma[:, 4])
    np.testing.assert_array_equal(mirrored.direction_sigma[:, 9], sigma[:, 9])


def test_twice_mirrored_is_as_before(inferencer, result, mirrored):
    again = mirror_result(mirrored, inferencer.skeleton.joint_names, inferencer.embed)
    for name in (*FIELDS, 'pose_features'):
        np.testing.assert_allclose(
            getattr(again, name), getattr(result, name), atol=1e-4, err_msg=name
        )


def test_features_need_an_embedder(inferencer, result):
    names = inferencer.skeleton.joint_names
    with pytest.raises(ValueError, match=r'embed=inferencer\.embed'):
        mirror_result(result, names)
    plain = replace(result, _pose_features=None)
    assert not mirror_result(plain, names).has_features


@pytest.mark.parametrize('has_features', [True, False])
def test_a_mirror_image_fits_better_mirrored(result, mirrored, has_features):
    if not has_features:
        result, mirrored = (
            replace(one, _pose_features=None) for one in (result, mirrored)
        )
    assert fits_better_mirrored(result, mirrored, mirrored)
    assert not fits_better_mirrored(result, mirrored, result)
