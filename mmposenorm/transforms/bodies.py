"""Transforms of whole batches of clips in the world, on the model's device.

They take and give the ``inputs`` of a batch, B clips of T frames, and draw from the
generator they are handed.
"""

import torch
from torch import Generator, Tensor

from mmposenorm.geometry.kinematics import scale_bones
from mmposenorm.registry import TRANSFORMS
from mmposenorm.skeletons import H36M_LEFT, H36M_MIRRORED, H36M_RIGHT

_RIGHT_FOOT, _LEFT_FOOT = 3, 6
_LEG_BONES = (2, 3)  # thigh and shank of the right leg; the left is scaled alike


def draw_uniform(
    shape: tuple[int, ...],
    limits: tuple[float, float],
    like: Tensor,
    generator: Generator,
) -> Tensor:
    """Draw uniformly between two limits, on the device of ``like``."""
    low, high = limits
    draws = torch.rand(shape, generator=generator, device=like.device, dtype=like.dtype)
    return low + (high - low) * draws


@TRANSFORMS.register_module()
class ScaleBones:
    """Give each clip another body: every bone scaled, left and right alike.

    The root's path is scaled with the legs, so that the feet stay near the floor.

    Required keys: keypoints_world. Modified keys: keypoints_world.

    Args:
        scale_range: Lowest and highest factor, drawn uniformly for each bone.

    Source:
        Paper section 4.1: factors from [0.75, 1.25], symmetry preserved.
    """

    def __init__(self, scale_range: tuple[float, float] = (0.75, 1.25)) -> None:
        self.scale_range = tuple(scale_range)

    def __call__(self, inputs: dict, generator: Generator) -> dict:
        """Scale the bones of each clip."""
        world = inputs['keypoints_world']
        scales = draw_uniform((len(world), 17), self.scale_range, world, generator)
        scales[:, list(H36M_LEFT)] = scales[:, list(H36M_RIGHT)]
        root = world[:, :, :1] * scales[:, _LEG_BONES].mean(-1)[:, None, None, None]
        body = scale_bones(world - world[:, :, :1], scales[:, None])
        return inputs | {'keypoints_world': root + body}


@TRANSFORMS.register_module()
class MirrorClip:
    """Mirror some clips: left becomes right, in the world and in the image.

    Required keys: keypoints_world; camera, keypoints and keypoints_visible if
    present. Modified keys: the same.

    Args:
        prob: Share of clips that are mirrored.
    """

    def __init__(self, prob: float = 0.5) -> None:
        self.prob = prob

    def __call__(self, inputs: dict, generator: Generator) -> dict:
        """Mirror the drawn clips."""
        world = inputs['keypoints_world']
        draws = draw_uniform((len(world),), (0, 1), world, generator)
        chosen = (draws < self.prob)[:, None, None, None]
        mirrored = {'keypoints_world': _swap_sides(_negate_x(world))}
        if 'camera' in inputs:
            mirrored['camera'] = mirror_camera(inputs['camera'])
        if 'keypoints' in inputs:
            center = inputs['camera']['center'][:, None, None]
            keypoints = _negate_x(inputs['keypoints'] - center) + center
            mirrored['keypoints'] = _swap_sides(keypoints)
            visible = inputs['keypoints_visible'][..., list(H36M_MIRRORED)]
            mirrored['keypoints_visible'] = visible
        return inputs | {
            key: _choose(chosen, value, inputs[key]) for key, value in mirrored.items()
        }


@TRANSFORMS.register_module()
class RenderTwice:
    """Take each motion twice, to be shown on two bodies to two cameras.

    Clip ``i`` and clip ``B + i`` of the answer are the same motion; transforms that
    come after draw for each on its own. The ``view_consistency`` loss compares them.

    Required keys: keypoints_world, fps. Modified keys: the same, with 2 B clips.
    """

    def __call__(self, inputs: dict, generator: Generator) -> dict:
        """Repeat the clips."""
        if 'camera' in inputs:
            raise ValueError(
                'RenderTwice needs clips without a camera of their own, to draw two '
                'virtual ones for each. Use it with motion capture.'
            )
        return {key: torch.cat([value, value]) for key, value in inputs.items()}


@TRANSFORMS.register_module()
class LabelFootContact:
    """Tell in which frames each foot stands on the floor.

    A foot is in contact where it is near the lowest places of the clip's feet and
    hardly moves.

    Required keys: keypoints_world, fps. Added keys: foot_contact (B, T, 2), 1 where
    the right, the left foot stands.

    Args:
        height: Highest place above the mean of the lowest fifth, in metres.
        speed: Highest speed, in m/s.

    Source:
        MotioNet labels by 20 mm above that mean and 5 mm in two frames at 50 fps
        (0.125 m/s); the speed is doubled for the noise of optical motion capture.
    """

    def __init__(self, height: float = 0.02, speed: float = 0.25) -> None:
        self.height = height
        self.speed = speed

    def __call__(self, inputs: dict, generator: Generator) -> dict:
        """Add the labels."""
        feet = inputs['keypoints_world'][:, :, [_RIGHT_FOOT, _LEFT_FOOT]]
        heights = feet[..., 1].flatten(1)
        lowest = heights.sort(dim=1).values[:, : max(1, heights.shape[1] // 5)]
        floor = lowest.mean(dim=1)[:, None, None]
        # Of the two steps around a frame, the longer; at the ends there is one. A clip
        # of one frame stands still.
        steps = torch.diff(feet, dim=1).norm(dim=-1)
        still = feet.new_zeros(len(feet), 1, 2)
        speed = torch.maximum(
            torch.cat([still, steps], dim=1), torch.cat([steps, still], dim=1)
        )
        speed = speed * inputs['fps'][:, None, None]
        contact = (feet[..., 1] <= floor + self.height) & (speed <= self.speed)
        return inputs | {'foot_contact': contact.to(feet.dtype)}


def mirror_camera(camera: dict[str, Tensor]) -> dict[str, Tensor]:
    """Mirror cameras so that they see a world mirrored in x as a mirrored image."""
    rotation = camera['rotation'].clone()
    rotation[..., 0, 1:] *= -1
    rotation[..., 1:, 0] *= -1
    tangential = camera['tangential'] * camera['tangential'].new_tensor([1, -1])
    return camera | {
        'rotation': rotation,
        'translation': _negate_x(camera['translation']),
        'tangential': tangential,
    }


def _negate_x(points: Tensor) -> Tensor:
    return torch.cat([-points[..., :1], points[..., 1:]], dim=-1)


def _swap_sides(keypoints: Tensor) -> Tensor:
    return keypoints[..., list(H36M_MIRRORED), :]


def _choose(chosen: Tensor, mirrored: Tensor | dict, plain: Tensor | dict) -> object:
    if isinstance(plain, dict):
        return {key: _choose(chosen, mirrored[key], plain[key]) for key in plain}
    return torch.where(chosen.reshape(-1, *[1] * (plain.ndim - 1)), mirrored, plain)
