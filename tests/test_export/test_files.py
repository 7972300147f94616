"""Files are read back by other people's readers and compared with kinematics."""

import logging
import sys

import bvhio
import ezc3d
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from mmposenorm import forward_kinematics
from mmposenorm.export import (
    files,
    markers,
    write_bvh,
    write_c3d,
    write_clip,
    write_csv,
    write_npz,
    write_trc,
)
from mmposenorm.pose_result import PoseNormResult
from mmposenorm.skeletons import default_bone_lengths, extended_skeleton

SKELETON = extended_skeleton(default_bone_lengths())
JOINTS = {name: joint for joint, name in enumerate(SKELETON.joint_names)}
KEYPOINTS = list(SKELETON.keypoint_joints)
FACING = (0.0, 1.0, 0.0, 0.0)  # the root of somebody upright who faces the camera
WRITERS = {'bvh': write_bvh, 'trc': write_trc, 'c3d': write_c3d}
WRITERS |= {'csv': write_csv, 'npz': write_npz}


def result_of(rotations, times):
    count = len(rotations)
    return PoseNormResult(
        joint_rotations=np.asarray(rotations, np.float32),
        normalized_poses=posed(rotations)[:, KEYPOINTS],
        body_up=np.zeros((count, 3)),
        keypoints=np.zeros((count, 17, 2)),
        keypoints_visible=np.ones((count, 17)),
        frame_times=times,
        _pose_features=None,
    )


def posed(rotations, root=(1, 0, 0, 0)):
    rotations = np.array(rotations, dtype=float)
    rotations[:, 0] = root
    return forward_kinematics(rotations, SKELETON.bone_offsets, SKELETON.parents)


def turns(count, **joints):
    """Rotations by angles about x, y or z in degrees, the root faces the camera."""
    rotations = np.zeros((count, SKELETON.num_joints, 4))
    rotations[..., 0] = 1
    rotations[:, 0] = FACING
    for name, (axis, degrees) in joints.items():
        turn = Rotation.from_euler(axis, degrees, degrees=True).as_quat()
        rotations[:, JOINTS[name]] = turn[[3, 0, 1, 2]]
    return rotations


def random_clip(count=12, times=None):
    rotations = np.random.default_rng(0).normal(size=(count, SKELETON.num_joints, 4))
    rotations /= np.linalg.norm(rotations, axis=-1, keepdims=True)
    rotations[..., :] *= np.sign(rotations[..., :1])
    return result_of(rotations, np.arange(count) / 25 if times is None else times)


def wave():
    """Arms hang, the left one is lifted to the side, the right foot is forward."""
    return result_of(
        turns(
            3,
            left_shoulder=('z', 30),
            right_shoulder=('z', 90),
            right_hip=('x', -40),
        ),
        np.arange(3) / 25,
    )


def read_bvh(path):
    """Read by bvhio: joints in metres, (T, J, 3), and frames per second."""
    file = bvhio.readAsBvh(str(path))
    root = bvhio.convertBvhToHierarchy(file.Root)
    frames = []
    for frame in range(file.FrameCount):
        root.loadPose(frame)
        at = {joint.Name: joint.PositionWorld for joint, *_ in root.layout()}
        frames.append([list(at[name]) for name in SKELETON.joint_names])
    return np.array(frames) / 100, 1 / file.FrameTime


def read_trc(path):
    """Read as the format's description says: metres by name, times, and the header."""
    lines = [line.split('\t') for line in path.read_text().splitlines()]
    header = dict(zip(lines[1], lines[2], strict=True))
    names = [name for name in lines[3][2:] if name]
    assert lines[5] == ['']
    assert lines[4][:6] == ['', '', 'X1', 'Y1', 'Z1', 'X2']
    table = np.array(lines[6:], dtype=float)
    assert table[:, 0].tolist() == list(range(1, len(table) + 1))
    points = table[:, 2:].reshape(len(table), len(names), 3) / 1000
    return names, points, table[:, 1], header


