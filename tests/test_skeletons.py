import numpy as np
import pytest

from mmposenorm.skeletons import (
    H36M_KEYPOINTS,
    H36M_LEFT,
    H36M_MIRRORED,
    H36M_PARENTS,
    H36M_RIGHT,
    Skeleton,
    check_parents,
    default_bone_lengths,
    extended_skeleton,
    mean_bone_lengths,
    rigid_skeleton,
)


def rest_pose(skeleton):
    """Positions at rest, (J, 3)."""
    positions = np.zeros((skeleton.num_joints, 3))
    for joint, parent in enumerate(skeleton.parents[1:], start=1):
        positions[joint] = positions[parent] + skeleton.bone_offsets[joint]
    return positions


def test_a_mirror_exchanges_left_and_right_and_keeps_the_tree():
    for keypoint, other in enumerate(H36M_MIRRORED):
        assert H36M_MIRRORED[other] == keypoint
        swapped = H36M_KEYPOINTS[keypoint].replace('left', 'right')
        if keypoint in H36M_LEFT:
            assert H36M_KEYPOINTS[other] == swapped
        if keypoint > 0:
            assert H36M_MIRRORED[H36M_PARENTS[keypoint]] == H36M_PARENTS[other]
    assert [H36M_MIRRORED[k] for k in H36M_LEFT] == list(H36M_RIGHT)


def test_the_t_pose_by_hand():
    # Every bone is 10 cm long.
    skeleton = extended_skeleton([0.1] * 17)
    keypoints = rest_pose(skeleton)[list(skeleton.keypoint_joints)]
    at = dict(zip(H36M_KEYPOINTS, keypoints, strict=True))
    np.testing.assert_allclose(at['left_foot'], (0.1, -0.2, 0))
    np.testing.assert_allclose(at['right_foot'], (-0.1, -0.2, 0))
    np.testing.assert_allclose(at['head'], (0, 0.4, 0))
    np.testing.assert_allclose(at['left_wrist'], (0.3, 0.2, 0))
    np.testing.assert_allclose(at['right_wrist'], (-0.3, 0.2, 0))


def test_both_skeletons_rest_alike():
    lengths = default_bone_lengths()
    extended, rigid = extended_skeleton(lengths), rigid_skeleton(lengths)
    assert (extended.num_joints, rigid.num_joints) == (20, 17)
    np.testing.assert_allclose(
        rest_pose(extended)[list(extended.keypoint_joints)], rest_pose(rigid)
    )
    np.testing.assert_allclose(extended.keypoint_bone_lengths, [0, *lengths[1:]])


def test_virtual_joints_lie_on_their_parents():
    skeleton = extended_skeleton(default_bone_lengths())
    virtual = set(range(20)) - set(skeleton.keypoint_joints)
    assert {skeleton.joint_names[joint] for joint in virtual} == {
        *('spine_root', 'left_clavicle', 'right_clavicle')
    }
    assert all(skeleton.bone_lengths[joint] == 0 for joint in virtual)


@pytest.mark.parametrize('build', [extended_skeleton, rigid_skeleton])
def test_a_joint_aims_at_its_first_child(build):
    skeleton = build(default_bone_lengths())
    for joint, child in enumerate(skeleton.aim_children):
        children = [c for c, parent in enumerate(skeleton.parents) if parent == joint]
        expected = children[0] if children and joint > 0 else -1
        assert child == expected
    leaves = set(range(skeleton.num_joints)) - set(skeleton.parents)
    turning = set(range(skeleton.num_joints)) - leaves
    assert set(skeleton.rotating_joints) == turning


def test_the_default_body_is_symmetric_and_as_tall_as_a_person():
    lengths = default_bone_lengths()
    np.testing.assert_array_equal(lengths, lengths[list(H36M_MIRRORED)])
    heights = rest_pose(rigid_skeleton(lengths))[:, 1]
    assert 1.4 < heights.max() - heights.min() < 2


def test_mean_bone_lengths_by_hand():
    # The left thigh is 0.4 m in one frame and 0.6 m in three, the right one 0.35 m:
    # (0.4 + 3 * 0.6) / 4 = 0.55, and with the other side (0.55 + 0.35) / 2 = 0.45.
    clips = [np.zeros((1, 17, 3)), np.zeros((3, 17, 3))]
    for clip, left in zip(clips, (0.4, 0.6), strict=True):
        clip[:, [2, 3], 2] = 0.35
        clip[:, [5, 6], 1] = -left
    lengths = mean_bone_lengths(clips)
    assert lengths[[2, 5]] == pytest.approx([0.45, 0.45])
    assert np.delete(lengths, [2, 5]).tolist() == [0] * 15


@pytest.mark.parametrize(
    ('parents', 'message'),
    [
        ([], 'must start with -1'),
        ([0, 0], 'must start with -1'),
        ([-1, 1], 'Joint 1 has parent 1, which does not come before it'),
        ([-1, 0, -1], 'Joint 2 has parent -1'),
    ],
)
def test_other_orders_of_joints_are_refused(parents, message):
    with pytest.raises(ValueError, match=message):
        check_parents(parents)


@pytest.mark.parametrize('lengths', [[0.1] * 16, [np.nan] * 17, [-0.1] * 17])
def test_impossible_lengths_are_refused(lengths):
    with pytest.raises(ValueError, match='17 finite lengths in metres, none negative'):
        extended_skeleton(lengths)


def test_one_length_for_each_joint_is_needed():
    with pytest.raises(ValueError, match=r'shape \(3,\); expected \(2,\)'):
        Skeleton('own', ('a', 'b'), (-1, 0), np.zeros((2, 3)), np.zeros(3), (0, 1))
