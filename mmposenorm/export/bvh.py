"""Motion as BVH, for Blender and other animation programs."""

import warnings
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from mmposenorm.atomic_files import atomic_path
from mmposenorm.export.motion import Motion
from mmposenorm.skeletons import Skeleton

_CM = 100.0
# Programs draw a bone from each joint; that of a leaf is this long.
_LEAF_CM = 5.0
# The root turns mostly about y, the vertical; limbs at rest lie along x or y and are
# often turned by 90 degrees about x or z, which must not be the axis in the middle.
_ROOT_ORDER, _JOINT_ORDER = 'YXZ', 'ZYX'


def save_bvh(path: str | Path, motion: Motion) -> None:
    """Write a motion in centimetres; see :func:`mmposenorm.export.write_bvh`."""
    lines = ['HIERARCHY', *_joint(motion.skeleton, 0, ''), 'MOTION']
    lines += [f'Frames: {len(motion.joints)}', f'Frame Time: {1 / motion.fps:.8f}']
    rows = StringIO()
    np.savetxt(rows, _channels(motion), fmt='%.6f')
    with atomic_path(path) as partial:
        partial.write_text('\n'.join(lines) + '\n' + rows.getvalue())


def _joint(skeleton: Skeleton, joint: int, indent: str) -> Iterator[str]:
    """Describe a joint and, inside it, its children."""
    inside = indent + '\t'
    kind = 'JOINT' if joint else 'ROOT'
    yield f'{indent}{kind} {skeleton.joint_names[joint]}'
    yield f'{indent}{{'
    yield f'{inside}{_offset(skeleton.bone_offsets[joint] * _CM)}'
    yield f'{inside}{_channel_names(joint)}'
    children = [j for j, parent in enumerate(skeleton.parents) if parent == joint]
    for child in children:
        yield from _joint(skeleton, child, inside)
    if not children:
        end = _offset(skeleton.rest_directions[joint] * _LEAF_CM)
        yield from (f'{inside}End Site', f'{inside}{{')
        yield from (f'{inside}\t{end}', f'{inside}}}')
    yield f'{indent}}}'


def _offset(vector: np.ndarray) -> str:
    x, y, z = vector + 0.0  # no minus before zeros
    return f'OFFSET {x:.6f} {y:.6f} {z:.6f}'


def _channel_names(joint: int) -> str:
    order = _JOINT_ORDER if joint else _ROOT_ORDER
    rotations = ' '.join(f'{axis}rotation' for axis in order)
    if joint:
        return f'CHANNELS 3 {rotations}'
    return f'CHANNELS 6 Xposition Yposition Zposition {rotations}'


def _channels(motion: Motion) -> np.ndarray:
    """Position of the root in cm, then the angles of all joints in degrees, (T, 3+3J).

    Joints are listed in the order of the hierarchy, which is depth first.
    """
    frames, joints = motion.rotations.shape[:2]
    order = _depth_first(motion.skeleton.parents)
    of_root = _angles(motion.rotations[:, :1], _ROOT_ORDER)
    of_joints = _angles(motion.rotations[:, order[1:]], _JOINT_ORDER)
    angles = np.concatenate([of_root, of_joints], axis=1)
    angles = np.unwrap(angles, axis=0, period=360)
    root = motion.joints[:, 0] * _CM
    return np.concatenate([root, angles.reshape(frames, 3 * joints)], axis=1) + 0.0


def _angles(rotations: np.ndarray, order: str) -> np.ndarray:
    """Angles about the turned axes, one after the other: (T, J, 4) -> (T, J, 3)."""
    flat = Rotation.from_quat(rotations.reshape(-1, 4)[:, [1, 2, 3, 0]])
    with warnings.catch_warnings():
        # Where two axes coincide, any of the angles that give the rotation will do.
        warnings.filterwarnings('ignore', 'Gimbal lock', UserWarning)
        angles = flat.as_euler(order, degrees=True)
    return angles.reshape(*rotations.shape[:2], 3)


def _depth_first(parents: tuple[int, ...], joint: int = 0) -> list[int]:
    children = [j for j, parent in enumerate(parents) if parent == joint]
    return [joint, *(j for child in children for j in _depth_first(parents, child))]
