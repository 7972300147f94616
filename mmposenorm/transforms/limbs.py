"""New poses for training: limbs exchanged between the clips of a batch, and turned."""

import math

import roma
import torch
from torch import Generator, Tensor

from mmposenorm.fields import NotNegative, Share
from mmposenorm.registry import TRANSFORMS
from mmposenorm.transforms.base import BatchTransform
from mmposenorm.transforms.bodies import draw_uniform, join_bones, split_bones
from mmposenorm.transforms.constants import Constant
from mmposenorm.transforms.memory import from_planes, to_planes

_RIGHT_HIP, _LEFT_HIP, _THORAX = 1, 4, 8
# Hips and shoulders: the ends of the two lines that limbs hang on.
_RIGHT_ENDS, _LEFT_ENDS = slice(1, 15, 13), slice(4, 12, 7)
# Bones that are exchanged: four hang on the hips, four on the shoulders. Both legs
# come from one clip, since they keep the balance together; each arm from its own.
_EXCHANGED = Constant((2, 3, 5, 6, 15, 16, 12, 13))
_EXCHANGE_OF_BONE = Constant((0, 0, 0, 0, 1, 1, 2, 2))
# Bones that are turned: the upper halves of the limbs, then the lower ones.
_TURNED = Constant((2, 5, 12, 15, 3, 6, 13, 16))


@TRANSFORMS.register_module()
class ExchangeLimbs(BatchTransform):
    """Give some clips the legs, the right or the left arm of other clips.

    Relative to the hips or the shoulders, a limb moves as in the clip that it comes
    from, with the bone lengths of the clip that it is given to. The network thus sees
    many more poses than were recorded.

    Required keys: keypoints_world. Modified keys: keypoints_world.

    Args:
        prob: Share of clips whose legs are replaced; the same for the right and for
            the left arm, each drawn independently.

    Source:
        Li et al., Cascaded deep monocular 3D human pose estimation with evolutionary
        training data, CVPR 2020, exchange limbs between single poses. Here they are
        exchanged for whole clips, so that motions stay smooth.
    """

    def __init__(self, prob: Share = 0.5) -> None:
        self.prob = prob

    def __call__(self, inputs: dict, generator: Generator) -> dict:
        """Exchange the drawn limbs."""
        world = to_planes(inputs['keypoints_world'])
        donors, chosen = self._draw(world, generator)
        exchanged = _exchange(world, donors, chosen)
        return inputs | {'keypoints_world': from_planes(exchanged)}

    def _draw(self, world: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
        """Draw the clip that each limb comes from and the limbs to replace, (3, B)."""
        draws = draw_uniform((2, 3, world.shape[2]), (0, 1), world, generator)
        return draws[0].argsort(dim=1), draws[1] < self.prob


@TRANSFORMS.register_module()
class TurnLimbs(BatchTransform):
    """Rotate each leg and arm about its hip or shoulder, and its lower half again.

    Each rotation is the same in all frames of a clip. The network thus sees stances
    that were never recorded.

    Required keys: keypoints_world. Modified keys: keypoints_world.

    Args:
        angle: Standard deviation of the angle about each of three axes, in degrees.
    """

    def __init__(self, angle: NotNegative = 12) -> None:
        self.angle = math.radians(angle)

    def __call__(self, inputs: dict, generator: Generator) -> dict:
        """Rotate the limbs."""
        world = to_planes(inputs['keypoints_world'])
        vectors = self.angle * torch.randn(
            (8, world.shape[2], 3), generator=generator, device=world.device
        )
        turns = roma.rotvec_to_rotmat(vectors.to(world.dtype))
        return inputs | {'keypoints_world': from_planes(_turn(world, turns))}


def _exchange(world: Tensor, donors: Tensor, chosen: Tensor) -> Tensor:
    """Exchange limbs in planes (3, 17, B, T) by choices (3, B), as ``_draw`` gives."""
    order, of_bone = (c.on(world.device) for c in (_EXCHANGED, _EXCHANGE_OF_BONE))
    bones = split_bones(world)
    own = bones.index_select(1, order)
    frames = body_frames(world)
    local = torch.einsum('wfnbt,wnjbt->fnjbt', frames, own.unflatten(1, (2, 4)))
    rows = donors.index_select(0, of_bone)[:, :, None].expand(own.shape)
    given = local.flatten(1, 2).gather(2, rows).unflatten(1, (2, 4))
    given = torch.einsum('wfnbt,fnjbt->wnjbt', frames, given).flatten(1, 2)
    given = given * (lengths(own) / lengths(given))
    mixed = torch.where(chosen.index_select(0, of_bone)[:, :, None], given, own)
    return join_bones(bones.index_copy(1, order, mixed))


def _turn(world: Tensor, turns: Tensor) -> Tensor:
    """Turn limbs in planes (3, 17, B, T) by rotations in the root frame, (8, B, 3, 3).

    The first four rotations turn whole limbs, the last four their lower halves.
    """
    order = _TURNED.on(world.device)
    upper, lower = turns.unflatten(0, (2, 4))
    turns = torch.cat([upper, lower @ upper])
    bones = split_bones(world)
    frame = _frames(world[:, _LEFT_HIP] - world[:, _RIGHT_HIP], _trunk(world))
    local = torch.einsum('wfbt,wjbt->jbft', frame, bones.index_select(1, order))
    turned = torch.einsum('wfbt,jbft->wjbt', frame, turns @ local)
    return join_bones(bones.index_copy(1, order, turned))


def lengths(planes: Tensor) -> Tensor:
    """Lengths of vectors (3, ...), at least 1e-6, so that one can divide by them."""
    return planes.square().sum(dim=0).sqrt().clamp(min=1e-6)


def body_frames(world: Tensor) -> Tensor:
    """Frames that limbs move in: of the hips, the root frame, and of the shoulders.

    Args:
        world: World positions in planes, (3, 17, B, T).

    Returns:
        The axes, (3 coordinates in the world, 3 axes, 2 frames, B, T): x from right to
        left, y up the trunk, z forward.
    """
    across = world[:, _LEFT_ENDS] - world[:, _RIGHT_ENDS]
    return _frames(across, _trunk(world)[:, None])


def _trunk(world: Tensor) -> Tensor:
    return world[:, _THORAX] - world[:, 0]


def _frames(across: Tensor, along: Tensor) -> Tensor:
    """Frames whose x is along the first vector, y towards the second.

    Args:
        across: Vectors from right to left, (3, ..., B, T).
        along: Vectors of the trunk, broadcast against them.

    Returns:
        The axes, (3 coordinates in the world, 3 axes, ..., B, T).
    """
    x = across / lengths(across)
    y = along - (along * x).sum(0) * x
    y = y / lengths(y)
    return torch.stack([x, y, torch.linalg.cross(x, y, dim=0)], dim=1)
