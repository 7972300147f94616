"""Synthetic motion: smooth movements between random key poses.

Trunk, head and thighs are described in the frame of the hips, upper arms in that of the
shoulders, shanks and forearms in that of the bone above. The *swing* of a bone is the
angle between its direction in the T-pose and its direction now, as a vector
perpendicular to the former that points to the latter. As in
:mod:`mmposenorm.transforms.memory`, coordinates come first: swings are (3, 14, ...).
"""

import math

import torch
from torch import Generator, Tensor

from mmposenorm.registry import TRANSFORMS
from mmposenorm.transforms.base import BatchTransform
from mmposenorm.transforms.bodies import draw_uniform, join_bones, split_bones
from mmposenorm.transforms.constants import Constant
from mmposenorm.transforms.limbs import body_frames, lengths
from mmposenorm.transforms.memory import from_planes, to_planes

# The bones that turn, by the keypoints at their ends: spine, thorax, neck, head, left
# and right shoulder; then right and left thigh, shank, upper arm and forearm.
_BONES = Constant((7, 8, 9, 10, 11, 14, 2, 5, 3, 6, 15, 12, 16, 13))
_OF_HIPS, _OF_SHOULDERS = slice(0, 10), slice(10, 14)
_FRAME = Constant([0] * 10 + [1] * 4)
_UPPER, _LOWER = Constant((6, 7, 10, 11)), Constant((8, 9, 12, 13))
_UP, _DOWN, _LEFT, _RIGHT = (0, 1, 0), (0, -1, 0), (1, 0, 0), (-1, 0, 0)
_REST = Constant(
    torch.tensor([*[_UP] * 4, _LEFT, _RIGHT, *[_DOWN] * 4, *[_RIGHT, _LEFT] * 2]).T
)
# The parts that move independently: trunk and head, right leg, left leg, right arm and
# left arm.
_PART_OF_BONE = [0, 0, 0, 0, 0, 0, 1, 2, 1, 2, 3, 4, 3, 4]
_PART = Constant(_PART_OF_BONE)
_IN_PART = Constant(torch.eye(5)[:, _PART_OF_BONE])
# rad/s; between the 99th and the 99.9th percentile in motion capture (CMU and ACCAD).
_MAX_SPEED = Constant([math.radians(s) for s in [200] * 6 + [600] * 4 + [800] * 4])
_PEAK_SPEED = 1.875  # of a minimum-jerk movement, as a multiple of its mean speed
_FPS = 50  # of motion capture; in slower clips, parts may rest in the last key pose


@TRANSFORMS.register_module()
class SynthesizeMotion(BatchTransform):
    """Replace the motion of some clips by smooth movements between random key poses.

    Trunk and head, each leg and each arm move independently. Their key poses are taken
    from random frames of the batch, so joints stay within the recorded range of motion.
    Between key poses, bones make minimum-jerk movements, which are slowed down if a
    bone would be faster than people are. Bone lengths and the path and orientation of
    the hips do not change.

    Required keys: keypoints_world, fps. Modified keys: keypoints_world.

    Args:
        share: Share of the clips of a batch that are replaced, in [0, 1]. Their number
            is rounded.
        interval: Shortest and longest time from one key pose to the next, in seconds,
            drawn uniformly for each part of each clip.

    Raises:
        ValueError: If an option is out of range.

    Source:
        Flash and Hogan, The coordination of arm movements, J. Neuroscience 1985, for
        the minimum-jerk movement; here of angles.
    """

    def __init__(
        self, share: float = 0.25, interval: tuple[float, float] = (0.3, 1.2)
    ) -> None:
        if not 0 <= share <= 1 or not 0 < interval[0] <= interval[1]:
            raise ValueError(
                'Expected share in [0, 1] and interval = (shortest, longest) in '
                f'seconds, both positive, but they are {share} and {tuple(interval)}. '
                'Check SynthesizeMotion in your config.'
            )
        self.share = share
        self.interval = interval

    def __call__(self, inputs: dict, generator: Generator) -> dict:
        """Replace the drawn clips."""
        if 'keypoints' in inputs:
            raise ValueError(
                'The clips have 2D keypoints; expected none, because they would not '
                'show the motion that SynthesizeMotion makes. Use it with motion '
                'capture.'
            )
        world = inputs['keypoints_world']
        count = round(self.share * len(world))
        if count == 0:
            return inputs
        draws = draw_uniform((len(world),), (0, 1), world, generator)
        chosen = draws.argsort()[:count]
        keys = self._draw_keys(world, count, generator)
        times = self._draw_times(keys, world.shape[1], inputs['fps'][chosen], generator)
        moved = _pose(to_planes(world[chosen]), _directions(_move(keys, times)))
        moved = world.index_copy(0, chosen, from_planes(moved))
        return inputs | {'keypoints_world': moved}

    def _draw_keys(self, world: Tensor, count: int, generator: Generator) -> Tensor:
        """Draw the swings of N clips in K key poses, (3, 14, N, K)."""
        frames_between = self.interval[0] * _FPS
        num_keys = 2 + math.ceil((world.shape[1] - 1) / frames_between)
        poses = world.flatten(0, 1)
        size = (count, num_keys * 5)
        drawn = torch.randint(
            len(poses), size, generator=generator, device=world.device
        )
        swings = _swings(to_planes(poses[drawn])).unflatten(-1, (num_keys, 5))
        return torch.einsum('cjnkp,pj->cjnk', swings, _IN_PART.like(swings))

    def _draw_times(
        self, keys: Tensor, num_frames: int, fps: Tensor, generator: Generator
    ) -> Tensor:
        """Draw the time of each part in T frames, counted in key poses, (5, N, T)."""
        size = (5, keys.shape[2])
        intervals = draw_uniform(size, self.interval, keys, generator)
        # A bone rotates by at most the length of the difference of two swings.
        angles = lengths(keys.diff(dim=-1)).amax(dim=-1)
        needed = _PEAK_SPEED * angles / _MAX_SPEED.like(keys)[:, None]
        needed = (_IN_PART.like(keys)[..., None] * needed).amax(dim=1)
        intervals = torch.maximum(intervals, needed)
        start = draw_uniform(size, (0, 1), keys, generator)
        frames = torch.arange(num_frames, device=fps.device)
        return start[..., None] + frames / (fps[:, None] * intervals[..., None])


