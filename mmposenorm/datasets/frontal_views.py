"""Virtual cameras in front of a person, from a fixed table that all measures use.

World coordinates in metres, y up. Yaw is the angle about the vertical, in degrees, from
the direction in which the person faces on average, towards the person's left.
"""

from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mmposenorm.geometry.cameras import look_at
from mmposenorm.geometry.kinematics import root_frame

# Two cameras 45 degrees apart, like Human3.6M's 55011271 and 60457274.
FRONTAL_YAWS = (-22.5, 22.5)

VIEW_TABLE_FILE = Path(__file__).with_name('view_table.csv')
VIEW_TABLE_COLUMNS = ('distance_m', 'height_m', 'focal_px')
# Ranges like Human3.6M's cameras: 1.1-1.9 m high, focal length 1145 px.
_LOWEST = (3.5, 0.8, 1000)
_HIGHEST = (6.0, 2.2, 1300)
_IMAGE_CENTER = (500.0, 500.0)


def draw_view_table(num_rows: int = 128, seed: int = 0) -> np.ndarray:
    """Draw the rows of the table; ``view_table.csv`` holds those of the defaults.

    Args:
        num_rows: Number of rows.
        seed: Seed of the draws.

    Returns:
        Distance from the edge of the person's path, height of the camera above the
        floor (metres) and focal length (pixels), each uniform, (num_rows, 3).
    """
    rows = np.random.default_rng(seed).uniform(_LOWEST, _HIGHEST, (num_rows, 3))
    return rows.round(3)


@lru_cache
def load_view_table() -> np.ndarray:
    """Read the table in the repository, see :func:`draw_view_table`."""
    return np.loadtxt(VIEW_TABLE_FILE, delimiter=',', skiprows=1)


def facing_direction(keypoints_world: np.ndarray) -> np.ndarray:
    """Find the direction in which a person faces on average in a clip.

    Args:
        keypoints_world: World positions, y up, (T, 17, 3).

    Returns:
        Unit vector, (3,): the horizontal part of the root frame's forward axis,
        averaged over the frames. If that is 0 (a person lies, or turns all around), +z.
    """
    forward = root_frame(torch.from_numpy(keypoints_world).double())[..., 2].mean(0)
    horizontal = forward.numpy() * (1, 0, 1)
    length = np.linalg.norm(horizontal)
    return horizontal / length if length > 1e-3 else np.array([0.0, 0.0, 1.0])


def frontal_camera(
    keypoints_world: np.ndarray, yaw: float, row: np.ndarray
) -> dict[str, Tensor]:
    """Place a virtual camera around a person and aim it at the middle of their path.

    Args:
        keypoints_world: World positions in metres, y up, floor at 0, (T, 17, 3).
        yaw: Direction of the camera from the person, in degrees.
        row: Distance, height and focal length as in :func:`draw_view_table`. The
            distance is measured from the circle around the root's path, so that the
            person never comes close.

    Returns:
        The camera, without distortion, image centre (500, 500) px; float32.
    """
    distance, height, focal = row
    root = keypoints_world[:, 0].astype(float)
    middle = (root.min(axis=0) + root.max(axis=0)) / 2
    radius = np.linalg.norm((root - middle)[:, [0, 2]], axis=-1).max()
    x, _, z = facing_direction(keypoints_world)
    cos, sin = np.cos(np.radians(yaw)), np.sin(np.radians(yaw))
    direction = np.array([cos * x + sin * z, 0, cos * z - sin * x])
    position = middle + (distance + radius) * direction
    position[1] = height
    rotation, translation = look_at(
        torch.from_numpy(position), torch.from_numpy(middle)
    )
    return {
        'rotation': rotation.float(),
        'translation': translation.float(),
        'focal': torch.tensor([focal, focal], dtype=torch.float32),
        'center': torch.tensor(_IMAGE_CENTER),
    }
