"""Points in space from their images in several calibrated cameras.

``V`` views; ``...`` any number of batch dimensions. Cameras are those of
:mod:`mmposenorm.geometry.cameras`, stacked: each value has V as its first dimension.
"""

from itertools import combinations

import torch
from torch import Tensor

from mmposenorm.geometry.cameras import Camera, project_coordinates

_LENS_ROUNDS = 20
# Rounds in which each view is weighted by its depth, so that errors count in pixels.
_REFINING_ROUNDS = 3
_NEAREST = 1e-6


def undistort(keypoints: Tensor, camera: Camera) -> Tensor:
    """Convert pixels to directions x / z and y / z, undoing the projection.

    Args:
        keypoints: Image coordinates in pixels, (V, ..., 2).
        camera: Cameras of all views, with or without a lens.

    Returns:
        Directions in the frame of each camera, (V, ..., 2).
    """
    dims = keypoints.ndim - 2
    intrinsics = {
        key: value.reshape(len(value), *[1] * dims, value.shape[-1])
        for key, value in camera.items()
        if key not in ('rotation', 'translation')
    }
    straight = (keypoints - intrinsics['center']) / intrinsics['focal']
    if 'radial' not in camera:
        return straight
    directions = straight
    for _ in range(_LENS_ROUNDS):
        x, y = directions.unbind(-1)
        seen = torch.stack(
            project_coordinates(x, y, torch.ones_like(x), intrinsics), dim=-1
        )
        directions = directions + (keypoints - seen) / intrinsics['focal']
    return directions


def triangulate(directions: Tensor, weights: Tensor, camera: Camera) -> Tensor:
    """Find the points whose images are nearest to the observed ones.

    A weighted direct linear transform is repeated with each view weighted by the
    inverse depth of the point, so that distances in the image are minimized.

    Args:
        directions: Observations from :func:`undistort`, (V, ..., 2).
        weights: Weight of each observation, (V, ...); 0 leaves it out.
        camera: ``rotation`` (V, 3, 3) and ``translation`` (V, 3).

    Returns:
        World positions, (..., 3); arbitrary if fewer than two views have a weight.

    Source:
        Hartley and Sturm, Triangulation (1997), "Iterative-LS".
    """
    views, dims = len(directions), directions.ndim - 2
    poses = torch.cat([camera['rotation'], camera['translation'][..., None]], dim=-1)
    poses = poses.reshape(views, *[1] * dims, 3, 4)
    rows = directions[..., None] * poses[..., 2:, :] - poses[..., :2, :]
    rows = rows * weights[..., None, None]
    depth = torch.ones_like(weights)
    for _ in range(1 + _REFINING_ROUNDS):
        weighted = (rows / depth[..., None, None]).movedim(0, -3).flatten(-3, -2)
        # (4 x 3) p = rhs in the least squares sense, by the normal equations.
        left, right = weighted[..., :3], -weighted[..., 3:]
        damping = 1e-12 * torch.eye(3, dtype=left.dtype, device=left.device)
        square = left.mT @ left + damping
        points = torch.linalg.solve(square, left.mT @ right)
        depth = (poses[..., 2, :3] * points[None, ..., 0]).sum(-1) + poses[..., 2, 3]
        depth = depth.abs().clamp(min=_NEAREST)
    return points[..., 0]


def reprojection_errors(points: Tensor, directions: Tensor, camera: Camera) -> Tensor:
    """Distance between the images of points and the observations.

    Args:
        points: World positions, (..., 3).
        directions: Observations from :func:`undistort`, (V, ..., 2).
        camera: Cameras of all views; the lens is ignored.

    Returns:
        Distances in pixels, (V, ...); infinite for points behind a camera.
    """
    views, dims = len(directions), directions.ndim - 2
    shape = (views, *[1] * dims)
    moved = torch.einsum('vij,...j->v...i', camera['rotation'], points)
    moved = moved + camera['translation'].reshape(*shape, 3)
    depth = moved[..., 2:].clamp(min=_NEAREST)
    off = moved[..., :2] / depth - directions
    errors = (off * camera['focal'].reshape(*shape, 2)).norm(dim=-1)
    return torch.where(moved[..., 2] > _NEAREST, errors, torch.inf)


def triangulate_robustly(
    directions: Tensor,
    weights: Tensor,
    camera: Camera,
    max_error: float,
    min_views: int = 3,
) -> tuple[Tensor, Tensor]:
    """Triangulate from the views that agree with each other.

    Each pair of views proposes a point. The point that most views confirm is chosen (on
    a tie, the one with the smaller error) and triangulated again from these views.

    Args:
        directions: Observations from :func:`undistort`, (V, ..., 2).
        weights: Weight of each observation, (V, ...); 0 where nothing was seen.
        camera: Cameras of all views.
        max_error: Largest reprojection error of a view that confirms, in pixels.
        min_views: Smallest number of views that must confirm.

    Returns:
        World positions, (..., 3), NaN where too few views agree, and which views
        confirm, (V, ...) bool.
    """
    best = torch.full_like(weights[0], -torch.inf)
    confirmed = torch.zeros_like(weights, dtype=torch.bool)
    for pair in combinations(range(len(weights)), 2):
        chosen = torch.zeros_like(weights)
        chosen[list(pair)] = weights[list(pair)]
        proposal = triangulate(directions, chosen, camera)
        errors = reprojection_errors(proposal, directions, camera)
        inside = (errors <= max_error) & (weights > 0)
        mean = torch.where(inside, errors, 0).sum(0) / inside.sum(0).clamp(min=1)
        merit = inside.sum(0) - mean / (1 + max_error)  # a count, less than 1 taken off
        better = (merit > best) & (chosen[list(pair)] > 0).all(dim=0)
        best = torch.where(better, merit, best)
        confirmed = torch.where(better, inside, confirmed)
    points = triangulate(directions, weights * confirmed, camera)
    known = confirmed.sum(0) >= min_views
    return torch.where(known[..., None], points, torch.nan), confirmed & known
