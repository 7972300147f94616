"""Cameras for whole batches of clips, and what they see."""

import math

import torch
from torch import Generator

from mmposenorm.geometry.cameras import look_at, project, world_to_camera
from mmposenorm.registry import TRANSFORMS
from mmposenorm.transforms.bodies import draw_uniform

_IMAGE_SIZE = 1000.0  # px; only the shape of the projection matters


@TRANSFORMS.register_module()
class VirtualCamera:
    """Look at each clip from a random place, with one camera that stands still.

    The camera circles the middle of the root's path and keeps its distance from all
    of it. It does not aim exactly there, so that people also appear off the axis.

    Required keys: keypoints_world. Added keys: camera.

    Args:
        pitch: Lowest and highest angle at which the camera looks down, in degrees.
        roll: Standard deviation of the turn about the optical axis, in degrees.
        distance: Nearest and farthest distance to the root's path, in metres.
        focal: Lowest and highest focal length, in widths of the image.
        off_axis: Largest distance between aim and the middle of the path, as a share
            of the camera's distance, (sideways, up and down).
    """

    def __init__(
        self,
        pitch: tuple[float, float] = (-15, 30),
        roll: float = 4,
        distance: tuple[float, float] = (2.5, 8),
        focal: tuple[float, float] = (0.9, 1.6),
        off_axis: tuple[float, float] = (0.4, 0.15),
    ) -> None:
        self.pitch = tuple(math.radians(angle) for angle in pitch)
        self.roll = math.radians(roll)
        self.distance = tuple(distance)
        self.focal = tuple(focal)
        self.off_axis = tuple(off_axis)

    def __call__(self, inputs: dict, generator: Generator) -> dict:
        """Add a camera to each clip."""
        roots = inputs['keypoints_world'][:, :, 0]
        middle = (roots.amax(dim=1) + roots.amin(dim=1)) / 2
        radius = (roots - middle[:, None]).norm(dim=-1).amax(dim=1)
        size = (len(roots),)

        def draw(limits: tuple[float, float]) -> torch.Tensor:
            return draw_uniform(size, limits, roots, generator)

        yaw, pitch = draw((-math.pi, math.pi)), draw(self.pitch)
        distance = (draw(self.distance) + radius)[:, None]
        level = pitch.cos()
        away = torch.stack([level * yaw.sin(), pitch.sin(), level * yaw.cos()], -1)
        sideways = torch.stack([yaw.cos(), 0 * yaw, -yaw.sin()], -1)
        off = draw((-1, 1))[:, None] * self.off_axis[0] * sideways
        off[:, 1] = draw((-1, 1)) * self.off_axis[1]
        roll = self.roll * torch.randn(
            size, generator=generator, device=roots.device, dtype=roots.dtype
        )
        rotation, translation = look_at(
            middle + distance * away, middle + distance * off, roll
        )
        focal = _IMAGE_SIZE * draw(self.focal)
        camera = {
            'rotation': rotation,
            'translation': translation,
            'focal': focal[:, None].repeat(1, 2),
            'center': roots.new_full((len(roots), 2), _IMAGE_SIZE / 2),
            'radial': roots.new_zeros(len(roots), 3),
            'tangential': roots.new_zeros(len(roots), 2),
        }
        return inputs | {'camera': camera}


@TRANSFORMS.register_module()
class ViewClip:
    """Put each clip before its camera and, unless 2D came with it, take its picture.

    Required keys: keypoints_world, camera; keypoints and keypoints_visible if
    present. Added keys: lifting_target (B, T, 17, 3), the camera frame's positions in
    metres; keypoints (B, T, 17, 2) in pixels and keypoints_visible (B, T, 17), all 1.
    """

    def __call__(self, inputs: dict, generator: Generator) -> dict:
        """Add what the camera sees."""
        target = world_to_camera(inputs['keypoints_world'], inputs['camera'])
        seen = {'lifting_target': target}
        if 'keypoints' not in inputs:
            seen['keypoints'] = project(target, inputs['camera'])
            seen['keypoints_visible'] = torch.ones_like(target[..., 0])
        return inputs | seen
