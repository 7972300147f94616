"""The joint angles of a clip over time: how large, how sure, and where seen.

Dimensions: ``T`` frames, ``N`` angles in the order of
:data:`mmposenorm.geometry.angles.ANGLES`.
"""

import json
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

import numpy as np
import torch
from scipy.ndimage import convolve1d

from mmposenorm.geometry.angles import (
    ANGLES,
    SIDES,
    measure_angles,
    measure_arm_lifts,
)
from mmposenorm.geometry.normalization import body_up
from mmposenorm.geometry.rotations import quaternion_to_matrix
from mmposenorm.pose_result import PoseNormResult

_SMOOTHED = 0.1  # seconds over which angles are averaged
_USUAL_FPS = 30.0  # if times are not known
# Degrees by which cameras that people hold or put up are usually not level.
_CAMERA_TILT = {
    'trunk_lean_forward': 13.0,
    'thigh_forward': 13.0,
    'trunk_lean_left': 6.0,
}
_ROOT, _THORAX, _HEAD = 0, 8, 10
_SHOULDERS, _HIPS = {'left': 11, 'right': 14}, {'left': 4, 'right': 1}
# The bones, by the keypoint at their end, whose errors an angle has. Lean is not an
# angle between bones but of the whole body in the camera.
_BONES: dict[str, tuple[int, ...]] = {
    'trunk_lean_forward': (_THORAX,),
    'trunk_lean_left': (_THORAX,),
    'trunk_twist': (11, 14),
    'neck_flexion': (_HEAD,),
}
_KEYPOINTS: dict[str, tuple[int, ...]] = {
    'trunk_lean_forward': (_ROOT, _THORAX),
    'trunk_lean_left': (_ROOT, _THORAX),
    'trunk_twist': (1, 4, 11, 14),
    'neck_flexion': (_THORAX, _HEAD),
}
for _side in SIDES:
    _shoulder, _hip = _SHOULDERS[_side], _HIPS[_side]
    for _name, _start, _ends in (
        ('shoulder_elevation', _shoulder, (1,)),
        ('shoulder_plane', _shoulder, (1,)),
        ('elbow_flexion', _shoulder, (1, 2)),
        ('hip_flexion', _hip, (1,)),
        ('hip_abduction', _hip, (1,)),
        ('thigh_forward', _hip, (1,)),
        ('knee_flexion', _hip, (1, 2)),
    ):
        _BONES[f'{_side}_{_name}'] = tuple(_start + end for end in _ends)
        _KEYPOINTS[f'{_side}_{_name}'] = (_start, *(_start + end for end in _ends))


@dataclass(frozen=True, eq=False)
class AngleCurves:
    """The angles of a person over the frames of a clip.

    Args:
        degrees: Angles averaged over a tenth of a second, (T, N); NaN where an angle
            is not defined or not seen.
        seen: Whether the keypoints that an angle needs were seen, (T, N) bool.
        sigma: Expected error of each in degrees, (T, N).
        arm_lifts: Angles of the left and the right upper arm against the vertical in
            degrees, averaged alike, (T, 2).
        heading: Where the person faces, about the camera's vertical, in degrees, (T,).
        frame_times: Seconds from the first frame, (T,); None when not known.
        is_level: Whether the camera's pitch is known and accounted for.
    """

    degrees: np.ndarray = field(repr=False)
    seen: np.ndarray = field(repr=False)
    sigma: np.ndarray = field(repr=False)
    arm_lifts: np.ndarray = field(repr=False)
    heading: np.ndarray = field(repr=False)
    frame_times: np.ndarray | None = field(repr=False)
    is_level: bool = False

    def __len__(self) -> int:
        return len(self.degrees)

    @property
    def names(self) -> tuple[str, ...]:
        """What the N angles are called."""
        return ANGLES

    @property
    def fps(self) -> float:
        """Frames a second; 30 when times are not known."""
        return frame_rate(self.frame_times)


