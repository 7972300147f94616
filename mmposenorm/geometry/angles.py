"""Joint angles of normalized poses in degrees, in the terms of the ISB.

========================  ==========================================================
``trunk_lean_forward``    trunk against the vertical, in the sagittal plane
``trunk_lean_left``       trunk against the vertical, sideways; to the left is positive
``trunk_twist``           shoulder line against hip line, about the trunk; turned to
                          the left is positive
``neck_flexion``          head against trunk, in the sagittal plane; forward is positive
``*_shoulder_elevation``  upper arm against the trunk: 0 hanging, 90 horizontal, 180
                          overhead
``*_shoulder_plane``      plane in which the arm is raised: 0 to the side, 90 forward,
                          beyond 90 across the body, -90 backward
``*_elbow_flexion``       0 straight
``*_hip_flexion``         thigh against the trunk, in the sagittal plane; forward is
                          positive
``*_hip_abduction``       thigh against the sagittal plane; outward is positive
``*_thigh_forward``       thigh against the vertical, in the sagittal plane; unlike hip
                          flexion, it stays the same if only the trunk leans
``*_knee_flexion``        0 straight
========================  ==========================================================

The star stands for ``left`` and ``right``. The trunk runs from the root to the thorax.
The pelvis has no tilt of its own: its axis is the hip line and its up direction is that
of the trunk (:func:`mmposenorm.geometry.kinematics.root_frame`). Rotations of a limb
about its own axis cannot be seen from joint positions and have no angle here.

Source: Wu et al., ISB recommendation on definitions of joint coordinate systems, part I
(2002) and part II (2005). These define axes by bony landmarks; here they run through
joint centres, so zeros differ by the tilt of pelvis and thorax.
"""

import numpy as np

SIDES = ('left', 'right')
_TRUNK_ANGLES = (
    'trunk_lean_forward',
    'trunk_lean_left',
    'trunk_twist',
    'neck_flexion',
)
_LIMB_ANGLES = (
    'shoulder_elevation',
    'shoulder_plane',
    'elbow_flexion',
    'hip_flexion',
    'hip_abduction',
    'thigh_forward',
    'knee_flexion',
)
ANGLES = (
    *_TRUNK_ANGLES,
    *(f'{side}_{angle}' for angle in _LIMB_ANGLES for side in SIDES),
)
_ROOT, _THORAX, _HEAD = 0, 8, 10
_SHOULDERS = {'left': 11, 'right': 14}
_HIPS = {'left': 4, 'right': 1}
_OUTWARD = {'left': 1, 'right': -1}  # along x
# Sine of the least angle between a direction and an axis about which it is measured;
# nearer to the axis, the angle about it is not defined.
_LEAST_SINE = np.sin(np.radians(20))
# The same for the plane of an arm: hanging a little forward or backward is no matter.
_LEAST_RAISED = np.sin(np.radians(30))


def measure_angles(normalized_poses: np.ndarray, body_up: np.ndarray) -> np.ndarray:
    """Measure the angles of normalized poses.

    Args:
        normalized_poses: In metres, (T, 17, 3).
        body_up: Up direction in the root frame, unit vectors, (T, 3).

    Returns:
        Degrees in the order of :data:`ANGLES`, (T, 18); NaN where an angle is not
        defined: lean and thighs if the hips are one above the other, the plane of an
        arm that is raised by less than 30 degrees or points nearly straight up.
    """
    poses = np.asarray(normalized_poses, np.float64)
    up = _unit(np.asarray(body_up, np.float64))
    trunk = _unit(poses[:, _THORAX] - poses[:, _ROOT])
    hip_line = poses[:, _HIPS['left']] - poses[:, _HIPS['right']]
    shoulder_line = poses[:, _SHOULDERS['left']] - poses[:, _SHOULDERS['right']]
    level = _frame(hip_line, up)
    pelvis = _frame(hip_line, np.broadcast_to([0.0, 1.0, 0.0], trunk.shape))
    about_trunk = _frame(hip_line, trunk)
    thorax = _frame(shoulder_line, trunk)
    angles = {
        'trunk_lean_forward': _about_x(trunk, level),
        'trunk_lean_left': _sideways(trunk, level),
        'trunk_twist': _about_up(shoulder_line, about_trunk),
        'neck_flexion': _about_x(poses[:, _HEAD] - poses[:, _THORAX], about_trunk),
    }
    for side in SIDES:
        shoulder, hip, outward = _SHOULDERS[side], _HIPS[side], _OUTWARD[side]
        upper, fore = _bones(poses, shoulder)
        thigh, shin = _bones(poses, hip)
        angles |= {
            f'{side}_shoulder_elevation': _between(upper, -trunk),
            f'{side}_shoulder_plane': _plane(upper, thorax, outward),
            f'{side}_elbow_flexion': _between(upper, fore),
            f'{side}_hip_flexion': _raised(thigh, pelvis),
            f'{side}_hip_abduction': outward * _sideways(thigh, pelvis),
            f'{side}_thigh_forward': _raised(thigh, level),
            f'{side}_knee_flexion': _between(thigh, shin),
        }
    return np.stack([angles[name] for name in ANGLES], axis=1)


