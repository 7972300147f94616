"""Rotations: unit quaternions, 6D, matrices.

Quaternions are wxyz and assumed to have unit length; they are never renormalized. q and
-q are the same rotation. Matrices act on column vectors. ``...`` is any number of
leading batch dimensions. The conversions are those of roma, whose order is xyzw.
"""

import roma
import torch
from torch import Tensor


def quaternion_to_matrix(quaternions: Tensor) -> Tensor:
    """Convert unit quaternions wxyz, (..., 4), to rotation matrices, (..., 3, 3)."""
    return roma.unitquat_to_rotmat(roma.quat_wxyz_to_xyzw(quaternions))


def matrix_to_quaternion(rot_mats: Tensor) -> Tensor:
    """Convert rotation matrices, (..., 3, 3), to unit quaternions wxyz, (..., 4).

    Their sign is canonical, w >= 0.
    """
    return canonical_quaternion(
        roma.quat_xyzw_to_wxyz(roma.rotmat_to_unitquat(rot_mats))
    )


def rotation_6d_to_matrix(rotation_6d: Tensor) -> Tensor:
    """Orthonormalize two vectors into a rotation matrix.

    Args:
        rotation_6d: Two vectors of any length, one after the other, (..., 6).

    Returns:
        Rotation matrices, (..., 3, 3). The first column points along the first
        vector, the second lies in the plane of both.

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
    """Conjugate quaternions wxyz, (..., 4); this inverts unit quaternions."""
    return torch.cat([quaternions[..., :1], -quaternions[..., 1:]], dim=-1)


def canonical_quaternion(quaternions: Tensor) -> Tensor:
    """Return q or -q, whichever has w >= 0; wxyz, (..., 4)."""
    return torch.where(quaternions[..., :1] < 0, -quaternions, quaternions)


def squared_quaternion_distance(a: Tensor, b: Tensor) -> Tensor:
    r"""Squared distance of two quaternions, regardless of their signs.

    .. math:: \min(\lVert a - b \rVert^2, \lVert a + b \rVert^2)

    Args:
        a: Unit quaternions wxyz, (..., 4).
        b: The same.

    Returns:
        The distance in [0, 2], (...).
    """
    return torch.minimum((a - b).square().sum(-1), (a + b).square().sum(-1))


def shortest_arc(start: Tensor, end: Tensor) -> Tensor:
    """Compute the smallest rotation from one direction to another.

    For opposite directions, any perpendicular axis is possible; the one used is also
    perpendicular to the coordinate axis least aligned with ``start``.

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
