import numpy as np
import pytest
from known_results import result_of, squats

from mmposenorm.comparison import measure_curves
from mmposenorm.comparison.angle_curves import angle_errors, bone_sigma
from mmposenorm.geometry.angles import ANGLES

ELBOW = ANGLES.index('left_elbow_flexion')
LEAN = ANGLES.index('trunk_lean_forward')


def test_angles_are_averaged_over_a_tenth_of_a_second():
    right, bent = squats(1).normalized_poses, squats(1, elbow=50).normalized_poses
    right[70] = bent[70]  # one of five frames in 0.1 s
    curve = measure_curves(result_of(right, squats(1).body_up)).degrees[:, ELBOW]
    np.testing.assert_allclose(curve[68:73], 15 + 50 / 5, atol=0.01)
    np.testing.assert_allclose(curve[[66, 74]], 15, atol=0.01)


def test_an_angle_is_missing_where_a_keypoint_is_and_does_not_spoil_its_neighbours():
    visible = np.ones((150, 17))
    visible[40, 13] = 0  # left wrist
    curves = measure_curves(squats(1, visible=visible))
    assert np.isnan(curves.degrees[40, ELBOW])
    assert not curves.seen[40, ELBOW]
    np.testing.assert_allclose(curves.degrees[[39, 41], ELBOW], 15, atol=0.01)
    shoulder = ANGLES.index('left_shoulder_elevation')
    assert curves.seen[40, shoulder]


def test_the_pitch_of_the_camera_is_taken_out_of_the_lean():
    clip = squats(1)
    # Facing a level camera (x right, y down, z forward): turned by 180 degrees about x.
    clip.joint_rotations[:, 0] = 0, 1, 0, 0
    clip.body_up[:] = 0, 1, 0
    level, pitched = (measure_curves(clip, pitch) for pitch in (0.0, 20.0))
    # The camera looks down by 20 degrees at somebody whose trunk is upright in the
    # picture and who faces it: they lean towards the camera by as much.
    np.testing.assert_allclose(level.degrees[:, LEAN], 0, atol=0.01)
    np.testing.assert_allclose(pitched.degrees[:, LEAN], -20, atol=0.01)


def test_a_lean_is_less_certain_while_the_tilt_of_the_camera_is_not_known():
    unknown, known = (measure_curves(squats(1), pitch) for pitch in (None, 0.0))
    assert (unknown.sigma[:, LEAN] > known.sigma[:, LEAN]).all()
    np.testing.assert_array_equal(unknown.sigma[:, ELBOW], known.sigma[:, ELBOW])
    assert known.is_level
    assert not unknown.is_level


def test_without_expected_errors_the_usual_ones_are_taken():
    curves = measure_curves(squats(1))
    np.testing.assert_allclose(
        curves.sigma[:, ELBOW], angle_errors()['error']['left_elbow_flexion']
    )


def test_the_error_of_an_angle_is_that_of_its_bones():
    sigma = np.zeros((1, 16))
    sigma[0, 12 - 1], sigma[0, 13 - 1] = np.radians([3, 4])  # left upper and forearm
    expected = dict(zip(ANGLES, bone_sigma(sigma)[0], strict=True))
    assert expected['left_elbow_flexion'] == pytest.approx(np.sqrt((9 + 16) / 2))
    assert expected['left_shoulder_elevation'] == pytest.approx(3)
    assert expected['left_knee_flexion'] == 0


def test_the_frame_rate_comes_from_the_times():
    assert measure_curves(squats(1)).fps == pytest.approx(50)
    assert measure_curves(result_of(squats(1).normalized_poses, fps=None)).fps == 30