def _swings(world: Tensor) -> Tensor:
    """Compute the swings of poses in planes (3, 17, ...), (3, 14, ...)."""
    bones = split_bones(world).index_select(1, _BONES.on(world.device))
    frames = body_frames(world).index_select(2, _FRAME.on(world.device))
    directions = torch.einsum('wfjbt,wjbt->fjbt', frames, bones)
    directions = directions / lengths(directions)
    rest, upper, lower = _constants(directions)
    above, rest_above = directions[:, upper], rest[:, upper]
    straight = _reflect(directions[:, lower], _unit(above + rest_above))
    directions = directions.index_copy(1, lower, _reflect(straight, rest_above))
    cosines = (directions * rest).sum(dim=0)
    aside = directions - cosines * rest
    sines = lengths(aside)
    return aside * (torch.atan2(sines, cosines) / sines)


def _directions(swings: Tensor) -> Tensor:
    """Undo :func:`_swings`, giving unit vectors in the frame of hips or shoulders."""
    rest, upper, lower = _constants(swings)
    angles = lengths(swings)
    directions = rest * angles.cos() + swings * (angles.sin() / angles)
    above, rest_above = directions[:, upper], rest[:, upper]
    bent = _reflect(directions[:, lower], rest_above)
    bent = _reflect(bent, _unit(above + rest_above))
    return directions.index_copy(1, lower, bent)


def _constants(like: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return rest directions (3, 14, 1, 1), upper and lower halves of limbs."""
    rest = _REST.like(like)[..., None, None]
    return rest, _UPPER.on(like.device), _LOWER.on(like.device)


def _unit(vectors: Tensor) -> Tensor:
    return vectors / lengths(vectors)


def _reflect(vectors: Tensor, normals: Tensor) -> Tensor:
    """Mirror vectors in the planes perpendicular to unit normals.

    Mirroring along one direction and then along the middle between it and another is
    the smallest rotation from the one to the other.
    """
    return vectors - 2 * (vectors * normals).sum(dim=0) * normals


def _move(keys: Tensor, times: Tensor) -> Tensor:
    """Move from key pose to key pose.

    Args:
        keys: Swings in key poses, (3, 14, N, K).
        times: Time of each part in each frame, counted in key poses, (5, N, T).

    Returns:
        The swings in each frame, (3, 14, N, T).
    """
    last = keys.shape[-1] - 1
    numbers = torch.arange(last + 1, device=keys.device)[:, None]
    near = 1 - (times.clamp(max=last)[:, :, None] - numbers).abs()  # (5, N, K, T)
    near = near.clamp(min=0)
    weights = near**3 * (10 + near * (6 * near - 15))
    weights = weights.index_select(0, _PART.on(keys.device))
    return torch.einsum('cjnk,jnkt->cjnt', keys, weights)


def _pose(world: Tensor, directions: Tensor) -> Tensor:
    """Point bones of clips in planes (3, 17, N, T) in other directions."""
    bones = _BONES.on(world.device)
    # The arms come second, because the shoulders move with the trunk.
    for frame, part in enumerate((_OF_HIPS, _OF_SHOULDERS)):
        old = split_bones(world)
        axes = body_frames(world)[:, :, frame]
        new = torch.einsum('wfnt,fjnt->wjnt', axes, directions[:, part])
        new = new * lengths(old.index_select(1, bones[part]))
        world = join_bones(old.index_copy(1, bones[part], new))
    return world
