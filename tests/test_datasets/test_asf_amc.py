import numpy as np
import pytest

from mmposenorm.datasets.asf_amc import (
    bone_ends,
    h36m_keypoints,
    load_amc,
    load_asf,
    resample_indices,
)
from mmposenorm.datasets.synthetic import write_synthetic_asf_amc

# An upper arm along +x whose own frame is turned 90 degrees about z, so that its x
# axis is the world's y axis, and a forearm of half its length.
ARM = """
:units
  length 0.45
  angle deg
:root
  order TX TY TZ RX RY RZ
  axis XYZ
  position 0 0 0
  orientation 0 0 0
:bonedata
  begin
    name upper
    direction 1 0 0
    length 2
    axis 0 0 90 XYZ
    dof rx
  end
  begin
    name fore
    direction 1 0 0
    length 1
    axis 0 0 0 XYZ
    dof rz
  end
:hierarchy
  begin
    root upper
    upper fore
  end
"""


def pose_arm(tmp_path, root='0 0 0 0 0 0', upper=0, fore=0):
    (tmp_path / 'arm.asf').write_text(ARM)
    motion = f':DEGREES\n1\nroot {root}\nupper {upper}\nfore {fore}\n'
    (tmp_path / 'arm.amc').write_text(motion)
    skeleton = load_asf(tmp_path / 'arm.asf')
    ends = bone_ends(skeleton, load_amc(tmp_path / 'arm.amc', skeleton))
    return {name: end[0] for name, end in ends.items()}


def test_zero_angles_give_the_rest_pose(tmp_path):
    ends = pose_arm(tmp_path, root='1 2 3 0 0 0')
    np.testing.assert_allclose(ends['upper'], (3, 2, 3), atol=1e-12)
    np.testing.assert_allclose(ends['fore'], (4, 2, 3), atol=1e-12)


def test_angles_turn_about_the_axes_of_the_bones_own_frame(tmp_path):
    # rx of the upper arm is a turn about the world's y: +x goes to -z.
    ends = pose_arm(tmp_path, upper=90)
    np.testing.assert_allclose(ends['upper'], (0, 0, -2), atol=1e-12)
    np.testing.assert_allclose(ends['fore'], (0, 0, -3), atol=1e-12)


def test_a_child_turns_in_the_frame_of_its_parent(tmp_path):
    # The forearm bends by 90 degrees about z, then the arm turns about y with it.
    ends = pose_arm(tmp_path, upper=90, fore=90)
    np.testing.assert_allclose(ends['fore'], (0, 1, -2), atol=1e-12)


def test_the_roots_angles_turn_x_first(tmp_path):
    # About x nothing happens to an arm along x; about z it then points up.
    ends = pose_arm(tmp_path, root='0 0 0 90 0 90')
    np.testing.assert_allclose(ends['upper'], (0, 2, 0), atol=1e-12)


def test_a_unit_is_a_fraction_of_an_inch(tmp_path):
    (tmp_path / 'arm.asf').write_text(ARM)
    assert load_asf(tmp_path / 'arm.asf').metres == pytest.approx(0.0254 / 0.45)


def test_frames_are_the_nearest_at_the_new_rate():
    # 0, 2.4, 4.8, 7.2 of 8 frames; ceil(8 * 50 / 120) = 4.
    assert resample_indices(8, 120, 50).tolist() == [0, 2, 5, 7]
    # 0, 2.4, 4.8 of 5 frames: 5 does not exist.
    assert resample_indices(5, 120, 50).tolist() == [0, 2, 4]


def test_keypoints_are_the_bone_ends_in_metres(tmp_path):
    write_synthetic_asf_amc(tmp_path)
    skeleton = load_asf(tmp_path / '01.asf')
    ends = bone_ends(skeleton, load_amc(tmp_path / '01_01.amc', skeleton))
    keypoints = h36m_keypoints(ends, skeleton.metres)
    assert keypoints.shape == (240, 17, 3)
    np.testing.assert_allclose(
        keypoints[:, 0], (keypoints[:, 1] + keypoints[:, 4]) / 2, atol=1e-12
    )
    shin = np.linalg.norm(keypoints[:, 6] - keypoints[:, 5], axis=-1)
    np.testing.assert_allclose(shin, 7.3 / 0.45 * 0.0254, rtol=1e-5)


