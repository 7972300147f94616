"""A stick figure that does squats, right or with one thing wrong, by known angles."""

from collections.abc import Sequence

import numpy as np
from scipy.spatial.transform import Rotation

_LEFT = np.array([1.0, 0, 0])  # world: x to the figure's left, y up, z forward
_UPPER_BODY = [7, 8, 9, 10, 11, 12, 13, 14, 15, 16]
_FEET = [3, 6]
# In metres, the root at 0, in the order of Human3.6M.
_STANDING = np.array(
    [
        (0, 0, 0),
        *[(-0.1, y, 0) for y in (0, -0.42, -0.84)],
        *[(0.1, y, 0) for y in (0, -0.42, -0.84)],
        (0, 0.25, 0), (0, 0.5, 0), (0, 0.58, 0), (0, 0.75, 0),
        *[(0.17, y, 0) for y in (0.47, 0.18, -0.07)],
        *[(-0.17, y, 0) for y in (0.47, 0.18, -0.07)],
    ]
)  # fmt: skip


def standing_figure() -> np.ndarray:
    """Return the figure standing upright, arms hanging: metres, (17, 3)."""
    return _STANDING.copy()


def turn_keypoints(
    poses: np.ndarray,
    center: int,
    keypoints: Sequence[int],
    axis: np.ndarray,
    degrees: np.ndarray | float,
) -> np.ndarray:
    """Turn some keypoints about an axis of the world through one of them.

    Args:
        poses: Metres, (T, 17, 3).
        center: Keypoint through which the axis runs.
        keypoints: Those that turn.
        axis: Unit vector, (3,).
        degrees: By how much, one angle or (T,).

    Returns:
        The poses, (T, 17, 3).
    """
    angles = np.radians(np.broadcast_to(degrees, len(poses)))
    turns = Rotation.from_rotvec(angles[:, None] * axis).as_matrix()
    turned = poses.copy()
    arms = poses[:, keypoints] - poses[:, [center]]
    turned[:, keypoints] = np.einsum('tij,tkj->tki', turns, arms) + poses[:, [center]]
    return turned


def draw_squats(
    count: int,
    fps: float = 50.0,
    lean: float = 0.0,
    elbow: float = 0.0,
    knee: float = 0.0,
    shoulder: float = 0.0,
    arm_delay: float = 0.0,
) -> np.ndarray:
    """Draw squats of two seconds with pauses of half a second; arms rise with them.

    Args:
        count: Number of squats.
        fps: Frames a second.
        lean: Degrees by which the trunk leans further forward throughout.
        elbow: Degrees by which the left elbow is bent more throughout.
        knee: The same of the left knee; the foot goes back.
        shoulder: Degrees by which the left arm is raised further forward throughout.
        arm_delay: Seconds by which the left arm is late.

    Returns:
        World metres, y up, lowest foot at 0, facing +z, float32, (T, 17, 3).
    """
    squat = np.linspace(0, 1, round(2 * fps), endpoint=False)
    pause = np.zeros(round(0.5 * fps))
    phase = np.concatenate([pause, *[squat, pause] * count])
    down = (1 - np.cos(2 * np.pi * phase)) / 2
    frames = np.arange(len(phase))
    late = np.interp(frames - arm_delay * fps, frames, down)
    poses = np.tile(_STANDING, (len(phase), 1, 1))
    # From down towards the front is a negative turn about the axis to the left.
    for center, keypoints, degrees in (
        (12, [13], -15 - elbow),
        (15, [16], -15),
        (11, [12, 13], -20 - 70 * late - shoulder),
        (14, [15, 16], -20 - 70 * down),
        (0, _UPPER_BODY, 25 * down + lean),
        (5, [6], 90 * down + knee),
        (2, [3], 90 * down),
        (4, [5, 6], -70 * down),
        (1, [2, 3], -70 * down),
    ):
        poses = turn_keypoints(poses, center, keypoints, _LEFT, degrees)
    poses[..., 1] -= poses[:, _FEET, 1].min(axis=1, keepdims=True)
    return poses.astype(np.float32)