def measure_curves(
    result: PoseNormResult, camera_pitch: float | None = None
) -> AngleCurves:
    """Measure the angles of a clip.

    Args:
        result: A person in a clip.
        camera_pitch: By how many degrees the camera looked down. Lean and thighs are
            measured against the vertical of a level camera if it is not known, and
            their expected error then allows for a tilt of the camera.

    Returns:
        The angles. One is NaN in the frames in which a keypoint that it needs was not
        seen.
    """
    roots = quaternion_to_matrix(torch.from_numpy(result.joint_rotations[:, 0]))
    up = body_up(roots, camera_pitch).numpy() if camera_pitch else result.body_up
    forward = roots[..., 2].numpy()
    degrees = measure_angles(result.normalized_poses, up)
    keypoints_seen = result.keypoints_visible > 0
    seen = np.stack(
        [keypoints_seen[:, _KEYPOINTS[name]].all(axis=1) for name in ANGLES], axis=1
    )
    degrees[~seen] = np.nan
    window = max(1, round(_SMOOTHED * frame_rate(result.frame_times)))
    lifts = measure_arm_lifts(result.normalized_poses, up)
    is_level = camera_pitch is not None
    return AngleCurves(
        degrees=_averaged(degrees, window),
        seen=seen,
        sigma=_expected_errors(result, degrees, lifts, is_level),
        arm_lifts=_averaged(lifts, window),
        heading=np.degrees(np.arctan2(forward[:, 0], forward[:, 2])),
        frame_times=result.frame_times,
        is_level=is_level,
    )


def _averaged(degrees: np.ndarray, window: int) -> np.ndarray:
    """Average over a window of frames, leaving out NaN; NaN stays NaN."""
    defined = np.isfinite(degrees)
    kernel = np.ones(window) / window
    total, share = (
        convolve1d(values, kernel, axis=0, mode='constant')
        for values in (np.nan_to_num(degrees), defined.astype(float))
    )
    return np.where(defined, total / np.maximum(share, 1e-9), np.nan)


def _expected_errors(
    result: PoseNormResult, degrees: np.ndarray, lifts: np.ndarray, is_level: bool
) -> np.ndarray:
    """Expected error of each angle in degrees, (T, N)."""
    known = angle_errors()
    if result.direction_sigma is None:
        usual = [known['error'][name] for name in ANGLES]
        sigma = np.tile(usual, (len(result), 1))
    else:
        factors = np.array([known['per_sigma'][name] for name in ANGLES])
        sigma = factors * bone_sigma(result.direction_sigma)
    # The less an arm is raised, from the trunk or from the vertical, the more the plane
    # in which it is raised changes with the same error.
    for side, lift in zip(SIDES, lifts.T, strict=True):
        raised = degrees[:, ANGLES.index(f'{side}_shoulder_elevation')]
        sine = np.abs(np.sin(np.radians([raised, lift]))).min(axis=0)
        plane = ANGLES.index(f'{side}_shoulder_plane')
        sigma[:, plane] /= np.clip(np.nan_to_num(sine, nan=1.0), 0.3, 1)
    if not is_level:
        tilt = [
            _CAMERA_TILT.get(name.removeprefix('left_').removeprefix('right_'), 0)
            for name in ANGLES
        ]
        sigma = np.hypot(sigma, tilt)
    return sigma


def bone_sigma(direction_sigma: np.ndarray) -> np.ndarray:
    """Expected error of the directions of the bones that an angle depends on.

    Args:
        direction_sigma: In radians, (T, 16).

    Returns:
        Root mean square over the bones of each angle, in degrees, (T, N).
    """
    squared = np.degrees(np.asarray(direction_sigma, float)) ** 2
    columns = [
        squared[:, [k - 1 for k in _BONES[name]]].mean(axis=1) for name in ANGLES
    ]
    return np.sqrt(np.stack(columns, axis=1))


@cache
def angle_errors() -> dict[str, dict[str, float]]:
    """Read what ``tools/tables/measure_angles.py`` measured, in degrees by angle.

    Returns:
        By angle: ``error``, the mean error of the estimate; ``per_sigma``, this
        error divided by the expected error of the directions of the angle's bones;
        ``spread``, the mean difference between people who do the same movement right.
    """
    return json.loads(
        files('mmposenorm.comparison').joinpath('angles.json').read_text()
    )


def frame_rate(frame_times: np.ndarray | None) -> float:
    """Mean number of frames a second; 30 if times are not known."""
    if frame_times is None or len(frame_times) < 2:
        return _USUAL_FPS
    return float(1 / np.diff(frame_times).mean())
