"""Descriptors of single poses that are not learned.

They are the baselines of Tables 2 and 4, and the limb directions by which the demo
compares frames. Each maps the poses of T frames, (T, 17, 2 or 3), to one descriptor per
frame, (T, E), compared by Euclidean distance. ``upright_keypoints`` also needs the up
direction and is therefore not listed in DESCRIPTORS.
"""

import numpy as np
import torch
from scipy.spatial.transform import Rotation

from mmposenorm.geometry.kinematics import inverse_kinematics
from mmposenorm.geometry.rest_pose import turn_to_rest
from mmposenorm.geometry.rotations import quaternion_to_matrix, shortest_arc
from mmposenorm.skeletons import (
    H36M_PARENTS,
    default_bone_lengths,
    extended_skeleton,
)

# First and last keypoint of thighs, shins, upper and lower arms, and the shoulder line.
_FROM, _TO = np.array(
    [(1, 2), (2, 3), (4, 5), (5, 6), (11, 12), (12, 13), (14, 15), (15, 16), (14, 11)]
).T
_SHOULDERS = [10, 13]  # the bones that end at keypoints 11 and 14
# Of the widths tried (0.25 to 2 radians), this one finds most frames again from another
# side on motion capture that was not trained on.
_UNSURE = 0.5


def bone_angles(keypoints: np.ndarray) -> np.ndarray:
    """Angle of each bone in the image, relative to the bone before it.

    Args:
        keypoints: Image positions, (T, 17, 2); bones without length have angle 0.

    Returns:
        Sine and cosine of each angle, so that 179 and -179 degrees are close, (T, 32).
        Angles of the bones at the root are measured from the image's x axis.

    Source:
        The "Euler + 2D poses" of Tables 2 and 4, after Choi et al. 2012.
    """
    parents = np.array(H36M_PARENTS[1:])
    bones = keypoints[:, 1:] - keypoints[:, parents]
    angles = np.arctan2(bones[..., 1], bones[..., 0])
    before = np.where(parents > 0, angles[:, parents - 1], 0)
    return _on_circle(angles - before)


def joint_angles(keypoints_3d: np.ndarray) -> np.ndarray:
    """Euler angles of each joint's rotation relative to its parent.

    Args:
        keypoints_3d: The 17 keypoints in any frame, (T, 17, 3).

    Returns:
        Sine and cosine of the three angles (about x, y, z in this order) of each
        joint except the root, (T, E).

    Source:
        The "Euler + 3D poses" of Table 2. The rotations are those of least twist on
        the extended skeleton.
    """
    skeleton = extended_skeleton(default_bone_lengths())
    poses = torch.from_numpy(np.asarray(keypoints_3d, dtype=np.float64))
    joints = list(skeleton.rotating_joints[1:])
    rotations = inverse_kinematics(poses, skeleton)[:, joints].reshape(-1, 4)
    angles = Rotation.from_quat(rotations.numpy(), scalar_first=True).as_euler('XYZ')
    return _on_circle(angles.reshape(len(poses), -1))


def turned_keypoints(keypoints_3d: np.ndarray) -> np.ndarray:
    """Joint positions after each pose is turned onto the T-pose.

    Args:
        keypoints_3d: The 17 keypoints in any frame, in metres, (T, 17, 3).

    Returns:
        Positions in metres, root at 0, (T, 51).

    Source:
        The "PA 3D poses" of Tables 2 and 4.
    """
    turned = turn_to_rest(torch.from_numpy(np.asarray(keypoints_3d)))
    return turned.flatten(1).numpy()


def limb_directions(
    normalized_poses: np.ndarray, direction_sigma: np.ndarray | None = None
) -> np.ndarray:
    r"""Direction of both halves of each limb and of the shoulders, in the root frame.

    Unlike with joint positions, an error in the thigh does not also move the shin, and
    a hand counts no more than a knee. Trunk and head are left out.

    If the expected errors are known, each direction is shortened to
    :math:`e^{-(\sigma / 0.5)^2 / 2}`: two directions of which little is known are
    then close to each other, whatever they are, and decide little.

    Args:
        normalized_poses: In metres, (T, 17, 3).
        direction_sigma: Expected error of the direction of each bone in radians; bones
            end at keypoints 1 to 16, (T, 16).

    Returns:
        Nine vectors per frame, (T, 27): of length 1 without ``direction_sigma``, and 0
        for a limb without length.
    """
    bones = normalized_poses[:, _TO] - normalized_poses[:, _FROM]
    lengths = np.linalg.norm(bones, axis=-1, keepdims=True)
    directions = bones / np.maximum(lengths, 1e-6)
    if direction_sigma is not None:
        squares = np.square(direction_sigma, dtype=np.float64)
        of_limbs = squares[:, _TO - 1]
        # The errors of its two halves partly cancel.
        of_limbs[:, -1] = squares[:, _SHOULDERS].sum(axis=1) / 4
        directions = directions * np.exp(-of_limbs / (2 * _UNSURE**2))[..., None]
    return directions.reshape(len(bones), -1)


def limbs_seen(keypoints_visible: np.ndarray) -> np.ndarray:
    """Tell which vectors of :func:`limb_directions` have both ends seen.

    Args:
        keypoints_visible: How sure each keypoint was; 0 where missing, (T, 17).

    Returns:
        (T, 9) bool.
    """
    return (keypoints_visible[:, _FROM] > 0) & (keypoints_visible[:, _TO] > 0)


def upright_keypoints(keypoints_3d: np.ndarray, body_up: np.ndarray) -> np.ndarray:
    """Joint positions of normalized poses, rotated so that up is +y again.

    A normalized pose does not tell whether the body stands or lies. The smallest
    rotation that takes its up direction to +y restores this, and the result still does
    not depend on the direction from which the person was filmed.

    Args:
        keypoints_3d: Normalized poses in metres, (T, 17, 3).
        body_up: Up direction in their root frame, unit vectors, (T, 3).

    Returns:
        Positions in metres, root at 0, y up, (T, 51).
    """
    start = torch.from_numpy(np.asarray(body_up, dtype=np.float64))
    up = start.new_tensor([0, 1, 0]).expand_as(start)
    turn = quaternion_to_matrix(shortest_arc(start, up)).numpy()
    return (np.asarray(keypoints_3d) @ turn.swapaxes(1, 2)).reshape(len(turn), -1)


def _on_circle(angles: np.ndarray) -> np.ndarray:
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=-1)


DESCRIPTORS = {
    'bone_angles': bone_angles,
    'joint_angles': joint_angles,
    'turned_keypoints': turned_keypoints,
    'limb_directions': limb_directions,
}
