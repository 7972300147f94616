import numpy as np
import pytest

from mmposenorm.keypoints.layouts import LAYOUTS
from mmposenorm.keypoints.readers import read_keypoints

# The markers of Sports2D's model Body_with_feet, in its order.
MARKERS = [
    *['Hip', 'RHip', 'RKnee', 'RAnkle', 'RBigToe', 'RSmallToe', 'RHeel', 'LHip'],
    *['LKnee', 'LAnkle', 'LBigToe', 'LSmallToe', 'LHeel', 'Neck', 'Head', 'Nose'],
    *['RShoulder', 'RElbow', 'RWrist', 'LShoulder', 'LElbow', 'LWrist'],
]
KNOWN = [m for m in MARKERS if 'Toe' not in m and 'Heel' not in m]


def joint(marker):
    side = {'R': 'right_', 'L': 'left_'}.get(marker[0], '')
    return side + marker[bool(side) :].lower()


@pytest.fixture
def write_trc(tmp_path, body):
    """Return a function that writes two frames as Sports2D's README shows them."""

    def write(name='clip_px_person00.trc', change=lambda points: points, first=0):
        lines = [
            f'PathFileType\t4\t(X/Y/Z)\t{name}',
            'DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\t'
            'OrigDataStartFrame\tOrigNumFrames',
            '60\t60\t2\t22\tm\t60\t0\t2',
            'Frame#\tTime\t' + '\t\t\t'.join(MARKERS) + '\t\t\t',
            '\t\t' + '\t'.join(f'X{i}\tY{i}\tZ{i}' for i in range(1, 23)),
        ]
        for frame in range(2):
            points = np.zeros((22, 3))
            points[:, :2] = [500, 425]
            places = [MARKERS.index(marker) for marker in KNOWN]
            points[places, :2] = body([joint(m) for m in KNOWN], dx=frame)
            numbers = '\t'.join(f'{n:.6f}' for n in change(points).ravel())
            lines.append(f'{first + frame}\t{frame / 60:.6f}\t{numbers}')
        path = tmp_path / name
        path.write_text('\n'.join(lines) + '\n')
        return path

    return write


def check_person(people, body):
    names = LAYOUTS[people.layout].joint_names
    places = [names.index(joint(marker)) for marker in KNOWN]
    found = people.frames[1]
    expected = body([joint(marker) for marker in KNOWN], dx=1)
    np.testing.assert_allclose(found.keypoints[0, places], expected, atol=1e-3)
    assert (found.scores[0, places] == 1).all()


def test_pixels_of_sports2d(write_trc, body):
    people = read_keypoints(write_trc(first=12))
    assert (people.layout, people.fps, people.first_frame) == ('halpe26', 60, 12)
    check_person(people, body)
    eye = LAYOUTS['halpe26'].joint_names.index('left_eye')
    assert people.frames[0].scores[0, eye] == 0


def test_thousands_of_pixels_with_y_upwards_of_older_versions(write_trc, body):
    path = write_trc(change=lambda points: points * [0.001, -0.001, 0])
    check_person(read_keypoints(path), body)


def test_an_empty_cell_was_not_found(write_trc, body):
    path = write_trc()
    path.write_text(path.read_text().replace('320.000000\t90.000000', '\t'))
    nose = LAYOUTS['halpe26'].joint_names.index('nose')
    assert read_keypoints(path).frames[0].scores[0, nose] == 0


@pytest.mark.parametrize(
    'to_metres',
    [
        lambda points: (points - [320, 430, 0]) * [0.005, -0.005, 0],
        lambda points: points * [0.005, 0.005, 0] + [0, 0, 0.1],
    ],
)
def test_metres_are_refused(write_trc, to_metres):
    path = write_trc('clip_m_person00.trc', to_metres)
    with pytest.raises(ValueError, match=r'in metres or in 3D.*_px_'):
        read_keypoints(path)


def test_a_header_that_is_cut_off_is_said(tmp_path):
    (tmp_path / 'a.trc').write_text('PathFileType\t4\t(X/Y/Z)\ta.trc\n')
    with pytest.raises(ValueError, match='its header is cut off'):
        read_keypoints(tmp_path / 'a.trc')
