"""Transforms of batches of clips in the world, on the model's device."""

from typing import Any

import torch
from torch import Generator, Tensor

from mmposenorm.fields import Positive, Share
from mmposenorm.registry import TRANSFORMS
from mmposenorm.skeletons import H36M_LEFT, H36M_MIRRORED, H36M_PARENTS, H36M_RIGHT
from mmposenorm.transforms.base import BatchTransform
from mmposenorm.transforms.constants import Constant
from mmposenorm.transforms.memory import from_planes, to_planes

_FEET = slice(3, 7, 3)  # the right, the left
_LEG_BONES = slice(2, 4)  # thigh and shank of the right leg; the left has the same


def _bone_sums() -> Tensor:
    """Return the matrix that sums the bones from the root to each keypoint."""
    matrix = torch.eye(17, dtype=torch.float64)
    for joint, parent in enumerate(H36M_PARENTS[1:], start=1):
        matrix[joint] += matrix[parent]
    return matrix


_JOIN = Constant(_bone_sums())
_SPLIT = Constant(torch.linalg.inv(_bone_sums()))
_MIRRORED = Constant(H36M_MIRRORED)
# The bone whose scale each bone takes: left ones that of the right.
_SCALED_AS = Constant(
    [
        dict(zip(H36M_LEFT, H36M_RIGHT, strict=True)).get(joint, joint)
        for joint in range(17)
    ]
)


def split_bones(planes: Tensor) -> Tensor:
    """Split keypoints into the root's position and the bones that end at the others.

    Args:
        planes: World positions, (3, 17, B, T).

    Returns:
        The root's position and the bone vectors, (3, 17, B, T).
    """
    return (_SPLIT.like(planes) @ planes.flatten(2)).view_as(planes)


def join_bones(planes: Tensor) -> Tensor:
    """Undo :func:`split_bones`."""
    return (_JOIN.like(planes) @ planes.flatten(2)).view_as(planes)


def draw_uniform(
    shape: tuple[int, ...],
    limits: tuple[float, float],
    like: Tensor,
    generator: Generator,
) -> Tensor:
    """Draw uniformly between two limits, on the device and in the dtype of ``like``."""
    return like.new_empty(shape).uniform_(*limits, generator=generator)


@TRANSFORMS.register_module()
class ScaleBones(BatchTransform):
    """Give each clip another body by scaling its bones, left and right alike.

    The path of the root is scaled with the legs, so that the feet stay near the floor.

    Required keys: keypoints_world. Modified keys: keypoints_world.

    Args:
        scale_range: Lowest and highest factor, drawn uniformly for each bone.

    Source:
        Paper section 4.1: factors from [0.75, 1.25], symmetry preserved.
    """

    def __init__(self, scale_range: tuple[float, float] = (0.75, 1.25)) -> None:
        self.scale_range = scale_range

    def __call__(self, inputs: dict, generator: Generator) -> dict:
        """Scale the bones of each clip."""
        world = to_planes(inputs['keypoints_world'])
        scales = draw_uniform((world.shape[2], 17), self.scale_range, world, generator)
        scales = scales.index_select(1, _SCALED_AS.on(world.device))
        scales[:, 0] = scales[:, _LEG_BONES].mean(-1)  # of the root's position
        bones = split_bones(world) * scales.T[..., None]
        return inputs | {'keypoints_world': from_planes(join_bones(bones))}


@TRANSFORMS.register_module()
class MirrorClip(BatchTransform):
    """Mirror some clips: left becomes right, in the world and in the image.

    Required keys: keypoints_world; camera, keypoints and keypoints_visible if
    present. Modified keys: the same.

    Args:
        prob: Share of clips that are mirrored.
    """

    def __init__(self, prob: Share = 0.5) -> None:
        self.prob = prob

    def __call__(self, inputs: dict, generator: Generator) -> dict:
        """Mirror the drawn clips."""
        world = inputs['keypoints_world']
        draws = draw_uniform((len(world),), (0, 1), world, generator)
        chosen = (draws < self.prob).to(world.dtype)
        mirrored: dict[str, Any] = {'keypoints_world': _mirror(world, chosen)}
        if 'camera' in inputs:
            mirrored['camera'] = mirror_camera(inputs['camera'], chosen)
        if 'keypoints' in inputs:
            center = inputs['camera']['center'][:, 0]
            mirrored['keypoints'] = _mirror(inputs['keypoints'], chosen, center)
            visible = to_planes(inputs['keypoints_visible'][..., None])
            visible = torch.lerp(visible, _swap_sides(visible), chosen[:, None])
            mirrored['keypoints_visible'] = from_planes(visible)[..., 0]
        return inputs | mirrored


