"""Made-up people of known proportions, as a camera sees them."""

import numpy as np

from mmposenorm.datasets.synthetic import draw_body, draw_motion
from mmposenorm.keypoints import LAYOUTS
from mmposenorm.skeletons import H36M_KEYPOINTS


def motion(seed=0, frames=40):
    """Return the motion of a person, Human3.6M's joints in metres, y up, (T, 17, 3)."""
    rng = np.random.default_rng(seed)
    return draw_motion(draw_body(rng), frames, rng)


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def with_face(poses):
    """Turn Human3.6M's joints, (T, 17, 3), into COCO's with a face of usual size."""
    joints = {name: poses[:, k] for k, name in enumerate(H36M_KEYPOINTS)}
    up = unit(joints['head'] - joints['thorax'])
    left = unit(joints['left_shoulder'] - joints['right_shoulder'])
    front = np.cross(left, up)
    face = {'nose': (0.16, 0.12, 0), 'left_eye': (0.19, 0.1, 0.03)}
    face |= {'right_eye': (0.19, 0.1, -0.03), 'left_ear': (0.17, 0.02, 0.075)}
    face |= {'right_ear': (0.17, 0.02, -0.075)}
    for name, (above, before, aside) in face.items():
        joints[name] = joints['thorax'] + above * up + before * front + aside * left
    names = [name.replace('ankle', 'foot') for name in LAYOUTS['coco'].joint_names]
    return np.stack([joints[name] for name in names], axis=1)


def seen_from(poses, azimuth):
    """Project poses, in metres and y up, into a camera 5 m away, in pixels."""
    cos, sin = np.cos(azimuth), np.sin(azimuth)
    turned = (poses - poses[:, :1].mean(axis=0)) @ np.array(
        [[cos, 0, -sin], [0, 1, 0], [sin, 0, cos]]
    )
    return 500 + 1000 * turned[..., :2] * [1, -1] / (turned[..., 2:] + 5)
