"""Motion as numbers for spreadsheets and programs of one's own: CSV and npz."""

from io import StringIO
from pathlib import Path

import numpy as np

from mmposenorm.atomic_files import atomic_file, atomic_path
from mmposenorm.export.motion import Motion
from mmposenorm.skeletons import H36M_KEYPOINTS

_HEADER = ['frame', 'time', *(f'{k}_{axis}' for k in H36M_KEYPOINTS for axis in 'xyz')]


def save_csv(path: str | Path, motion: Motion) -> None:
    """Write a motion in metres; see :func:`mmposenorm.export.write_csv`."""
    rows = StringIO()
    frames = np.arange(len(motion.joints))
    points = motion.keypoints.reshape(len(frames), -1)
    formats = ['%d', '%.6f'] + ['%.5f'] * points.shape[1]
    columns = np.column_stack([frames, frames / motion.fps, points])
    np.savetxt(rows, columns, fmt=formats, delimiter=',')
    with atomic_path(path) as partial:
        partial.write_text(','.join(_HEADER) + '\n' + rows.getvalue(), 'utf-8')


def save_npz(path: str | Path, motion: Motion) -> None:
    """Write a motion in metres; see :func:`mmposenorm.export.write_npz`."""
    skeleton = motion.skeleton
    with atomic_file(path) as file:
        np.savez_compressed(
            file,
            keypoints=motion.keypoints.astype(np.float32),
            keypoint_names=np.array(H36M_KEYPOINTS),
            joint_rotations=motion.rotations.astype(np.float32),
            joint_names=np.array(skeleton.joint_names),
            parents=np.array(skeleton.parents),
            bone_offsets=skeleton.bone_offsets.astype(np.float32),
            fps=np.float64(motion.fps),
        )
