"""Small synthetic recordings in the format of CMU's database (ASF/AMC)."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mmposenorm.atomic_files import atomic_file

# Name, parent, direction and length at rest (in units of 1/0.45 inch), axis, dof.
_SIDE = (
    ('{s}hipjoint', 'root', (0.65, -0.71, 0.25), 2.5, (0, 0, 0), ''),
    ('{s}femur', '{s}hipjoint', (0.34, -0.94, 0), 7.5, (0, 0, 20), 'rx ry rz'),
    ('{s}tibia', '{s}femur', (0.34, -0.94, 0), 7.3, (0, 0, 20), 'rx'),
    ('{s}clavicle', 'thorax', (0.94, 0.27, -0.2), 3.6, (0, 0, 0), 'ry rz'),
    ('{s}humerus', '{s}clavicle', (1, 0, 0), 5.3, (180, 30, 90), 'rx ry rz'),
    ('{s}radius', '{s}humerus', (1, 0, 0), 3.5, (180, 30, 90), 'rx'),
)
_MIDDLE = tuple(
    (name, parent, (0, 1, 0.02), length, (0, 0, 0), 'rx ry rz')
    for name, parent, length in (
        ('lowerback', 'root', 2.0),
        ('upperback', 'lowerback', 2.0),
        ('thorax', 'upperback', 2.0),
        ('lowerneck', 'thorax', 1.7),
        ('upperneck', 'lowerneck', 1.7),
        ('head', 'upperneck', 1.8),
    )
)
_BONES = _MIDDLE + tuple(
    (name.format(s=s), parent.format(s=s), (x * sign, y, z), length, axis, dof)
    for s, sign in (('l', 1), ('r', -1))
    for name, parent, (x, y, z), length, axis, dof in _SIDE
)
_HEADER = """:version 1.10
:name synthetic
:units
  mass 1.0
  length 0.45
  angle deg
:root
   order TX TY TZ RX RY RZ
   axis XYZ
   position 0 0 0
   orientation 0 0 0
:bonedata
"""


def write_synthetic_asf_amc(
    folder: str | Path, subject: int = 1, num_trials: int = 1, num_frames: int = 240
) -> None:
    """Write a skeleton with CMU's bone names and motions of it, at 120 fps.

    Args:
        folder: Folder for ``NN.asf`` and ``NN_01.amc``, ``NN_02.amc``, ...
        subject: The number NN, which is also the seed of the motions.
        num_trials: Number of motions.
        num_frames: Number of frames of each.
    """
    with atomic_file(Path(folder) / f'{subject:02d}.asf') as file:
        file.write(_asf_text().encode())
    for trial in range(1, num_trials + 1):
        generator = np.random.default_rng((subject, trial))
        with atomic_file(Path(folder) / f'{subject:02d}_{trial:02d}.amc') as file:
            file.write(_amc_text(num_frames, generator).encode())


def _asf_text() -> str:
    blocks = []
    for number, (name, _, direction, length, axis, dof) in enumerate(_BONES, start=1):
        direction = np.array(direction) / np.linalg.norm(direction)
        blocks.append(
            f'  begin\n     id {number}\n     name {name}\n'
            f'     direction {_numbers(direction)}\n     length {length}\n'
            f'     axis {_numbers(axis)}  XYZ\n'
            + (f'    dof {dof}\n' if dof else '')
            + '  end\n'
        )
    children: dict[str, list[str]] = {}
    for name, parent, *_ in _BONES:
        children.setdefault(parent, []).append(name)
    lines = [f'    {parent} {" ".join(names)}\n' for parent, names in children.items()]
    hierarchy = ':hierarchy\n  begin\n' + ''.join(lines) + '  end\n'
    return _HEADER + ''.join(blocks) + hierarchy


def _amc_text(num_frames: int, generator: np.random.Generator) -> str:
    times = np.arange(num_frames) / 120
    columns = {'root': np.stack([0 * times, 16 + 0 * times, 20 * times], axis=1)}
    turns = [('root', 'rx ry rz'), *((bone[0], bone[5]) for bone in _BONES if bone[5])]
    for name, dof in turns:
        phase, rate = generator.uniform(0, 6, (2, len(dof.split())))
        angles = 20 * np.sin(phase + rate * times[:, None])
        moved = columns.get(name, np.zeros((num_frames, 0)))
        columns[name] = np.concatenate([moved, angles], axis=1)
    lines = [':FULLY-SPECIFIED', ':DEGREES']
    for frame in range(num_frames):
        lines.append(str(frame + 1))
        lines += [f'{name} {_numbers(rows[frame])}' for name, rows in columns.items()]
    return '\n'.join(lines) + '\n'


def _numbers(values: Sequence[float]) -> str:
    return ' '.join(f'{value:.6g}' for value in values)
