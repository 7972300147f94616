"""The condition skeleton as a part of a model, and so of its checkpoint."""

import json
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from mmposenorm.geometry.kinematics import inverse_kinematics
from mmposenorm.parsing import parsing
from mmposenorm.skeletons import (
    H36M_KEYPOINTS,
    SKELETONS,
    Skeleton,
    default_bone_lengths,
)

_LONGEST_BONE = 3.0  # m


class ConditionSkeleton(nn.Module):
    """The bone lengths of the body that every pose is put on.

    Args:
        kind: ``'extended'`` or ``'rigid'``, see :mod:`mmposenorm.skeletons`.
        file: JSON of bone lengths as from ``tools/mean_bone_lengths.py``; the
            default body's if not given. Lengths in a checkpoint replace them.

    Raises:
        ValueError: If the kind is unknown or, when a checkpoint is loaded, if it was
            trained on a skeleton of the other kind.
        FileNotFoundError: If there is no such file.
    """

    bone_lengths: Tensor
    num_joints: Tensor

    def __init__(self, kind: str = 'extended', file: str | None = None) -> None:
        super().__init__()
        if kind not in SKELETONS:
            raise ValueError(
                f'skeleton must be one of {sorted(SKELETONS)}, but is {kind!r}. Check '
                '`model.skeleton` in your config.'
            )
        self.kind = kind
        lengths = default_bone_lengths() if file is None else read_bone_lengths(file)
        # Its joints and rest directions never change; its lengths may be outdated.
        self.initial_skeleton = SKELETONS[kind](lengths.tolist())
        self.register_buffer('bone_lengths', torch.tensor(lengths).float())
        num_joints = torch.tensor(self.initial_skeleton.num_joints)
        self.register_buffer('num_joints', num_joints)

    @property
    def skeleton(self) -> Skeleton:
        """The skeleton with its current bone lengths, which are copied to the CPU."""
        return SKELETONS[self.kind](self.bone_lengths.tolist())

    def joint_rotations(self, keypoints_3d: Tensor) -> Tensor:
        """Find the joint rotations that give a pose its bone directions.

        Args:
            keypoints_3d: The 17 keypoints in any frame, (..., 17, 3).

        Returns:
            Unit quaternions wxyz, (..., J, 4); see
            :func:`~mmposenorm.geometry.kinematics.inverse_kinematics`.
        """
        return inverse_kinematics(keypoints_3d, self.initial_skeleton)

    def _load_from_state_dict(
        self, state_dict: dict[str, Tensor], prefix: str, *args: object
    ) -> None:
        theirs = state_dict.get(f'{prefix}num_joints')
        if theirs is not None and theirs.item() != self.num_joints.item():
            raise ValueError(
                f'The checkpoint was trained on a skeleton of {theirs.item()} joints, '
                f'but the config asks for the {self.kind} one of '
                f'{self.num_joints.item()}. Give the config it was trained with, or '
                'set `model.skeleton`.'
            )
        super()._load_from_state_dict(state_dict, prefix, *args)


def read_bone_lengths(file: str) -> np.ndarray:
    """Read bone lengths in metres, (17,), as ``tools/mean_bone_lengths.py`` writes.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a keypoint has no length in it.
    """
    path = Path(file)
    if not path.is_file():
        raise FileNotFoundError(
            f'{file} not found. Make it from the training set by '
            'tools/mean_bone_lengths.py, or take `condition_skeleton` out of the '
            'config to use the default one.'
        )
    with parsing(file, 'JSON of bone lengths'):
        lengths = json.loads(path.read_text())['bone_lengths']
        return _in_order(lengths, file)


def _in_order(lengths: dict[str, float], file: str) -> np.ndarray:
    missing = [name for name in H36M_KEYPOINTS if name not in lengths]
    if missing:
        raise ValueError(
            f'{file} has no length for {missing}. Write it with '
            'tools/mean_bone_lengths.py.'
        )
    found = np.array([float(lengths[name]) for name in H36M_KEYPOINTS])
    if not ((found >= 0) & (found < _LONGEST_BONE)).all():
        raise ValueError(
            f'{file} has lengths that are not from 0 to {_LONGEST_BONE} m. Write it '
            'with tools/mean_bone_lengths.py.'
        )
    return found
