"""New poses for training: limbs exchanged between the clips of a batch, and turned."""

import math

import roma
import torch
from torch import Generator, Tensor

from mmposenorm.registry import TRANSFORMS
from mmposenorm.transforms.bodies import draw_uniform, join_bones, split_bones
from mmposenorm.transforms.memory import from_planes, to_planes

_THORAX = 8
# Ends of the line that the limbs hang on, the right one first, and the joints of each
# exchange: both legs go together, since they keep the balance together.
_HIPS, _LEGS = (1, 4), (2, 3, 5, 6)
_SHOULDERS, _RIGHT_ARM, _LEFT_ARM = (14, 11), (15, 16), (12, 13)
_LIMBS = ((2, 3), (5, 6), (12, 13), (15, 16), (3,), (6,), (13,), (16,))
_EXCHANGES = ((_HIPS, _LEGS), (_SHOULDERS, _RIGHT_ARM), (_SHOULDERS, _LEFT_ARM))


@TRANSFORMS.register_module()
class ExchangeLimbs:
    """Give some clips the legs, the right or the left arm of other clips.

    A limb moves as in the clip it comes from, relative to the hips or the shoulders,
    with the bone lengths of the body that it comes to. So the network sees many more
    poses than were recorded: what it learns of a leg it does not tie to what the arms
    did in that recording.

    Required keys: keypoints_world. Modified keys: keypoints_world.

    Args:
        prob: Share of clips whose legs, right arm, left arm are replaced, each drawn
            on its own.

    Source:
        Li et al., Cascaded deep monocular 3D human pose estimation with evolutionary
        training data, CVPR 2020, exchange limbs between single poses; here whole
        motions are, so that they stay smooth.
    """

    def __init__(self, prob: float = 0.5) -> None:
        self.prob = prob

    def __call__(self, inputs: dict, generator: Generator) -> dict:
        """Exchange the drawn limbs."""
        world = to_planes(inputs['keypoints_world'])
        bones = split_bones(world)
        for ends, joints in _EXCHANGES:
            frame = _frames(world, *ends)
            local = torch.einsum('wfbt,wjbt->fjbt', frame, bones[:, joints])
            donors, chosen = self._draw(world, generator)
            given = torch.einsum('wfbt,fjbt->wjbt', frame, local[:, :, donors])
            lengths = _lengths(bones[:, joints]) / _lengths(given)
            bones[:, joints] = torch.where(chosen, given * lengths, bones[:, joints])
        return inputs | {'keypoints_world': from_planes(join_bones(bones))}

    def _draw(self, world: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
        """Draw who gives a limb to each clip, (B,), and who takes it, (B, 1)."""
        size = world.shape[2]
        donors = torch.randperm(size, generator=generator, device=world.device)
        chosen = draw_uniform((size, 1), (0, 1), world, generator) < self.prob
        return donors, chosen


@TRANSFORMS.register_module()
class TurnLimbs:
    """Turn each leg and arm about its hip or shoulder, and its lower half once more.

    Each by one rotation for the whole clip: nobody was recorded in every stance.

    Required keys: keypoints_world. Modified keys: keypoints_world.

    Args:
        angle: Standard deviation of the angle about each of three axes, in degrees.
    """

    def __init__(self, angle: float = 12) -> None:
        self.angle = math.radians(angle)

    def __call__(self, inputs: dict, generator: Generator) -> dict:
        """Turn the limbs."""
        world = to_planes(inputs['keypoints_world'])
        bones = split_bones(world)
        frame = _frames(world, *_HIPS)
        for joints in _LIMBS:
            vectors = self.angle * torch.randn(
                (world.shape[2], 3), generator=generator, device=world.device
            )
            turns = roma.rotvec_to_rotmat(vectors.to(world.dtype))
            local = torch.einsum('wfbt,wjbt->fjbt', frame, bones[:, joints])
            local = torch.einsum('bgf,fjbt->gjbt', turns, local)
            bones[:, joints] = torch.einsum('wfbt,fjbt->wjbt', frame, local)
        return inputs | {'keypoints_world': from_planes(join_bones(bones))}


def _lengths(planes: Tensor) -> Tensor:
    return planes.square().sum(dim=0).sqrt().clamp(min=1e-6)


def _frames(world: Tensor, right: int, left: int) -> Tensor:
    """Axes of the line right -> left and the trunk, (in the world, axis, B, T)."""
    across = world[:, left] - world[:, right]
    along = world[:, _THORAX] - world[:, 0]
    x = across / _lengths(across)
    y = along - (along * x).sum(0) * x
    y = y / _lengths(y)
    return torch.stack([x, y, torch.linalg.cross(x, y, dim=0)], dim=1)
