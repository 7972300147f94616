"""Files that are known and not read, and what to do about them."""

from pathlib import Path

_NPZ = (
    "np.savez('clip.npz', keypoints=..., visible=..., layout='coco', fps=30) with "
    'keypoints (T, K, 2)'
)
_PICKLE = (
    'it is a pickle, which can run programs when it is opened. Open it where you trust '
    f'it, and save its 2D keypoints by {_NPZ}.'
)
_MOCAP = (
    'it holds motion in 3D; expected 2D keypoints of a video. For 3D poses there is '
    'normalize_keypoints_3d; for ASF/AMC tools/dataset_converters/cmu_asf_amc.py.'
)
_ANGLES = (
    'it holds joint angles of OpenSim or Sports2D, no keypoints. Give the trc file in '
    'pixels that Sports2D writes beside it.'
)
_SLEAP = f'it is a project of SLEAP. Export it as csv for analysis, or by {_NPZ}.'
_KINOVEA = (
    "it holds Kinovea's annotations. Give the video, or a csv with the columns frame, "
    'joint, x, y in pixels.'
)
_YAML = (
    'it is written by OpenPose with --write_keypoint, or another YAML file. Run '
    'OpenPose with --write_json, and give its folder.'
)
_MAT = (
    f'it is a MATLAB file; Penn Action is read as a data set only. Save it by {_NPZ}.'
)

REFUSED = {
    **dict.fromkeys(('.pkl', '.pickle', '.joblib', '.pt', '.pth'), _PICKLE),
    **dict.fromkeys(('.asf', '.amc', '.bvh', '.c3d', '.fbx'), _MOCAP),
    **dict.fromkeys(('.mot', '.sto'), _ANGLES),
    **dict.fromkeys(('.yaml', '.yml'), _YAML),
    '.kva': _KINOVEA,
    '.mat': _MAT,
    '.slp': _SLEAP,
}
"""Why files of these suffixes are refused, and what to do."""


def check_readable(path: Path) -> None:
    """Refuse files that are known and not read.

    Args:
        path: A file.

    Raises:
        ValueError: If it is one of them; says what to do.
    """
    if path.suffix.lower() in REFUSED:
        raise ValueError(REFUSED[path.suffix.lower()])
