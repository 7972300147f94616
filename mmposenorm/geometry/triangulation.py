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
    """Undo the projection: pixels to directions x / z and y / z.

    Args:
        keypoints: Image coordinates in pixels, (V, ..., 2).
        camera: Intrinsics, with or without a lens.

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
    """Find the points whose images are nearest to those that were seen.

    A weighted direct linear transform, repeated with each view weighted by the inverse
    of the point's depth, so that image distances are what is minimized.

    Args:
        directions: As :func:`undistort` gives them, (V, ..., 2).
        weights: Of each observation, (V, ...); 0 leaves it out.
        camera: ``rotation`` (V, 3, 3) and ``translation`` (V, 3).

    Returns:
        World positions, (..., 3); arbitrary where fewer than two views have weight.

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
        square = left.mT @ left + 1e-12 * torch.eye(3, dtype=left.dtype)
        points = torch.linalg.solve(square, left.mT @ right)
        depth = (poses[..., 2, :3] * points[None, ..., 0]).sum(-1) + poses[..., 2, 3]
        depth = depth.abs().clamp(min=_NEAREST)
    return points[..., 0]


def reprojection_errors(points: Tensor, directions: Tensor, camera: Camera) -> Tensor:
    """Measure how far the images of points are from where they were seen.

    Args:
        points: World positions, (..., 3).
        directions: As :func:`undistort` gives them, (V, ..., 2).
        camera: Of all views; the lens does not count.

    Returns:
        Distances in pixels, (V, ...); infinite behind a camera.
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
    """Triangulate from the views that agree with one another.

    Each pair of views proposes a point; the one that most views confirm (on a tie, with
    the smaller error) wins, and the point is found again from all views that confirm.

    Args:
        directions: As :func:`undistort` gives them, (V, ..., 2).
        weights: Of each observation, (V, ...); 0 where nothing was seen.
        camera: Of all views.
        max_error: Reprojection error in pixels up to which a view confirms a point.
        min_views: Fewest views that must confirm.

    Returns:
        World positions, (..., 3), NaN where too few views agree, and which views
        confirm, (V, ...) bool.
    """
    best = torch.full(weights.shape[1:], -torch.inf, dtype=weights.dtype)
    confirmed = torch.zeros(weights.shape, dtype=torch.bool)
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
