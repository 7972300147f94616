"""Made-up walks for the other examples: 2D keypoints as a camera sees them."""

import numpy as np
import torch

from mmposenorm.datasets.frontal_views import frontal_camera, load_view_table
from mmposenorm.datasets.synthetic.clips import draw_body, draw_motion
from mmposenorm.geometry.cameras import project, world_to_camera


def walk_3d(person: int, num_frames: int = 150) -> np.ndarray:
    """Return one walk on the body of a person: world metres, y up, (T, 17, 3)."""
    body = draw_body(np.random.default_rng(person))
    return draw_motion(body, num_frames, np.random.default_rng(7))


def film(keypoints_3d: np.ndarray, yaw: float) -> np.ndarray:
    """Return what a camera sees ``yaw`` degrees to the person's left: (T, 17, 2)."""
    camera = frontal_camera(keypoints_3d, yaw, load_view_table()[0])
    points = world_to_camera(torch.from_numpy(keypoints_3d), camera)
    return project(points, camera).numpy()
