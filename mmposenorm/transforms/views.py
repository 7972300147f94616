"""Virtual cameras and projection for whole batches of clips."""

import math

import torch
from torch import Generator

from mmposenorm.fields import NotNegative
from mmposenorm.geometry.cameras import look_at, project_coordinates
from mmposenorm.registry import TRANSFORMS
from mmposenorm.transforms.base import BatchTransform
from mmposenorm.transforms.bodies import draw_uniform
from mmposenorm.transforms.constants import Constant
from mmposenorm.transforms.memory import from_planes, to_planes

_IMAGE_SIZE = 1000.0  # px; only the shape of the projection matters


@TRANSFORMS.register_module()
class VirtualCamera(BatchTransform):
    """Place a fixed camera at a random position around each clip.

    Its distance is measured from the path of the root. It aims near the middle of this
    path but not exactly at it, so that people also appear off the optical axis.

    Required keys: keypoints_world. Added keys: camera.

    Args:
        pitch: Lowest and highest angle at which the camera looks down, in degrees.
        roll: Standard deviation of the rotation about the optical axis, in degrees.
        distance: Smallest and largest distance to the root's path, in metres.
        focal: Lowest and highest focal length, in widths of the image.
        off_axis: Largest offset of the aim from the middle of the path, as a share
            of the camera's distance, (sideways, up and down).
    """

    def __init__(
        self,
        pitch: tuple[float, float] = (-15, 30),
        roll: NotNegative = 4,
        distance: tuple[float, float] = (2.5, 8),
        focal: tuple[float, float] = (0.9, 1.6),
        off_axis: tuple[float, float] = (0.4, 0.15),
    ) -> None:
        self.roll = math.radians(roll)
        self.focal = focal
        self.off_axis = off_axis
        lowest, highest = (math.radians(angle) for angle in pitch)
        limits = [(-math.pi, math.pi), (lowest, highest), distance, (-1, 1), (-1, 1)]
        low, high = torch.tensor(limits, dtype=torch.float64).T[..., None]
        self._low, self._range = Constant(low), Constant(high - low)

    def __call__(self, inputs: dict, generator: Generator) -> dict:
        """Add a camera to each clip."""
        roots = inputs['keypoints_world'][:, :, 0]
        middle = (roots.amax(dim=1) + roots.amin(dim=1)) / 2
        radius = (roots - middle[:, None]).square().sum(-1).amax(dim=1).sqrt()
        size = (len(roots),)

        draws = draw_uniform((5, *size), (0, 1), roots, generator)
        yaw, pitch, distance, aside, above = torch.addcmul(
            self._low.like(draws), self._range.like(draws), draws
        )
        level, aside = pitch.cos(), self.off_axis[0] * aside
        sin, cos = yaw.sin(), yaw.cos()
        away = torch.stack([level * sin, pitch.sin(), level * cos], -1)
        off = torch.stack([aside * cos, self.off_axis[1] * above, -aside * sin], -1)
        distance = (distance + radius)[:, None]
        roll = self.roll * torch.randn(
            size, generator=generator, device=roots.device, dtype=roots.dtype
        )
        rotation, translation = look_at(
            middle + distance * away, middle + distance * off, roll
        )
        focal = _IMAGE_SIZE * draw_uniform(size, self.focal, roots, generator)
        camera = {
            'rotation': rotation,
            'translation': translation,
            'focal': focal[:, None].expand(-1, 2),
            'center': roots.new_full((len(roots), 2), _IMAGE_SIZE / 2),
        }
        return inputs | {'camera': camera}


@TRANSFORMS.register_module()
class ViewClip(BatchTransform):
    """Transform each clip to its camera's frame and, unless it has 2D, project it.

    Required keys: keypoints_world, camera; keypoints and keypoints_visible if
    present. Added keys: lifting_target (B, T, 17, 3), the camera frame's positions in
    metres; keypoints (B, T, 17, 2) in pixels and keypoints_visible (B, T, 17), all 1.
    """

    def __call__(self, inputs: dict, generator: Generator) -> dict:
        """Add the targets and, unless present, the keypoints."""
        camera = inputs['camera']
        world = to_planes(inputs['keypoints_world'])
        target = torch.einsum('bij,jkbt->ikbt', camera['rotation'], world)
        target = target + camera['translation'].T[:, None, :, None]
        seen = {'lifting_target': from_planes(target)}
        if 'keypoints' not in inputs:
            lens = {key: value[:, None] for key, value in camera.items()}
            picture = torch.stack(
                project_coordinates(target[0], target[1], target[2], lens)
            )
            seen['keypoints'] = from_planes(picture)
            seen['keypoints_visible'] = torch.ones_like(seen['keypoints'][..., 0])
        return inputs | seen
