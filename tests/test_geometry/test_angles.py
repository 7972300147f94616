import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from mmposenorm.datasets.synthetic.exercise import standing_figure, turn_keypoints
from mmposenorm.geometry.angles import ANGLES, measure_angles, measure_arm_lifts
from mmposenorm.geometry.normalization import normalize_keypoints_3d
from mmposenorm.skeletons import H36M_MIRRORED

LEFT, UP, FORWARD = np.eye(3)
# Descendants of the joint that each angle turns, in the world: x left, y up, z forward.
TRUNK = [7, 8, 9, 10, 11, 12, 13, 14, 15, 16]
ARMS = {'left': (11, [12, 13], [13]), 'right': (14, [15, 16], [16])}
LEGS = {'left': (4, [5, 6], [6]), 'right': (1, [2, 3], [3])}
# Undefined where an arm hangs down.
PLANES = ['left_shoulder_plane', 'right_shoulder_plane']


def turned(pose, center, keypoints, axis, degrees):
    return turn_keypoints(pose[None], center, keypoints, axis, degrees)[0]


def angles_of(pose):
    """Angles of a pose whose y axis is up, by name."""
    hips = pose[4] - pose[1]
    x = hips / np.linalg.norm(hips)
    y = pose[8] - pose[0]
    y = y - (y @ x) * x
    y /= np.linalg.norm(y)
    root = np.stack([x, y, np.cross(x, y)])
    normalized = normalize_keypoints_3d(pose[None])
    values = measure_angles(normalized, (root @ UP)[None])[0]
    return dict(zip(ANGLES, values, strict=True))


def changed(pose):
    """The angles that differ from standing by more than rounding, and by how much."""
    before, after = angles_of(standing_figure()), angles_of(pose)
    return {
        name: round(float(after[name] - before[name]), 2)
        for name in ANGLES
        if not abs(after[name] - before[name]) < 0.01 and name not in PLANES
    }


def test_standing_upright_is_zero():
    angles = angles_of(standing_figure())
    for name, value in angles.items():
        assert np.isnan(value) if name in PLANES else abs(value) < 0.01, name


@pytest.mark.parametrize('degrees', [-20, 35])
def test_a_trunk_that_leans_forward_changes_the_lean_and_the_hips_only(degrees):
    # From up towards +z is a positive turn about x.
    pose = turned(standing_figure(), 0, TRUNK, LEFT, degrees)
    hips = {'left_hip_flexion': degrees, 'right_hip_flexion': degrees}
    assert changed(pose) == {'trunk_lean_forward': degrees, **hips}


def test_a_trunk_that_leans_to_the_left():
    pose = turned(standing_figure(), 0, TRUNK, FORWARD, -15)
    assert changed(pose) == {'trunk_lean_left': 15}


def test_shoulders_turned_to_the_left():
    # Seen from above, against the clock, about +y.
    pose = turned(standing_figure(), 8, [11, 12, 13, 14, 15, 16], UP, 25)
    assert changed(pose) == {'trunk_twist': 25}


def test_a_head_that_nods():
    assert changed(turned(standing_figure(), 8, [9, 10], LEFT, 30)) == {
        'neck_flexion': 30
    }


@pytest.mark.parametrize('side', ['left', 'right'])
def test_each_angle_of_a_limb_moves_alone(side):
    outward = 1 if side == 'left' else -1
    shoulder, arm, hand = ARMS[side]
    hip, leg, foot = LEGS[side]
    pose = standing_figure()
    # From down towards +z is a negative turn about x.
    raised = turned(pose, shoulder, arm, LEFT, -70)
    assert changed(raised) == {f'{side}_shoulder_elevation': 70}
    assert angles_of(raised)[f'{side}_shoulder_plane'] == pytest.approx(90, abs=0.01)
    aside = turned(pose, shoulder, arm, FORWARD, 100 * outward)
    assert changed(aside) == {f'{side}_shoulder_elevation': 100}
    assert angles_of(aside)[f'{side}_shoulder_plane'] == pytest.approx(0, abs=0.01)
    bent = turned(pose, shoulder + 1, hand, LEFT, -120)
    assert changed(bent) == {f'{side}_elbow_flexion': 120}
    forward = turned(pose, hip, leg, LEFT, -60)
    assert changed(forward) == {f'{side}_hip_flexion': 60, f'{side}_thigh_forward': 60}
    spread = turned(pose, hip, leg, FORWARD, 30 * outward)
    assert changed(spread) == {f'{side}_hip_abduction': 30}
    knee = turned(pose, hip + 1, foot, LEFT, 80)
    assert changed(knee) == {f'{side}_knee_flexion': 80}


def test_lying_on_the_back_the_trunk_leans_back_and_the_thighs_point_forward():
    angles = angles_of(turned(standing_figure(), 0, list(range(17)), LEFT, -90))
    assert angles['trunk_lean_forward'] == pytest.approx(-90, abs=0.01)
    assert angles['left_thigh_forward'] == pytest.approx(90, abs=0.01)
    assert angles['left_hip_flexion'] == pytest.approx(0, abs=0.01)


def test_lying_on_the_side_leaves_lean_and_thighs_undefined():
    angles = angles_of(turned(standing_figure(), 0, list(range(17)), FORWARD, 90))
    for name in ('trunk_lean_forward', 'trunk_lean_left', 'left_thigh_forward'):
        assert np.isnan(angles[name])
    assert angles['left_hip_flexion'] == pytest.approx(0, abs=0.01)


@pytest.fixture
def poses():
    rng = np.random.default_rng(0)
    return standing_figure() + 0.08 * rng.normal(size=(50, 17, 3))


def test_a_mirror_exchanges_the_sides(poses):
    mirrored = poses[:, H36M_MIRRORED] * (-1, 1, 1)
    for pose, image in zip(poses, mirrored, strict=True):
        angles, seen = angles_of(pose), angles_of(image)
        for name in ANGLES:
            other = name.replace('left_', '*').replace('right_', 'left_')
            other = other.replace('*', 'right_')
            sign = -1 if name in ('trunk_lean_left', 'trunk_twist') else 1
            np.testing.assert_allclose(
                seen[name], sign * angles[other if 'trunk' not in name else name],
                atol=1e-3,
            )  # fmt: skip


def test_the_view_and_the_lengths_of_the_bones_do_not_matter(poses):
    turn = Rotation.from_rotvec(1.1 * UP).as_matrix()
    for pose in poses:
        expected = list(angles_of(pose).values())
        seen = list(angles_of(2.5 * pose @ turn.T).values())
        np.testing.assert_allclose(seen, expected, atol=1e-3)


def test_arms_are_lifted_against_the_vertical_by_hand():
    standing = standing_figure()
    raised = turned(standing, 11, [12, 13], -LEFT, 70)  # forward
    # Turned back by the lean of the trunk, its up direction leans as well.
    lean = Rotation.from_rotvec(np.radians(25) * LEFT)
    poses = np.stack([standing, raised, raised])
    up = np.stack([UP, UP, lean.inv().apply(UP)])
    expected = [[0, 0], [70, 0], [70 - 25, 25]]
    np.testing.assert_allclose(measure_arm_lifts(poses, up), expected, atol=1e-4)
