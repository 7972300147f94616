"""Triangulation against points that are projected by the cameras themselves."""

import pytest
import torch

from mmposenorm.geometry.cameras import look_at, project, world_to_camera
from mmposenorm.geometry.triangulation import (
    reprojection_errors,
    triangulate,
    triangulate_robustly,
    undistort,
)

POINTS = torch.tensor([[0.1, 1.0, 0.0], [0.5, 0.2, -0.4]], dtype=torch.float64)


@pytest.fixture
def cameras():
    """Four cameras around the origin, 4 m away, with a strong lens."""
    angles = torch.arange(4, dtype=torch.float64) * torch.pi / 2 + 0.3
    position = torch.stack([4 * angles.sin(), 1 + 0 * angles, 4 * angles.cos()], -1)
    rotation, translation = look_at(position, torch.tensor([0.0, 1, 0]).double())
    return {
        'rotation': rotation,
        'translation': translation,
        'focal': torch.full((4, 2), 1000.0).double(),
        'center': torch.full((4, 2), 500.0).double(),
        'radial': torch.tensor([-0.2, 0.24, -0.01]).double().repeat(4, 1),
        'tangential': torch.tensor([1e-3, -2e-3]).double().repeat(4, 1),
    }


def pictures(cameras, points=POINTS):
    """Project (N, 3) points into all views, (V, N, 2)."""
    points = points.expand(4, 1, *points.shape)
    return project(world_to_camera(points, cameras), cameras)[:, 0]


def test_everything_stays_on_the_device_of_the_cameras(cameras):
    # The device that only knows shapes complains about tensors of others.
    cameras = {key: value.to('meta') for key, value in cameras.items()}
    directions = undistort(torch.zeros(4, 2, 2, device='meta').double(), cameras)
    weights = torch.ones(4, 2, device='meta').double()
    points, used = triangulate_robustly(directions, weights, cameras, max_error=5)
    errors = reprojection_errors(points, directions, cameras)
    assert points.device == used.device == errors.device == torch.device('meta')
    assert (points.shape, used.shape, errors.shape) == ((2, 3), (4, 2), (4, 2))


def test_undistorting_undoes_the_lens(cameras):
    directions = undistort(pictures(cameras), cameras)
    points = world_to_camera(POINTS.expand(4, 1, 2, 3), cameras)[:, 0]
    torch.testing.assert_close(directions, points[..., :2] / points[..., 2:])
    pinhole = {k: v for k, v in cameras.items() if k not in ('radial', 'tangential')}
    directions = undistort(pictures(pinhole), pinhole)
    torch.testing.assert_close(directions, points[..., :2] / points[..., 2:])


def test_points_are_found_from_two_or_more_views(cameras):
    directions = undistort(pictures(cameras), cameras)
    for seen in ([0, 1], [0, 1, 2, 3]):
        weights = torch.zeros(4, 2, dtype=torch.float64)
        weights[seen] = 1
        found = triangulate(directions, weights, cameras)
        torch.testing.assert_close(found, POINTS, rtol=0, atol=1e-6)
    errors = reprojection_errors(POINTS, directions, cameras)
    torch.testing.assert_close(errors, torch.zeros_like(errors), rtol=0, atol=1e-6)


def test_an_error_of_the_image_is_counted_in_pixels(cameras):
    del cameras['radial'], cameras['tangential']
    seen = pictures(cameras) + torch.tensor([3.0, 4.0])
    errors = reprojection_errors(POINTS, undistort(seen, cameras), cameras)
    torch.testing.assert_close(errors, torch.full_like(errors, 5.0))


def test_a_view_that_is_wrong_is_left_out(cameras):
    seen = pictures(cameras)
    seen[2, 1] += 80  # a mistaken joint in one view
    directions = undistort(seen, cameras)
    weights = torch.ones(4, 2, dtype=torch.float64)
    found, confirmed = triangulate_robustly(directions, weights, cameras, max_error=10)
    torch.testing.assert_close(found, POINTS, rtol=0, atol=1e-6)
    assert confirmed[:, 0].tolist() == [True] * 4
    assert confirmed[:, 1].tolist() == [True, True, False, True]


def test_a_point_that_too_few_views_agree_on_is_unknown(cameras):
    directions = undistort(pictures(cameras), cameras)
    weights = torch.ones(4, 2, dtype=torch.float64)
    weights[:2, 0] = 0  # seen by two views only
    found, confirmed = triangulate_robustly(directions, weights, cameras, max_error=10)
    assert found[0].isnan().all()
    assert not confirmed[:, 0].any()
    torch.testing.assert_close(found[1], POINTS[1], rtol=0, atol=1e-6)