def read_c3d(path):
    file = ezc3d.c3d(str(path))
    point = file['parameters']['POINT']
    assert point['UNITS']['value'] == ['mm']
    points = file['data']['points'][:3].transpose(2, 1, 0) / 1000
    return point['LABELS']['value'], points, point['RATE']['value'][0]


def on_floor(joints):
    return joints - [0, joints[..., 1].min(), 0]


def in_opensim(joints):
    """Forward, up and right of somebody who faces +z with the left side at +x."""
    return np.stack([joints[..., 2], joints[..., 1], -joints[..., 0]], axis=-1)


ROOTS = pytest.mark.parametrize('root', ['identity', 'estimated'])


def expected(result, root):
    """Joints in the viewer's world, by a rotation matrix for the camera."""
    if root == 'identity':
        return on_floor(posed(result.joint_rotations))
    by_camera = posed(result.joint_rotations, result.joint_rotations[:, 0])
    return on_floor(by_camera * [1, -1, -1])


@ROOTS
def test_bvh_has_the_joints_of_forward_kinematics(tmp_path, root):
    clip = random_clip()
    write_bvh(tmp_path / 'a.bvh', clip, SKELETON, root=root)
    joints, fps = read_bvh(tmp_path / 'a.bvh')
    np.testing.assert_allclose(joints, expected(clip, root), atol=1e-4)
    assert fps == pytest.approx(25)


@ROOTS
def test_trc_and_c3d_have_the_keypoints(tmp_path, root):
    clip = random_clip()
    write_trc(tmp_path / 'a.trc', clip, SKELETON, root=root)
    write_c3d(tmp_path / 'a.c3d', clip, SKELETON, root=root)
    keypoints = in_opensim(expected(clip, root))[:, KEYPOINTS]
    names, points, times, header = read_trc(tmp_path / 'a.trc')
    np.testing.assert_allclose(points, keypoints, atol=1e-5)
    np.testing.assert_allclose(times, np.arange(12) / 25)
    assert header['DataRate'] == '25'
    assert header['Units'] == 'mm'
    assert (header['NumFrames'], header['NumMarkers']) == ('12', '17')
    labels, points, fps = read_c3d(tmp_path / 'a.c3d')
    np.testing.assert_allclose(points, keypoints, atol=1e-5)
    assert fps == 25
    assert labels == names


@ROOTS
def test_csv_has_the_keypoints_in_the_axes_of_the_viewer(tmp_path, root):
    clip = random_clip()
    write_csv(tmp_path / 'a.csv', clip, SKELETON, root=root)
    table = np.genfromtxt(tmp_path / 'a.csv', delimiter=',', names=True)
    np.testing.assert_allclose(table['time'], np.arange(12) / 25)
    assert table['frame'].tolist() == list(range(12))
    for name in ('root', 'left_wrist', 'head'):
        read = np.stack([table[f'{name}_{axis}'] for axis in 'xyz'], axis=-1)
        joint = expected(clip, root)[:, JOINTS[name]]
        np.testing.assert_allclose(read, joint, atol=1e-5)
    assert len(table.dtype.names) == 2 + 17 * 3


@ROOTS
def test_npz_has_all_that_poses_the_skeleton_again(tmp_path, root):
    clip = random_clip()
    write_npz(tmp_path / 'a.npz', clip, SKELETON, root=root)
    with np.load(tmp_path / 'a.npz') as read:
        joints = forward_kinematics(
            read['joint_rotations'], read['bone_offsets'], read['parents']
        )
        names = read['joint_names'].tolist()
        joints = on_floor(joints)[:, [names.index(k) for k in read['keypoint_names']]]
        np.testing.assert_allclose(joints, read['keypoints'], atol=1e-5)
        np.testing.assert_allclose(
            read['keypoints'], expected(clip, root)[:, KEYPOINTS], atol=1e-5
        )
        assert read['fps'] == 25


