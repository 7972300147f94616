import numpy as np
import pytest
import torch

from mmposenorm.datasets.frontal_views import (
    draw_view_table,
    facing_direction,
    frontal_camera,
    load_view_table,
)
from mmposenorm.geometry.cameras import project, world_to_camera

ROW = np.array([4.0, 1.5, 1100.0])


def standing_body(yaw: float = 0.0, num_frames: int = 3) -> np.ndarray:
    """Give a body at the origin that faces ``yaw`` degrees left of +z."""
    pose = np.zeros((17, 3))
    pose[:, 1] = 1.0
    pose[[1, 4], 0] = -0.1, 0.1
    pose[8, 1] = 1.5
    cos, sin = np.cos(np.radians(yaw)), np.sin(np.radians(yaw))
    turn = np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]])
    return np.repeat((pose @ turn.T)[None], num_frames, axis=0).astype(np.float32)


def test_the_kept_table_is_what_the_function_draws():
    np.testing.assert_array_equal(load_view_table(), draw_view_table())


@pytest.mark.parametrize(
    ('yaw', 'expected'), [(0, (0, 0, 1)), (90, (1, 0, 0)), (180, (0, 0, -1))]
)
def test_facing_is_where_the_body_was_turned(yaw, expected):
    np.testing.assert_allclose(
        facing_direction(standing_body(yaw)), expected, atol=1e-6
    )


def test_a_body_that_faces_nowhere_on_average_faces_z():
    there_and_back = np.concatenate([standing_body(90), standing_body(-90)])
    np.testing.assert_array_equal(facing_direction(there_and_back), (0, 0, 1))


@pytest.mark.parametrize(
    ('yaw', 'expected'), [(0, (0, 1.5, 4)), (90, (4, 1.5, 0)), (180, (0, 1.5, -4))]
)
def test_yaw_counts_from_the_facing_direction_to_the_left(yaw, expected):
    camera = frontal_camera(standing_body(), yaw, ROW)
    position = -camera['rotation'].T @ camera['translation']
    np.testing.assert_allclose(position, expected, atol=1e-5)


def test_the_camera_sees_the_front_upright_and_the_left_at_the_right():
    body = torch.from_numpy(standing_body(30))
    camera = frontal_camera(body.numpy(), 0, ROW)
    in_camera = world_to_camera(body, camera)
    image = project(in_camera, camera)[0]
    torch.testing.assert_close(image[0], torch.tensor([500.0, 500.0]))
    assert image[8, 1] < image[0, 1]
    assert image[4, 0] > image[1, 0]


def test_the_distance_counts_from_the_edge_of_the_path():
    body = standing_body(num_frames=3)
    body[:, :, 2] += np.array([0, 1, 2])[:, None]  # walks from 0 to 2 m along z
    camera = frontal_camera(body, 0, ROW)
    position = -camera['rotation'].T @ camera['translation']
    np.testing.assert_allclose(position, (0, 1.5, 1 + 4 + 1), atol=1e-5)


def test_both_frontal_views_are_45_degrees_apart():
    axes = [
        frontal_camera(standing_body(70), yaw, [4, 1, 1100])['rotation'][2]
        for yaw in (-22.5, 22.5)
    ]
    angle = np.degrees(np.arccos(float(axes[0] @ axes[1])))
    assert angle == pytest.approx(45, abs=1e-2)
