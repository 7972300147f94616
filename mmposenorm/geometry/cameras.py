"""Cameras: from the world to the camera to the image, with the lens of Human3.6M.

A camera is a dict of tensors with common leading batch dimensions ``...``:

=============== ============ ====================================================
``rotation``    (..., 3, 3)  world to camera, X_cam = R X + t
``translation`` (..., 3)     t, in metres
``focal``       (..., 2)     focal lengths in pixels
``center``      (..., 2)     principal point in pixels
``radial``      (..., 3)     k1, k2, k3
``tangential``  (..., 2)     p1, p2
=============== ============ ====================================================

The last two describe the lens; a pinhole camera has neither.

World: metres, y up. Camera: x right, y down, z forward. Points carry two more
dimensions than the camera's: (..., T, K, 3).
"""

import torch
from torch import Tensor

Camera = dict[str, Tensor]


def world_to_camera(points: Tensor, camera: Camera) -> Tensor:
    """Express world points in the camera frame, (..., T, K, 3)."""
    # Flattened, all points of a clip are rotated by one product.
    rotated = points.flatten(-3, -2) @ camera['rotation'].mT
    moved = rotated + camera['translation'][..., None, :]
    return moved.unflatten(-2, points.shape[-3:-1])


def camera_to_world(points: Tensor, camera: Camera) -> Tensor:
    """Express points of the camera frame in the world, (..., T, K, 3)."""
    moved = points - camera['translation'][..., None, None, :]
    return moved @ camera['rotation'][..., None, :, :]


def project(points: Tensor, camera: Camera) -> Tensor:
    r"""Project points of the camera frame into the image.

    .. math::
        r^2 = x^2 + y^2, \quad
        s = 1 + k_1 r^2 + k_2 r^4 + k_3 r^6 + p_1 y + p_2 x, \quad
        u = f\,(s\,(x, y) + r^2 (p_2, p_1)) + c

    Args:
        points: Points in front of the camera, in its frame, in metres, (..., T, K, 3).
        camera: See the module.

    Returns:
        Image coordinates in pixels, (..., T, K, 2).

    Source:
        The lens model of Human3.6M, as in 3d-pose-baseline. mmpose doubles the
        tangential term, which moves points by up to 0.07 px.
    """
    lens = {key: value[..., None, None, :] for key, value in camera.items()}
    x, y, z = points.unbind(-1)
    return torch.stack(project_coordinates(x, y, z, lens), dim=-1)


def project_coordinates(
    x: Tensor, y: Tensor, z: Tensor, camera: Camera
) -> tuple[Tensor, Tensor]:
    """Project points given as separate coordinates; see :func:`project`.

    Args:
        x: Coordinates to the right, in metres, (...).
        y: Coordinates downwards.
        z: Coordinates forwards.
        camera: See the module. The dimensions of each value but the last broadcast
            against the coordinates.

    Returns:
        Image coordinates u and v in pixels, (...).
    """
    (fx, fy), (cx, cy) = (camera[key].unbind(-1) for key in ('focal', 'center'))
    if 'radial' not in camera:
        return torch.addcmul(cx, fx, x / z), torch.addcmul(cy, fy, y / z)
    (p1, p2), (k1, k2, k3) = (
        camera[key].unbind(-1) for key in ('tangential', 'radial')
    )
    x, y = x / z, y / z
    r2 = torch.addcmul(x * x, y, y)
    radial = torch.addcmul(k1, r2, torch.addcmul(k2, r2, k3))
    scale = torch.addcmul(torch.addcmul(1 + p2 * x, p1, y), r2, radial)
    u = torch.addcmul(cx, fx, torch.addcmul(p2 * r2, x, scale))
    v = torch.addcmul(cy, fy, torch.addcmul(p1 * r2, y, scale))
    return u, v


def turn_towards(points: Tensor) -> Tensor:
    """Compute the rotation that aims a camera at a point and keeps its x axis level.

    Args:
        points: The points in the camera frame, (..., 3), not straight above or below
            the camera.

    Returns:
        Matrices that express vectors of the turned camera in the camera frame,
        (..., 3, 3). Their columns point right, down, and towards the point.
    """
    x, y, z = points.unbind(-1)
    right = torch.stack([z, torch.zeros_like(y), -x], dim=-1)
    right = right / (x.square() + z.square()).sqrt()[..., None]
    forward = points / points.square().sum(-1, keepdim=True).sqrt()
    down = torch.linalg.cross(forward, right)
    return torch.stack([right, down, forward], dim=-1)


def look_at(
    position: Tensor, target: Tensor, roll: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Aim a camera at a point, with its image upright in a world whose y is up.

    Args:
        position: Camera centre in the world, in metres, (..., 3).
        target: The point on the optical axis, (..., 3), not straight above or below
            the camera.
        roll: Angle by which the camera is turned about its optical axis, clockwise as
            seen from behind it, in radians, (...). No roll if not given.

    Returns:
        ``rotation`` (..., 3, 3) and ``translation`` (..., 3) of the camera.
    """
    forward = target - position
    forward = forward / forward.norm(dim=-1, keepdim=True)
    x, y, z = forward.unbind(-1)
    right = torch.stack([-z, torch.zeros_like(y), x], dim=-1)
    right = right / right.norm(dim=-1, keepdim=True)
    down = torch.linalg.cross(forward, right)
    if roll is not None:
        cos, sin = roll.cos()[..., None], roll.sin()[..., None]
        right, down = cos * right + sin * down, cos * down - sin * right
    rotation = torch.stack([right, down, forward], dim=-2)
    return rotation, -(rotation @ position[..., None])[..., 0]
