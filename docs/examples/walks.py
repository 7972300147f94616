"""Made-up walks for the other examples: 2D keypoints as a camera sees them."""

import numpy as np
import torch

from mmposenorm.datasets.frontal_views import frontal_camera, load_view_table
from mmposenorm.datasets.synthetic.clips import draw_body, draw_motion
from mmposenorm.geometry.cameras import project, world_to_camera
from mmposenorm.skeletons import H36M_KEYPOINTS


def walk_3d(person: int, num_frames: int = 150) -> np.ndarray:
    """Return one walk on the body of a person: world metres, y up, (T, 17, 3)."""
    body = draw_body(np.random.default_rng(person))
    return draw_motion(body, num_frames, np.random.default_rng(7))


def film(keypoints_3d: np.ndarray, yaw: float) -> np.ndarray:
    """Return what a camera sees ``yaw`` degrees to the person's left: (T, 17, 2)."""
    camera = frontal_camera(keypoints_3d, yaw, load_view_table()[0])
    points = world_to_camera(torch.from_numpy(keypoints_3d), camera)
    return project(points, camera).numpy()


def lift_left_arm(keypoints_3d: np.ndarray) -> np.ndarray:
    """Stretch the left arm out to the side, gradually from frame 40 to 60."""
    left, right, elbow, wrist = (
        H36M_KEYPOINTS.index(name)
        for name in ('left_shoulder', 'right_shoulder', 'left_elbow', 'left_wrist')
    )
    outwards = keypoints_3d[:, left] - keypoints_3d[:, right]
    outwards /= np.linalg.norm(outwards, axis=-1, keepdims=True)
    share = np.clip((np.arange(len(keypoints_3d)) - 40) / 20, 0, 1)[:, None]
    lifted = keypoints_3d.copy()
    for joint, metres in ((elbow, 0.28), (wrist, 0.52)):
        place = keypoints_3d[:, left] + metres * outwards
        lifted[:, joint] += share * (place - lifted[:, joint])
    return lifted
