"""Rotations: unit quaternions, 6D, matrices.

Quaternions are wxyz and of unit length, which is assumed and never silently
restored; q and -q are one rotation. Matrices act on column vectors. Any number of
leading batch dimensions ``...``. The conversions are roma's, whose order is xyzw.
"""

import roma
import torch
from torch import Tensor


def quaternion_to_matrix(quaternions: Tensor) -> Tensor:
    """Convert unit quaternions wxyz, (..., 4), to rotation matrices, (..., 3, 3)."""
    return roma.unitquat_to_rotmat(roma.quat_wxyz_to_xyzw(quaternions))


def matrix_to_quaternion(rot_mats: Tensor) -> Tensor:
    """Convert rotation matrices, (..., 3, 3), to unit quaternions wxyz, (..., 4).

    The sign is canonical: w >= 0.
    """
    return canonical_quaternion(
        roma.quat_xyzw_to_wxyz(roma.rotmat_to_unitquat(rot_mats))
    )


def rotation_6d_to_matrix(rotation_6d: Tensor) -> Tensor:
    """Orthonormalise two vectors into a rotation matrix.

    Args:
        rotation_6d: Two vectors of any length, one after the other, (..., 6).

    Returns:
        Rotation matrices whose first column is along the first vector and whose
        second lies in the plane of both, (..., 3, 3).

    Source:
        Zhou et al., On the Continuity of Rotation Representations, CVPR 2019.
    """
    columns = rotation_6d.unflatten(-1, (2, 3)).mT
    return roma.special_gramschmidt(columns)


def quaternion_multiply(a: Tensor, b: Tensor) -> Tensor:
    """Compose rotations: first ``b``, then ``a``; wxyz, (..., 4)."""
    product = roma.quat_product(roma.quat_wxyz_to_xyzw(a), roma.quat_wxyz_to_xyzw(b))
    return roma.quat_xyzw_to_wxyz(product)


def quaternion_conjugate(quaternions: Tensor) -> Tensor:
    """Invert unit quaternions wxyz, (..., 4)."""
    return quaternions * quaternions.new_tensor([1, -1, -1, -1])


def canonical_quaternion(quaternions: Tensor) -> Tensor:
    """Pick of q and -q the one with w >= 0; wxyz, (..., 4)."""
    return torch.where(quaternions[..., :1] < 0, -quaternions, quaternions)


def squared_quaternion_distance(a: Tensor, b: Tensor) -> Tensor:
    r"""Squared distance of two rotations that ignores the quaternions' signs.

    .. math:: \min(\lVert a - b \rVert^2, \lVert a + b \rVert^2)

    Args:
        a: Unit quaternions wxyz, (..., 4).
        b: The same.

    Returns:
        The distance in [0, 2], (...).
    """
    return torch.minimum((a - b).square().sum(-1), (a + b).square().sum(-1))


def shortest_arc(start: Tensor, end: Tensor) -> Tensor:
    """Find the smallest rotation that turns one direction into another.

    At 180 degrees, where every perpendicular axis is as short, the axis is fixed:
    perpendicular to ``start`` and to the coordinate axis least aligned with it.

    Args:
        start: Unit vectors, (..., 3).
        end: Unit vectors, (..., 3).

    Returns:
        Unit quaternions wxyz, (..., 4).
    """
    middle = start + end
    length = middle.norm(dim=-1, keepdim=True)
    opposite = length < 8 * torch.finfo(start.dtype).eps
    middle = middle / torch.where(opposite, torch.ones_like(length), length)
    turn = torch.cat(
        [(start * middle).sum(-1, keepdim=True), torch.linalg.cross(start, middle)], -1
    )
    least = torch.eye(3, dtype=start.dtype, device=start.device)[
        start.abs().argmin(dim=-1)
    ]
    axis = torch.linalg.cross(start, least)
    axis = axis / axis.norm(dim=-1, keepdim=True)
    half_turn = torch.cat([torch.zeros_like(length), axis], -1)
    return torch.where(opposite, half_turn.expand_as(turn), turn)
