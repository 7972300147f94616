"""Motion as positions of markers, TRC and C3D, for OpenSim and biomechanics."""

from io import StringIO
from pathlib import Path

import numpy as np

from mmposenorm.atomic_files import atomic_path
from mmposenorm.export.motion import Motion
from mmposenorm.skeletons import H36M_KEYPOINTS

_MM = 1000.0
# A C3D file counts its frames in 16 bits.
MOST_C3D_FRAMES = 65535
_TRC_COLUMNS = ['DataRate', 'CameraRate', 'NumFrames', 'NumMarkers', 'Units']
_TRC_COLUMNS += ['OrigDataRate', 'OrigDataStartFrame', 'OrigNumFrames']
_SHORT = {'root': 'Hip', 'right_foot': 'RAnkle', 'left_foot': 'LAnkle'}


def _marker(keypoint: str) -> str:
    """Name a keypoint as Pose2Sim and OpenCap do, e.g. RKnee."""
    words = keypoint.split('_')
    side = words[0][0].upper() if words[0] in ('left', 'right') else ''
    rest = words[1:] if side else words
    return _SHORT.get(keypoint, side + ''.join(word.capitalize() for word in rest))


MARKERS = tuple(map(_marker, H36M_KEYPOINTS))


def save_trc(path: str | Path, motion: Motion) -> None:
    """Write a motion in mm; see :func:`mmposenorm.export.write_trc`."""
    points = _points(motion)
    count, number, rate = len(points), len(MARKERS), f'{motion.fps:g}'
    axes = (f'{axis}{i}' for i in range(1, number + 1) for axis in 'XYZ')
    header = [
        ['PathFileType', '4', '(X/Y/Z)', Path(path).name],
        _TRC_COLUMNS,
        [rate, rate, str(count), str(number), 'mm', rate, '1', str(count)],
        ['Frame#', 'Time', *(cell for name in MARKERS for cell in (name, '', ''))],
        ['', '', *axes],
        [],
    ]
    rows = StringIO()
    frames = np.arange(count)
    columns = frames + 1, frames / motion.fps, points.reshape(count, -1)
    formats = ['%d', '%.6f'] + ['%.4f'] * 3 * number
    np.savetxt(rows, np.column_stack(columns), fmt=formats, delimiter='\t')
    lines = ['\t'.join(cells) for cells in header]
    with atomic_path(path) as partial:
        partial.write_text('\n'.join(lines) + '\n' + rows.getvalue(), 'utf-8')


def save_c3d(path: str | Path, motion: Motion) -> None:
    """Write a motion in mm; see :func:`mmposenorm.export.write_c3d`."""
    try:
        import ezc3d
    except ImportError as error:
        raise ImportError(
            'Writing C3D needs ezc3d, which is not installed. Install it with '
            '`pip install ezc3d`, or write TRC.'
        ) from error
    points = _points(motion)
    if len(points) > MOST_C3D_FRAMES:
        raise ValueError(
            f'A C3D file holds at most {MOST_C3D_FRAMES} frames, but the clip has '
            f'{len(points)}. Write TRC, or cut the clip.'
        )
    file = ezc3d.c3d()
    point = file['parameters']['POINT']
    point['RATE']['value'] = [motion.fps]
    point['LABELS']['value'] = list(MARKERS)
    point['UNITS']['value'] = ['mm']
    file.add_parameter('POINT', 'X_SCREEN', ['+X'])
    file.add_parameter('POINT', 'Y_SCREEN', ['+Y'])
    file['data']['points'] = np.concatenate(
        [points, np.ones_like(points[..., :1])], axis=-1
    ).transpose(2, 1, 0)
    with atomic_path(path) as partial:
        file.write(str(partial))


def _points(motion: Motion) -> np.ndarray:
    """Keypoints in mm in OpenSim's axes, x forward, y up and z right, (T, 17, 3)."""
    x, y, z = np.moveaxis(motion.keypoints * _MM, -1, 0)
    return np.stack([z, y, -x], axis=-1) + 0.0
