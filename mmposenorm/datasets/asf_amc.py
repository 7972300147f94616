"""Acclaim motion capture files (ASF: skeleton, AMC: motion), as CMU publishes them.

A bone starts at its parent's end. ``axis`` is the rotation C from the bone's own frame
to the world at rest. The angles of a motion, M, are about the axes of that frame. So
with G the rotation of a bone in the world,

    G = G_parent C M C^-1,    end = end_parent + G (length * direction).

``T`` frames. Lengths are in the file's unit until :func:`h36m_keypoints`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from math import isfinite
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from mmposenorm.parsing import parsing

_METRES_PER_INCH = 0.0254
# Bone of CMU's skeletons that ends at each keypoint but the root, which is between the
# two hip joints.
_H36M_BONES = (
    *('rhipjoint', 'rfemur', 'rtibia', 'lhipjoint', 'lfemur', 'ltibia'),
    *('upperback', 'thorax', 'upperneck', 'head'),
    *('lclavicle', 'lhumerus', 'lradius', 'rclavicle', 'rhumerus', 'rradius'),
)


@dataclass(frozen=True)
class Bone:
    """One bone of an ASF file.

    Args:
        parent: Name of the bone at whose end it starts, None for the root.
        offset: Vector from start to end at rest, in the file's unit, (3,).
        axis: Rotation of its own frame at rest.
        order: Order of the axes, e.g. ``'xyz'``, x first.
        channels: The values in a line of the AMC file, e.g. ``('rx', 'rz')``.
    """

    parent: str | None
    offset: np.ndarray
    axis: Rotation
    order: str
    channels: tuple[str, ...]


@dataclass(frozen=True)
class AsfSkeleton:
    """A skeleton: its bones by name, parents first, and metres per unit of length."""

    bones: dict[str, Bone]
    metres: float


def load_asf(file: str | Path) -> AsfSkeleton:
    """Read a skeleton.

    Args:
        file: An ASF file with angles in degrees and its unit of length in inches.

    Returns:
        The skeleton.

    Raises:
        ValueError: If the file is invalid.
    """
    text = Path(file).read_text(errors='replace')
    with parsing(file, 'an ASF file'):
        return _parse_skeleton(_split_sections(text), file)


def _parse_skeleton(sections: dict[str, list[str]], file: str | Path) -> AsfSkeleton:
    missing = {'units', 'root', 'bonedata', 'hierarchy'} - set(sections)
    if missing:
        raise ValueError(
            f'{file} lacks the sections {sorted(missing)}; expected an ASF file with '
            'units, root, bonedata and hierarchy. Download it again.'
        )
    units = dict(line.split()[:2] for line in sections['units'])
    if units.get('angle') != 'deg' or 'length' not in units:
        raise ValueError(
            f"{file} has the units {units}; expected a length and 'angle deg'. Convert "
            'its angles to degrees first.'
        )
    bones = {'root': _parse_root(sections['root'])}
    parsed = dict(_parse_bone(block) for block in _blocks(sections['bonedata']))
    for line in next(_blocks(sections['hierarchy']), []):
        parent, *children = line.split()
        for child in children:
            if child not in parsed or parent not in bones:
                raise ValueError(
                    f"{file}: the hierarchy names '{parent}' as the parent of "
                    f"'{child}'; expected bones that are described before. Download "
                    'the file again.'
                )
            bones[child] = replace(parsed[child], parent=parent)
    _check_channels(bones, file)
    metres = _METRES_PER_INCH / float(units['length'])
    if not (isfinite(metres) and metres > 0) or not all(
        np.isfinite(bone.offset).all() for bone in bones.values()
    ):
        raise ValueError(
            f'{file} has lengths that are not finite numbers. Download it again.'
        )
    return AsfSkeleton(bones, metres)


def load_amc(file: str | Path, skeleton: AsfSkeleton) -> dict[str, np.ndarray]:
    """Read a motion of a skeleton.

    Args:
        file: An AMC file, fully specified, in degrees.
        skeleton: The skeleton of the same subject.

    Returns:
        The values of each moving bone's channels, (T, number of channels).

    Raises:
        ValueError: If the file does not fit the skeleton, or frames are missing.
    """
    values: dict[str, list[list[float]]] = {
        name: [] for name, bone in skeleton.bones.items() if bone.channels
    }
    frames: list[int] = []
    lines = Path(file).read_text(errors='replace').splitlines()
    for number, line in enumerate(lines, start=1):
        words = line.split()
        if not words or words[0][0] in '#:':
            continue
        if len(words) == 1 and words[0].isdecimal():
            frames.append(int(words[0]))
            continue
        name, row = words[0], _finite_numbers(words[1:])
        if name not in values or len(row) != len(skeleton.bones[name].channels):
            raise ValueError(
                f'{file}, line {number}: {line.strip()[:60]!r} does not fit the '
                'skeleton; expected a bone and one number for each of its dof. Use the '
                'ASF file of the same subject, or download this file again.'
            )
        values[name].append(row)
    _check_frames(frames, values, file)
    return {name: np.array(rows) for name, rows in values.items()}


def bone_ends(
    skeleton: AsfSkeleton, motion: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Compute where the bones of a moving skeleton end (forward kinematics).

    Args:
        skeleton: The skeleton.
        motion: Its motion, from :func:`load_amc`.

    Returns:
        World positions of the end of each bone, by its name, in the file's unit, y up,
        (T, 3).
    """
    num_frames = len(motion['root'])
    rotations: dict[str, Rotation] = {}
    ends: dict[str, np.ndarray] = {}
    for name, bone in skeleton.bones.items():
        values = motion.get(name, np.zeros((num_frames, 0)))
        moved, turned = _read_channels(bone, values)
        local = bone.axis * turned * bone.axis.inv()
        if bone.parent is None:
            rotations[name], ends[name] = local, bone.offset + moved
        else:
            rotations[name] = rotations[bone.parent] * local
            ends[name] = ends[bone.parent] + rotations[name].apply(bone.offset)
    return ends


