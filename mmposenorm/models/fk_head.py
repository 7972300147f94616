"""Features -> joint rotations -> directions of the bones (the paper's FK layer)."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from mmposenorm.fields import Width
from mmposenorm.geometry.kinematics import (
    accumulate_bones,
    accumulate_rotations,
)
from mmposenorm.geometry.rotations import (
    matrix_to_quaternion,
    quaternion_to_matrix,
    rotation_6d_to_matrix,
)
from mmposenorm.registry import MODELS
from mmposenorm.skeletons import H36M_PARENTS, Skeleton

# A person who faces the camera: left to the right of the image, up to -y, front to -z.
_FACING_QUATERNION = (0.0, 1.0, 0.0, 0.0)
_FACING_6D = (1.0, 0.0, 0.0, 0.0, -1.0, 0.0)


class PosedBones(NamedTuple):
    """A pose without bone lengths.

    Attributes:
        rotations: Rotation of each joint that moves a bone, in the camera frame,
            (..., R, 3, 3).
        directions: Direction of the bone that ends at each of the 17 keypoints, in
            the camera frame, (..., 17, 3); zero for the root.
        sigma: Expected error of the directions of the 16 bones, in radians,
            (..., 16), if it is estimated.
    """

    rotations: Tensor
    directions: Tensor
    sigma: Tensor | None = None

    def place(self, bone_lengths: Tensor) -> Tensor:
        """Join bones of given lengths (..., 17) to keypoints, root at 0, (..., 17, 3).

        The result is that of forward kinematics on a skeleton with these lengths, but
        the rotations are not accumulated again.
        """
        return accumulate_bones(self.directions * bone_lengths[..., None], H36M_PARENTS)

    def turn(self, rot_mats: Tensor) -> 'PosedBones':
        """Turn the whole pose by (..., 3, 3)."""
        return self._replace(
            rotations=rot_mats[..., None, :, :] @ self.rotations,
            directions=self.directions @ rot_mats.mT,
        )


@MODELS.register_module()
class FKHead(nn.Module):
    """Predict a rotation for each joint that moves a bone, and pose the bones.

    Args:
        in_channels: Channels of the features.
        skeleton: Its tree and rest directions are used.
        rotation: ``'quaternion'``, normalized to unit length, as in the paper, or
            ``'6d'``.
        frame: What the predicted rotations are relative to: ``'parent'``, as in the
            paper, or ``'root'``, where an error near the root does not move all joints
            below it.

    Raises:
        ValueError: If the representation or the frame is not known.
    """

    columns: Tensor
    signs: Tensor
    rotating: Tensor
    above: Tensor

    def __init__(
        self,
        in_channels: Width,
        skeleton: Skeleton,
        rotation: str = '6d',
        frame: str = 'parent',
    ) -> None:
        super().__init__()
        if rotation not in ('quaternion', '6d'):
            raise ValueError(
                f"rotation must be 'quaternion' or '6d', but is {rotation!r}. Check "
                '`model.head` in your config.'
            )
        if frame not in ('parent', 'root'):
            raise ValueError(
                f"frame must be 'parent' or 'root', but is {frame!r}. Check "
                '`model.head` in your config.'
            )
        self.rotation = rotation
        self.frame = frame
        self.num_joints = skeleton.num_joints
        rotating = list(skeleton.rotating_joints)
        # The joints that rotate are a tree of their own: only leaves are left out.
        above = [rotating.index(skeleton.parents[joint]) for joint in rotating[1:]]
        self.parents = [-1, *above]
        self.register_buffer('rotating', torch.tensor(rotating), persistent=False)
        self.register_buffer('above', torch.tensor(above), persistent=False)
        self._find_columns(skeleton, rotating)
        width = 4 if rotation == 'quaternion' else 6
        self.linear = nn.Linear(in_channels, width * len(rotating))
        self._start_from_rest()

    def _find_columns(self, skeleton: Skeleton, rotating: list[int]) -> None:
        # Bones rest along the axes: turned by the parent's matrix, a bone points along
        # one of its columns, or against it.
        joints = list(skeleton.keypoint_joints)
        rest = torch.tensor(skeleton.rest_directions[joints]).float()
        parents = [rotating.index(max(skeleton.parents[j], 0)) for j in joints]
        columns = 3 * torch.tensor(parents) + rest.abs().argmax(dim=-1)
        self.register_buffer('columns', columns, persistent=False)
        self.register_buffer('signs', rest.sum(-1, keepdim=True), persistent=False)

    def _start_from_rest(self) -> None:
        # Training starts from a body at rest that faces the camera, so that no
        # rotation is near 0 in length, where its direction means nothing.
        nn.init.normal_(self.linear.weight, std=0.01)
        if self.rotation == 'quaternion':
            bias = torch.tensor([1.0, 0, 0, 0]).repeat(len(self.rotating), 1)
            bias[0] = torch.tensor(_FACING_QUATERNION)
        else:
            bias = torch.tensor([1.0, 0, 0, 0, 1, 0]).repeat(len(self.rotating), 1)
            bias[0] = torch.tensor(_FACING_6D)
        with torch.no_grad():
            self.linear.bias.copy_(bias.flatten())

    def forward(self, features: Tensor) -> PosedBones:
        """Map features (..., C) to rotations and bone directions."""
        # In full precision even if the encoder is not: bfloat16 has 8 bits.
        with torch.autocast(features.device.type, enabled=False):
            numbers = self.linear(features.float())
            return self._pose(numbers)

    def _pose(self, numbers: Tensor) -> PosedBones:
        numbers = numbers.unflatten(-1, (len(self.rotating), -1))
        if self.rotation == 'quaternion':
            numbers = nn.functional.normalize(numbers, dim=-1)
            rotating = quaternion_to_matrix(numbers)
        else:
            rotating = rotation_6d_to_matrix(numbers)
        if self.frame == 'parent':
            rotations = accumulate_rotations(rotating, self.parents)
        else:
            root = rotating[..., :1, :, :]
            rotations = torch.cat([root, root @ rotating[..., 1:, :, :]], dim=-3)
        columns = rotations.mT.flatten(-3, -2)
        directions = columns.index_select(-2, self.columns) * self.signs
        return PosedBones(rotations, directions)

    def joint_rotations(self, posed: PosedBones) -> Tensor:
        """Express the rotations of all joints local to their parents.

        Args:
            posed: What this head returned.

        Returns:
            Unit quaternions wxyz, the root's in the camera frame, (..., J, 4); the
            identity for leaves.
        """
        rotations = posed.rotations
        above = rotations.index_select(-3, self.above)
        local = torch.cat(
            [rotations[..., :1, :, :], above.mT @ rotations[..., 1:, :, :]], dim=-3
        )
        identity = rotations.new_zeros(*rotations.shape[:-3], self.num_joints, 4)
        identity[..., 0] = 1
        return identity.index_copy(-2, self.rotating, matrix_to_quaternion(local))