@pytest.mark.parametrize(
    ('old', 'new', 'message'),
    [
        (':hierarchy', ':nothing', r"lacks the sections \['hierarchy'\]"),
        ('angle deg', 'angle rad', "expected a length and 'angle deg'"),
        ('upper fore', 'elbow fore', "names 'elbow' as the parent of 'fore'"),
        ('dof rz', 'dof l', r"bone 'fore' has dof \['l'\]"),
    ],
)
def test_damaged_skeletons_are_refused(tmp_path, old, new, message):
    (tmp_path / 'arm.asf').write_text(ARM.replace(old, new))
    with pytest.raises(ValueError, match=message):
        load_asf(tmp_path / 'arm.asf')


@pytest.mark.parametrize(
    ('motion', 'message'),
    [
        (
            '1\nroot 0 0 0 0 0 0\nupper 1 2\nfore 0\n',
            "line 3: 'upper 1 2' does not fit",
        ),
        ('1\nroot 0 0 0 0 0 0\ntail 1\n', "'tail 1' does not fit the skeleton"),
        ('1\nroot 0 0 0 0 0 0\nupper 1\n', r"has 1 frames, but not .* \['fore'\]"),
        ('', 'has 0 frames'),
        ('1\nroot 0 0 0 0 0 0\nupper nan\nfore 0\n', "line 3: 'upper nan' does not"),
        ('1\nroot 0 0 0 0 0 0\nupper 1 x\nfore 0\n', "line 3: 'upper 1 x' does not"),
        ('1\nroot 0 0 0 0 0 0\nupper 1,5\nfore 0\n', "line 3: 'upper 1,5' does not"),
    ],
)
def test_damaged_motions_are_refused(tmp_path, motion, message):
    (tmp_path / 'arm.asf').write_text(ARM)
    (tmp_path / 'arm.amc').write_text(motion)
    with pytest.raises(ValueError, match=message):
        load_amc(tmp_path / 'arm.amc', load_asf(tmp_path / 'arm.asf'))


def arm_motion(*numbers):
    lines = ('root 0 0 0 0 0 0', 'upper 0', 'fore 0')
    return ''.join('\n'.join((str(n), *lines, '')) for n in numbers)


@pytest.mark.parametrize(
    ('numbers', 'message'),
    [
        ((1, 2, 5, 6), r'arm\.amc: frame 5 follows frame 2; expected frame 3'),
        ((1, 2, 2, 3), r'arm\.amc: frame 2 follows frame 2; expected frame 3'),
    ],
)
def test_motions_with_gaps_are_refused(tmp_path, numbers, message):
    (tmp_path / 'arm.asf').write_text(ARM)
    (tmp_path / 'arm.amc').write_text(arm_motion(*numbers))
    with pytest.raises(ValueError, match=message):
        load_amc(tmp_path / 'arm.amc', load_asf(tmp_path / 'arm.asf'))


def test_a_motion_may_begin_at_any_frame(tmp_path):
    (tmp_path / 'arm.asf').write_text(ARM)
    (tmp_path / 'arm.amc').write_text(arm_motion(7, 8, 9))
    motion = load_amc(tmp_path / 'arm.amc', load_asf(tmp_path / 'arm.asf'))
    assert motion['root'].shape == (3, 6)


@pytest.mark.parametrize('content', [b'\x89PNG\r\n\xff\xfe', bytes(5000)])
def test_binary_motions_are_refused_by_name(tmp_path, content):
    (tmp_path / 'arm.asf').write_text(ARM)
    (tmp_path / 'arm.amc').write_bytes(content)
    with pytest.raises(ValueError, match=r'arm\.amc, line 1: .* does not') as told:
        load_amc(tmp_path / 'arm.amc', load_asf(tmp_path / 'arm.asf'))
    assert str(told.value).isprintable()


def test_other_bone_names_are_refused(tmp_path):
    pose_arm(tmp_path)
    skeleton = load_asf(tmp_path / 'arm.asf')
    ends = bone_ends(skeleton, load_amc(tmp_path / 'arm.amc', skeleton))
    with pytest.raises(ValueError, match=r"lacks the bones .*'rhipjoint'"):
        h36m_keypoints(ends, 1)