@ROOTS
def test_left_is_left_and_feet_are_down_in_bvh(tmp_path, root):
    write_bvh(tmp_path / 'a.bvh', wave(), SKELETON, root=root)
    joints, _ = read_bvh(tmp_path / 'a.bvh')
    at = {name: joints[0, joint] for name, joint in JOINTS.items()}
    assert at['left_shoulder'][0] > 0.1 > -0.1 > at['right_shoulder'][0]
    assert at['left_wrist'][1] > at['left_shoulder'][1] + 0.2  # lifted
    assert at['right_wrist'][1] < at['right_shoulder'][1] - 0.3  # hangs
    assert at['left_foot'][1] == pytest.approx(0, abs=1e-5)
    assert 0.7 < at['root'][1] < 1.1
    assert at['head'][1] > at['root'][1] + 0.5
    assert at['right_foot'][2] > 0.3  # forward, to the viewer
    assert at['root'][[0, 2]].tolist() == [0, 0]


@pytest.mark.parametrize('format', ['trc', 'c3d'])
def test_left_is_left_and_forward_is_x_for_opensim(tmp_path, format):
    path = tmp_path / f'a.{format}'
    WRITERS[format](path, wave(), SKELETON)
    names, points, *_ = (read_trc if format == 'trc' else read_c3d)(path)
    at = dict(zip(names, points[0], strict=True))
    assert at['LShoulder'][2] < -0.1 < 0.1 < at['RShoulder'][2]
    assert at['LWrist'][1] > at['LShoulder'][1] + 0.2
    assert at['RAnkle'][0] > 0.3
    assert at['LAnkle'][1] == pytest.approx(0, abs=1e-5)
    assert set(names) == {
        *('Hip', 'Spine', 'Thorax', 'NeckBase', 'Head'),
        *(f'{side}{part}' for side in 'LR' for part in ('Hip', 'Knee', 'Ankle')),
        *(f'{side}{part}' for side in 'LR' for part in ('Shoulder', 'Elbow', 'Wrist')),
    }


def test_heading_is_kept_if_asked_for(tmp_path):
    """Somebody walks to the right of the image, with the left side to the back."""
    rotations = turns(2)
    # Columns: the person's left, up and forward in the camera (right, down, far).
    seen = np.array([[0, 0, 1], [0, -1, 0], [1, 0, 0]]).astype(float)
    assert np.linalg.det(seen) == 1
    rotations[:, 0] = Rotation.from_matrix(seen).as_quat()[[3, 0, 1, 2]]
    write_bvh(
        tmp_path / 'a.bvh', result_of(rotations, None), SKELETON, root='estimated'
    )
    joints, _ = read_bvh(tmp_path / 'a.bvh')
    left = joints[0, JOINTS['left_shoulder']] - joints[0, JOINTS['thorax']]
    assert left[2] < -0.1
    assert left[[0, 1]] == pytest.approx([0, 0], abs=1e-5)
    assert joints[0, JOINTS['head'], 1] > joints[0, 0, 1]


def test_angles_do_not_jump_by_a_full_turn(tmp_path):
    angles = np.arange(0, 720, 10)
    rotations = np.concatenate([turns(1, left_elbow=('x', angle)) for angle in angles])
    write_bvh(tmp_path / 'a.bvh', result_of(rotations, None), SKELETON)
    text = (tmp_path / 'a.bvh').read_text()
    rows = np.loadtxt(text.partition('Frame Time')[2].splitlines()[1:])
    assert np.abs(np.diff(rows, axis=0)).max() < 10.1
    assert np.ptp(rows, axis=0).max() == pytest.approx(710, abs=0.01)


def test_the_usual_rate_stands_in_for_an_unknown_one_which_is_said(tmp_path, said):
    clip = result_of(turns(3), None)
    written = write_clip(tmp_path, 'b', clip, SKELETON, ('bvh', 'trc', 'c3d'))
    assert [file.name for file in written] == ['b.bvh', 'b.trc', 'b.c3d']
    assert read_bvh(written[0])[1] == pytest.approx(30, abs=1e-5)
    assert read_trc(written[1])[3]['DataRate'] == '30'
    assert read_c3d(written[2])[2] == 30
    assert len(said) == 1
    assert said[0].startswith('b: the frame rate is not known;')
    assert '30 frames per second' in said[0]