@TRANSFORMS.register_module()
class RenderTwice(BatchTransform):
    """Repeat each motion, to be shown on two bodies to two cameras.

    Clips ``i`` and ``B + i`` of the result are the same motion, for which the next
    transforms draw independently. The ``view_consistency`` loss compares them.

    Required keys: keypoints_world, fps. Modified keys: the same, with 2 B clips.
    """

    def __call__(self, inputs: dict, generator: Generator) -> dict:
        """Repeat the clips."""
        if 'camera' in inputs:
            raise ValueError(
                'The clips have a camera of their own; expected none, because '
                'RenderTwice needs two virtual cameras for each clip. Use it with '
                'motion capture.'
            )
        return {key: torch.cat([value, value]) for key, value in inputs.items()}


@TRANSFORMS.register_module()
class LabelFootContact(BatchTransform):
    """Label the frames in which each foot stands on the floor.

    A foot is in contact if it hardly moves and is near the lowest positions of the feet
    in the clip.

    Required keys: keypoints_world, fps. Added keys: foot_contact (B, T, 2), 1 where
    the right or the left foot is in contact.

    Args:
        height: Largest height above the mean of the lowest fifth, in metres.
        speed: Highest speed, in m/s.

    Source:
        MotioNet labels by 20 mm above that mean and 5 mm in two frames at 50 fps
        (0.125 m/s); the speed is doubled for the noise of optical motion capture.
    """

    def __init__(self, height: Positive = 0.02, speed: Positive = 0.25) -> None:
        self.height = height
        self.speed = speed

    def __call__(self, inputs: dict, generator: Generator) -> dict:
        """Add the labels."""
        feet = inputs['keypoints_world'][:, :, _FEET]
        heights = feet[..., 1].flatten(1)
        lowest = heights.topk(max(1, heights.shape[1] // 5), dim=1, largest=False)
        floor = lowest.values.mean(dim=1)[:, None, None]
        # The longer of the steps before and after each frame; 0 in a clip of one frame.
        steps = torch.diff(feet, dim=1).square().sum(-1).sqrt()
        still = feet.new_zeros(len(feet), 1, 2)
        speed = torch.maximum(
            torch.cat([still, steps], dim=1), torch.cat([steps, still], dim=1)
        )
        speed = speed * inputs['fps'][:, None, None]
        contact = (feet[..., 1] <= floor + self.height) & (speed <= self.speed)
        return inputs | {'foot_contact': contact.to(feet.dtype)}


def mirror_camera(camera: dict[str, Tensor], chosen: Tensor) -> dict[str, Tensor]:
    """Mirror cameras so that they see a world mirrored in x as a mirrored image.

    Args:
        camera: Cameras, with values (B, ...).
        chosen: 1 for cameras to mirror, 0 for those to leave, (B,).
    """
    signs = torch.ones_like(camera['translation'])
    signs[:, 0] -= 2 * chosen
    mirrored = {
        'rotation': camera['rotation'] * signs[:, :, None] * signs[:, None],
        'translation': camera['translation'] * signs,
    }
    if 'tangential' in camera:
        mirrored['tangential'] = camera['tangential'] * signs[:, :2].flip(-1)
    return camera | mirrored


def _mirror(points: Tensor, chosen: Tensor, center: Tensor | None = None) -> Tensor:
    """Mirror points (B, T, 17, D) in x where chosen is 1, (B,).

    The mirror is at 0, or at a centre (B,).
    """
    planes = to_planes(points)
    mirrored = _swap_sides(planes)
    mirrored[0].neg_()
    if center is not None:
        mirrored[0] += 2 * center[:, None]
    return from_planes(torch.lerp(planes, mirrored, chosen[:, None]))


def _swap_sides(planes: Tensor) -> Tensor:
    """Swap left and right in planes (D, 17, B, T)."""
    return planes.index_select(1, _MIRRORED.on(planes.device))