def h36m_keypoints(ends: dict[str, np.ndarray], metres: float) -> np.ndarray:
    """Select Human3.6M's joints from a posed skeleton of CMU.

    Args:
        ends: See :func:`bone_ends`.
        metres: Metres per unit of ``ends``.

    Returns:
        The 17 keypoints in metres, (T, 17, 3); the root is midway between the hips.

    Raises:
        ValueError: If a bone is missing.
    """
    missing = [name for name in _H36M_BONES if name not in ends]
    if missing:
        raise ValueError(
            f'The skeleton lacks the bones {missing}; expected the bone names of the '
            'CMU Graphics Lab Motion Capture Database. Use its ASF files.'
        )
    root = (ends['rhipjoint'] + ends['lhipjoint']) / 2
    return np.stack([root, *(ends[name] for name in _H36M_BONES)], axis=1) * metres


def resample_indices(
    num_frames: int, source_fps: float, target_fps: float
) -> np.ndarray:
    """Choose the frames with which a recording plays at another frame rate.

    Args:
        num_frames: Number n of frames of the recording.
        source_fps: Frame rate of the recording.
        target_fps: The other frame rate.

    Returns:
        Frame min(round(k source_fps / target_fps), n - 1) for each k below
        n target_fps / source_fps, (ceil(n target_fps / source_fps),) int.
    """
    count = int(np.ceil(num_frames * target_fps / source_fps))
    nearest = np.round(np.arange(count) * source_fps / target_fps).astype(int)
    return np.minimum(nearest, num_frames - 1)


def _split_sections(text: str) -> dict[str, list[str]]:
    sections: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in text.splitlines():
        line = line.split('#')[0].strip()
        if line.startswith(':'):
            lines = sections.setdefault(line[1:].split()[0], [])
        elif line:
            lines.append(line)
    return sections


def _blocks(lines: list[str]) -> Iterator[list[str]]:
    block: list[str] = []
    for line in lines:
        if line == 'begin':
            block = []
        elif line == 'end':
            yield block
        else:
            block.append(line)


def _parse_root(lines: list[str]) -> Bone:
    fields = {line.split()[0]: line.split()[1:] for line in lines}
    order = fields['axis'][0].lower()
    return Bone(
        parent=None,
        offset=np.array(fields['position'], dtype=float),
        axis=_rotation(order, fields['orientation']),
        order=order,
        channels=tuple(channel.lower() for channel in fields['order']),
    )


def _parse_bone(lines: list[str]) -> tuple[str, Bone]:
    fields = {line.split()[0]: line.split()[1:] for line in lines}
    direction = np.array(fields['direction'], dtype=float)
    *angles, order = fields['axis']
    bone = Bone(
        parent=None,
        offset=direction * float(fields['length'][0]),
        axis=_rotation(order.lower(), angles),
        order=order.lower(),
        channels=tuple(fields.get('dof', ())),
    )
    return fields['name'][0], bone


def _check_channels(bones: dict[str, Bone], file: str | Path) -> None:
    for name, bone in bones.items():
        unknown = set(bone.channels) - {'tx', 'ty', 'tz', 'rx', 'ry', 'rz'}
        if unknown:
            raise ValueError(
                f"{file}: bone '{name}' has dof {sorted(unknown)}; expected only "
                'translations and rotations. Remove the others first.'
            )


def _finite_numbers(words: list[str]) -> list[float]:
    """Read the numbers of a line; an empty list unless all are finite numbers."""
    try:
        numbers = [float(word) for word in words]
    except ValueError:
        return []
    return numbers if all(map(isfinite, numbers)) else []


def _check_frames(
    frames: list[int], values: dict[str, list[list[float]]], file: str | Path
) -> None:
    for before, frame in pairwise(frames):
        if frame != before + 1:
            raise ValueError(
                f'{file}: frame {frame} follows frame {before}; expected frame '
                f'{before + 1}. Download the file again, or split it at its gaps.'
            )
    short = [name for name, rows in values.items() if len(rows) != len(frames)]
    if short or not frames:
        raise ValueError(
            f'{file} has {len(frames)} frames, but not all of them have '
            f'{short or "bones"}; expected one line per bone in each frame. Download '
            'the file again.'
        )


def _rotation(order: str, angles: list[str]) -> Rotation:
    # Lower case: about the fixed axes, the first one first.
    return Rotation.from_euler(order, np.array(angles, dtype=float), degrees=True)


def _read_channels(bone: Bone, values: np.ndarray) -> tuple[np.ndarray, Rotation]:
    column = dict(zip(bone.channels, values.T, strict=True))
    zeros = np.zeros(len(values))
    moved = np.stack([column.get(f't{axis}', zeros) for axis in 'xyz'], axis=-1)
    angles = np.stack([column.get(f'r{axis}', zeros) for axis in bone.order], axis=-1)
    return moved, Rotation.from_euler(bone.order, angles, degrees=True)