def test_uneven_frames_are_interpolated_which_is_said(tmp_path, said):
    """The elbow bends by 100 degrees a second; three frames are missing."""
    times = np.array([0, 1, 2, 3, 4, 8, 9, 10]) / 10
    rotations = np.concatenate(
        [turns(1, left_elbow=('y', -100 * time)) for time in times]
    )
    write_bvh(tmp_path / 'a.bvh', result_of(rotations, times), SKELETON)
    joints, fps = read_bvh(tmp_path / 'a.bvh')
    assert fps == pytest.approx(10)
    bent = [turns(1, left_elbow=('y', -10 * frame)) for frame in range(11)]
    np.testing.assert_allclose(joints, on_floor(posed(np.concatenate(bent))), atol=1e-4)
    assert 'not evenly spaced' in said[0]


def test_the_frame_rate_of_television_is_kept(tmp_path, said):
    times = (np.arange(100) * 1001 / 30000).astype(np.float32)
    clip = result_of(turns(100), times)
    write_trc(tmp_path / 'a.trc', clip, SKELETON)
    assert read_trc(tmp_path / 'a.trc')[3]['DataRate'] == '29.97'
    assert said == []


def test_one_frame_is_enough(tmp_path):
    clip = result_of(turns(1), np.zeros(1))
    for format, write in WRITERS.items():
        write(tmp_path / f'a.{format}', clip, SKELETON)
    assert read_bvh(tmp_path / 'a.bvh')[0].shape == (1, 20, 3)
    assert len(read_trc(tmp_path / 'a.trc')[1]) == 1
    assert len(read_c3d(tmp_path / 'a.c3d')[1]) == 1


def test_wrong_arguments_are_explained(tmp_path):
    clip = wave()
    with pytest.raises(ValueError, match="'identity' or 'estimated', but is 'hips'"):
        write_bvh(tmp_path / 'a.bvh', clip, SKELETON, root='hips')
    with pytest.raises(ValueError, match='no frames'):
        write_bvh(tmp_path / 'a.bvh', result_of(turns(0), None), SKELETON)
    with pytest.raises(ValueError, match='among bvh, trc, c3d, csv, npz, but has fbx'):
        write_clip(tmp_path, 'a', clip, SKELETON, ['bvh', 'fbx'])
    assert list(tmp_path.iterdir()) == []


def test_missing_ezc3d_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, 'ezc3d', None)
    with pytest.raises(ImportError, match='pip install ezc3d'):
        write_c3d(tmp_path / 'a.c3d', wave(), SKELETON)
    assert list(tmp_path.iterdir()) == []


def test_c3d_is_left_out_of_clips_that_it_would_cut_short(tmp_path, monkeypatch, said):
    """Its frames are counted in 16 bits; ezc3d cuts longer clips without a word."""
    for module in (files, markers):
        assert module.MOST_C3D_FRAMES == 2**16 - 1
        monkeypatch.setattr(module, 'MOST_C3D_FRAMES', 4)
    clip = result_of(turns(5), np.arange(5) / 25)
    with pytest.raises(ValueError, match=r'at most 4 frames, .* has 5\.'):
        write_c3d(tmp_path / 'a.c3d', clip, SKELETON)
    written = write_clip(tmp_path, 'a', clip, SKELETON, ('c3d', 'bvh'))
    assert written == [tmp_path / 'a.bvh'] == list(tmp_path.iterdir())
    assert said == ['a: C3D is not written: it holds at most 4 frames.']


@pytest.fixture
def said(monkeypatch):
    """Collect what is logged as a warning."""
    messages = []
    monkeypatch.setattr(
        'mmposenorm.keypoints.messages.print_log',
        lambda message, logger, level: messages.append(message)
        if level == logging.WARNING
        else None,
    )
    return messages