def measure_arm_lifts(normalized_poses: np.ndarray, body_up: np.ndarray) -> np.ndarray:
    """Measure the angles of the upper arms against the vertical.

    Unlike the elevation of the shoulders, they stay the same if only the trunk leans.

    Args:
        normalized_poses: In metres, (T, 17, 3).
        body_up: Up direction in the root frame, unit vectors, (T, 3).

    Returns:
        Degrees of the left and of the right arm, 0 hanging, (T, 2).
    """
    poses = np.asarray(normalized_poses, np.float64)
    down = -_unit(np.asarray(body_up, np.float64))
    arms = (_bones(poses, _SHOULDERS[side])[0] for side in SIDES)
    return np.stack([_between(arm, down) for arm in arms], axis=1)


def _unit(vectors: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.maximum(lengths, 1e-9)


def _frame(left: np.ndarray, up: np.ndarray) -> np.ndarray:
    """Axes left, up and forward, (T, 3, 3), with ``up`` kept and ``left`` turned.

    NaN where the two are too close to parallel.
    """
    left = _unit(left)
    across = left - (left * up).sum(axis=-1, keepdims=True) * up
    defined = np.linalg.norm(across, axis=-1, keepdims=True) >= _LEAST_SINE
    across = np.where(defined, _unit(across), np.nan)
    return np.stack([across, up, np.cross(across, up)], axis=1)


def _bones(poses: np.ndarray, start: int) -> tuple[np.ndarray, np.ndarray]:
    """Upper and lower half of the limb whose three keypoints begin at ``start``."""
    first, middle, last = (poses[:, start + i] for i in range(3))
    return _unit(middle - first), _unit(last - middle)


def _components(vectors: np.ndarray, frame: np.ndarray) -> np.ndarray:
    """Components of unit vectors along left, up and forward, (3, T)."""
    return np.einsum('tac,tc->at', frame, _unit(vectors))


def _between(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    crossed = np.linalg.norm(np.cross(one, other), axis=-1)
    return np.degrees(np.arctan2(crossed, (one * other).sum(axis=-1)))


def _sideways(vectors: np.ndarray, frame: np.ndarray) -> np.ndarray:
    left, _, _ = _components(vectors, frame)
    return np.degrees(np.arcsin(np.clip(left, -1, 1)))


def _about_x(vectors: np.ndarray, frame: np.ndarray) -> np.ndarray:
    """Angle from up towards forward."""
    _, up, forward = _components(vectors, frame)
    return _angle(forward, up)


def _raised(vectors: np.ndarray, frame: np.ndarray) -> np.ndarray:
    """Angle from down towards forward, in [-90, 270)."""
    _, up, forward = _components(vectors, frame)
    return _wrap(_angle(forward, -up), -90)


def _about_up(vectors: np.ndarray, frame: np.ndarray) -> np.ndarray:
    """Angle from left towards backward, which is a turn to the left."""
    left, _, forward = _components(vectors, frame)
    return _angle(-forward, left)


def _plane(arms: np.ndarray, frame: np.ndarray, outward: int) -> np.ndarray:
    """Angle from outward towards forward, in [-135, 225)."""
    left, _, forward = _components(arms, frame)
    is_raised = np.hypot(left, forward) >= _LEAST_RAISED
    plane = _wrap(_angle(forward, outward * left), -135)
    return np.where(is_raised, plane, np.nan)


def _angle(sine: np.ndarray, cosine: np.ndarray) -> np.ndarray:
    defined = np.hypot(sine, cosine) >= _LEAST_SINE
    return np.where(defined, np.degrees(np.arctan2(sine, cosine)), np.nan)


def _wrap(degrees: np.ndarray, lowest: float) -> np.ndarray:
    return (degrees - lowest) % 360 + lowest
