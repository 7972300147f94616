"""Write the motion of a person into files of other programs."""

from collections.abc import Callable, Sequence
from pathlib import Path

from mmposenorm.export.arrays import save_csv, save_npz
from mmposenorm.export.bvh import save_bvh
from mmposenorm.export.markers import MOST_C3D_FRAMES, save_c3d, save_trc
from mmposenorm.export.motion import Motion, Root, to_motion
from mmposenorm.keypoints.messages import about, warn
from mmposenorm.pose_result import PoseNormResult
from mmposenorm.skeletons import Skeleton

_SAVERS: dict[str, Callable[[str | Path, Motion], None]] = {
    'bvh': save_bvh,
    'trc': save_trc,
    'c3d': save_c3d,
    'csv': save_csv,
    'npz': save_npz,
}
FORMATS = tuple(_SAVERS)


def write_bvh(
    path: str | Path,
    result: PoseNormResult,
    skeleton: Skeleton,
    *,
    root: Root = 'identity',
) -> None:
    """Write the joint rotations of a person as BVH, for Blender and the like.

    Centimetres; x to the viewer's right, y up, z towards the viewer, whom the rest pose
    (a T-pose) faces. Rotations are intrinsic: about y, x and z for the root, about z, y
    and x for the other joints. The root stays above one point, at the height at which
    the lowest joint of the clip touches the floor. Leaves, such as the feet, end in
    a bone of 5 cm, which has no meaning.

    Args:
        path: The file.
        result: What is known of the person. If its frame times are not known, the file
            has 30 frames per second; frames that are not evenly spaced in time are
            interpolated. Both are logged.
        skeleton: The condition skeleton of the model, ``inferencer.skeleton``.
        root: ``'identity'`` for normalized poses, which are upright and face the
            viewer; ``'estimated'`` to keep the heading and lean seen by the camera.

    Raises:
        ValueError: If ``root`` is something else, there is no frame, or the skeleton is
            not that of the result.
    """
    save_bvh(path, to_motion(result, skeleton, root))


def write_trc(
    path: str | Path,
    result: PoseNormResult,
    skeleton: Skeleton,
    *,
    root: Root = 'identity',
) -> None:
    """Write the 17 keypoints of a person as TRC, for OpenSim.

    Millimetres in OpenSim's axes: x forward (with ``root='estimated'``, towards the
    camera), y up, z to the right. The lowest keypoint of the clip is at y = 0.

    Args:
        path: The file.
        result: As in :func:`write_bvh`.
        skeleton: As in :func:`write_bvh`.
        root: As in :func:`write_bvh`.

    Raises:
        ValueError: As in :func:`write_bvh`.
    """
    save_trc(path, to_motion(result, skeleton, root))


def write_c3d(
    path: str | Path,
    result: PoseNormResult,
    skeleton: Skeleton,
    *,
    root: Root = 'identity',
) -> None:
    """Write the 17 keypoints of a person as C3D, by ``ezc3d``.

    Units, axes and names are those of :func:`write_trc`.

    Args:
        path: The file.
        result: As in :func:`write_bvh`.
        skeleton: As in :func:`write_bvh`.
        root: As in :func:`write_bvh`.

    Raises:
        ImportError: If ``ezc3d`` is not installed.
        ValueError: As in :func:`write_bvh`, or if there are more than 65,535 frames.
    """
    save_c3d(path, to_motion(result, skeleton, root))


def write_csv(
    path: str | Path,
    result: PoseNormResult,
    skeleton: Skeleton,
    *,
    root: Root = 'identity',
) -> None:
    """Write the 17 keypoints of a person as a table, for spreadsheets.

    A row for each frame: its number from 0, its time in seconds, and x, y and z of each
    keypoint in metres: x to the viewer's right, y up, z towards the viewer. The lowest
    joint of the clip is at y = 0.

    Args:
        path: The file.
        result: As in :func:`write_bvh`.
        skeleton: As in :func:`write_bvh`.
        root: As in :func:`write_bvh`.

    Raises:
        ValueError: As in :func:`write_bvh`.
    """
    save_csv(path, to_motion(result, skeleton, root))


def write_npz(
    path: str | Path,
    result: PoseNormResult,
    skeleton: Skeleton,
    *,
    root: Root = 'identity',
) -> None:
    """Write keypoints and joint rotations of a person as NumPy arrays.

    ``keypoints`` (T, 17, 3) in metres, in the axes of :func:`write_csv`;
    ``joint_rotations`` (T, J, 4), unit quaternions wxyz, local to the parent, the
    root's to these axes; ``fps``; and of the skeleton ``keypoint_names``,
    ``joint_names``, ``parents`` (J,) and ``bone_offsets`` (J, 3) in metres.

    Args:
        path: The file.
        result: As in :func:`write_bvh`.
        skeleton: As in :func:`write_bvh`.
        root: As in :func:`write_bvh`.

    Raises:
        ValueError: As in :func:`write_bvh`.
    """
    save_npz(path, to_motion(result, skeleton, root))


def write_clip(
    folder: str | Path,
    name: str,
    result: PoseNormResult,
    skeleton: Skeleton,
    formats: Sequence[str],
    root: Root = 'identity',
) -> list[Path]:
    """Write the motion of a person in several formats.

    Args:
        folder: Where the files go.
        name: Their name without suffix.
        result: As in :func:`write_bvh`.
        skeleton: As in :func:`write_bvh`.
        formats: Some of ``FORMATS``: ``'bvh'``, ``'trc'``, ``'c3d'``, ``'csv'``,
            ``'npz'``.
        root: As in :func:`write_bvh`.

    Returns:
        The files. C3D, which cannot hold more than 65,535 frames, is left out of a
        longer clip's; that is logged.

    Raises:
        ImportError: If C3D is asked for and ``ezc3d`` is not installed.
        ValueError: As in :func:`write_bvh`, or if a format is not known.
    """
    unknown = [format for format in formats if format not in _SAVERS]
    if unknown:
        raise ValueError(
            f'formats must be among {", ".join(FORMATS)}, but has {", ".join(unknown)}.'
        )
    with about(name):
        motion = to_motion(result, skeleton, root)
        if 'c3d' in formats and len(motion.joints) > MOST_C3D_FRAMES:
            warn(f'C3D is not written: it holds at most {MOST_C3D_FRAMES} frames.')
            formats = [format for format in formats if format != 'c3d']
    files = [Path(folder) / f'{name}.{format}' for format in formats]
    for format, file in zip(formats, files, strict=True):
        _SAVERS[format](file, motion)
    return files
