"""Features -> joint rotations -> directions of the bones (the FK layer of E_Q)."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from mmposenorm.geometry.kinematics import accumulate_bones, accumulate_rotations
from mmposenorm.geometry.rotations import quaternion_to_matrix, rotation_6d_to_matrix
from mmposenorm.registry import MODELS
from mmposenorm.skeletons import H36M_PARENTS, Skeleton

# A person who faces the camera: left to the right of the image, up to -y, front to -z.
_FACING_QUATERNION = (0.0, 1.0, 0.0, 0.0)
_FACING_6D = (1.0, 0.0, 0.0, 0.0, -1.0, 0.0)


class PosedBones(NamedTuple):
    """What forward kinematics needs of a pose, whatever the lengths of the bones.

    Attributes:
        rot_mats: Rotation of each joint local to its parent, the root's to the
            camera, (..., J, 3, 3).
        directions: Direction of the bone that ends at each of the 17 keypoints, in
            the camera frame, (..., 17, 3); zero for the root.
    """

    rot_mats: Tensor
    directions: Tensor

    def place(self, bone_lengths: Tensor) -> Tensor:
        """Join bones of given lengths (..., 17) to keypoints, root at 0, (..., 17, 3).

        The same as forward kinematics with these rotations on a skeleton with these
        lengths, without the chain of rotations worked out again.
        """
        return accumulate_bones(self.directions * bone_lengths[..., None], H36M_PARENTS)


@MODELS.register_module()
class FKHead(nn.Module):
    """Predict a rotation for each joint that moves a bone, and chain them.

    Args:
        in_channels: Channels of the features.
        skeleton: Gives the tree and the rest directions.
        rotation: ``'quaternion'``, normalized to unit length, as in the paper, or
            ``'6d'``.
        frame: What the network's rotations are relative to: ``'parent'``, as in the
            paper, or ``'root'``, so that an error near the root does not move all
            that hangs on it.

    Raises:
        ValueError: If the representation or the frame is not known.
    """

    def __init__(
        self,
        in_channels: int,
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
        self.parents = skeleton.parents
        self.rotating = list(skeleton.rotating_joints)
        self.keypoint_parents = [
            max(skeleton.parents[joint], 0) for joint in skeleton.keypoint_joints
        ]
        rest = skeleton.rest_directions[list(skeleton.keypoint_joints)]
        self.register_buffer('rest_directions', torch.tensor(rest).float(), False)
        width = 4 if rotation == 'quaternion' else 6
        self.linear = nn.Linear(in_channels, width * len(self.rotating))
        self._start_from_rest()

    def _start_from_rest(self) -> None:
        # Training starts from a body at rest that faces the camera: no rotation is
        # near 0 in length, where its direction would mean nothing.
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
        """Map features (..., C) to rotations of all joints and bone directions."""
        # In full precision also where the encoder is not: bfloat16 has 8 bits.
        with torch.autocast(features.device.type, enabled=False):
            numbers = self.linear(features.float())
        numbers = numbers.unflatten(-1, (len(self.rotating), -1))
        if self.rotation == 'quaternion':
            numbers = nn.functional.normalize(numbers, dim=-1)
            rotating = quaternion_to_matrix(numbers)
        else:
            rotating = rotation_6d_to_matrix(numbers)
        shape = (*rotating.shape[:-3], len(self.parents), 3, 3)
        rot_mats = torch.eye(3, device=rotating.device).expand(shape).clone()
        rot_mats[..., self.rotating, :, :] = rotating
        if self.frame == 'parent':
            chained = accumulate_rotations(rot_mats, self.parents)
        else:
            root = rot_mats[..., :1, :, :]
            chained = torch.cat([root, root @ rot_mats[..., 1:, :, :]], dim=-3)
        of_parents = chained[..., self.keypoint_parents, :, :]
        directions = (of_parents @ self.rest_directions[..., None])[..., 0]
        return PosedBones(rot_mats, directions)
