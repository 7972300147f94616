"""Convert clips to the frame rate of the training clips, and results back.

``T`` frames of the clip, ``N`` at the training rate. A *position* is a frame number
that may lie between frames.
"""

from numbers import Real
from typing import Any

import numpy as np
import roma
import torch
from torch import Tensor

from mmposenorm.geometry.rotations import (
    canonical_quaternion,
    quaternion_conjugate,
    quaternion_multiply,
)
from mmposenorm.skeletons import MIN_VISIBLE

# Relative difference up to which frame rates count as equal. Training varies the speed
# of clips by far more.
_TOLERANCE = 0.01
# Anything outside these bounds is a mistake, such as seconds per frame.
_LOWEST_FPS, _HIGHEST_FPS = 1.0, 1000.0
_SLOWEST, _FASTEST = 0.01, 100
_LONGEST_GAP, _LONGEST_CLIP = 600.0, 86_400.0  # s


def is_fps(fps: Any) -> bool:
    """Check whether a value is a valid frame rate, a number between 1 and 1000."""
    is_number = isinstance(fps, Real) and not isinstance(fps, bool)
    return is_number and _LOWEST_FPS <= fps <= _HIGHEST_FPS


def check_fps(fps: float) -> None:
    """Raise an error for an invalid frame rate.

    Args:
        fps: Frames per second.

    Raises:
        ValueError: If it is not a number between 1 and 1000.
    """
    if not is_fps(fps):
        raise ValueError(
            f'fps must be between {_LOWEST_FPS:.0f} and {_HIGHEST_FPS:.0f} frames per '
            f'second, but is {fps!r}. Leave it out if it is not known.'
        )


def check_time(fps: float | None, speed: float) -> None:
    """Raise an error for an invalid frame rate or playback speed.

    Args:
        fps: Frames per second, None if not known.
        speed: Speed at which the clip plays, 0.125 for eightfold slow motion.

    Raises:
        ValueError: If either is invalid, or the speed is given without a frame rate.
    """
    if fps is not None:
        check_fps(fps)
    if not (isinstance(speed, Real) and _SLOWEST <= speed <= _FASTEST):
        raise ValueError(
            f'speed must be a number between {_SLOWEST} and {_FASTEST}, 0.125 for '
            f'eightfold slow motion, but is {speed!r}.'
        )
    if speed != 1 and fps is None:
        raise ValueError(
            'speed needs the frame rate of the clip, which is not known. Pass fps too.'
        )


def has_rate(frame_times: np.ndarray, fps: float) -> bool:
    """Check whether frames at the given times in seconds, (T,), have a frame rate."""
    steps = np.diff(frame_times) * fps
    return bool((np.abs(steps - 1) <= _TOLERANCE).all())


def resampled_positions(frame_times: np.ndarray, fps: float) -> np.ndarray:
    """Find the positions in a clip of frames at another rate.

    Args:
        frame_times: Time of each frame of the clip in seconds, increasing, (T,).
        fps: The other frame rate.

    Returns:
        Positions in the clip, (N,), from 0 to T - 1. The last frame is that of the
        clip, even if it comes less than 1 / fps after the one before.

    Raises:
        ValueError: If there is a gap of more than ten minutes between two frames, or
            the clip is longer than a day.
    """
    _check_length(frame_times)
    seconds = frame_times - frame_times[0]
    return np.interp(_resampled_times(seconds, fps), seconds, np.arange(len(seconds)))


def _check_length(frame_times: np.ndarray) -> None:
    """Refuse clips that would take far more memory than their own frames."""
    gaps = np.diff(frame_times)
    if len(gaps) and gaps.max() > _LONGEST_GAP:
        frame = int(gaps.argmax())
        raise ValueError(
            f'Between frames {frame} and {frame + 1} lie {gaps[frame]:.6g} s; expected '
            f'at most {_LONGEST_GAP:.0f} s. Cut the clip there, or correct its times.'
        )
    length = frame_times[-1] - frame_times[0]
    if length > _LONGEST_CLIP:
        raise ValueError(
            f'The clip lasts {length:.6g} s; expected at most {_LONGEST_CLIP:.0f} s, a '
            'day. Cut it, or correct its times or speed.'
        )


def original_positions(frame_times: np.ndarray, fps: float) -> np.ndarray:
    """Find the positions of a clip's own frames among the resampled ones.

    Args:
        frame_times: Time of each frame of the clip in seconds, increasing, (T,).
        fps: The frame rate to which the clip was resampled.

    Returns:
        Positions in the frames of :func:`resampled_positions`, (T,).
    """
    seconds = frame_times - frame_times[0]
    times = _resampled_times(seconds, fps)
    return np.interp(seconds, times, np.arange(len(times)))


def _resampled_times(seconds: np.ndarray, fps: float) -> np.ndarray:
    count = int(np.ceil(round(seconds[-1] * fps, 6))) + 1
    return np.minimum(np.arange(count) / fps, seconds[-1])


def resample_keypoints(
    keypoints: np.ndarray, visible: np.ndarray, positions: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Interpolate keypoints linearly between the frames in which they were seen.

    If a keypoint was seen only in the frame before or only in the frame after a
    position, it is taken from there if that frame is the nearer one; else it is
    missing.

    Args:
        keypoints: Coordinates in any unit, (T, K, D).
        visible: Visibility in [0, 1], (T, K); below ``MIN_VISIBLE`` is not seen.
        positions: Positions in the clip, (N,).

    Returns:
        The keypoints, (N, K, D), and their visibility, (N, K), the lower one of the two
        frames.
    """
    before = np.floor(positions).astype(int)
    after = np.minimum(before + 1, len(keypoints) - 1)
    part = (positions - before).astype(keypoints.dtype)[:, None]
    seen = visible >= MIN_VISIBLE
    both = seen[before] & seen[after]
    # Where only one frame counts, it is the nearer.
    share = np.where(both, part, np.round(part))[..., None]
    # Unseen keypoints may be NaN, which a share of 0 would not remove.
    known = np.where(seen[..., None], keypoints, 0)
    between = (1 - share) * known[before] + share * known[after]
    nearer = np.where(part < 0.5, visible[before], visible[after])
    return between, np.where(both, np.minimum(visible[before], visible[after]), nearer)


def interpolate_rotations(rotations: Tensor, positions: np.ndarray) -> Tensor:
    """Interpolate along the shortest arc (slerp) between the two nearest frames.

    Args:
        rotations: Unit quaternions wxyz, (N, J, 4).
        positions: Positions among these frames, (T,).

    Returns:
        Unit quaternions wxyz, w >= 0, (T, J, 4).
    """
    before = np.floor(positions).astype(int)
    after = np.minimum(before + 1, len(rotations) - 1)
    part = torch.from_numpy(positions - before).to(rotations)
    start = rotations[before]
    turn = quaternion_multiply(quaternion_conjugate(start), rotations[after])
    turn = roma.unitquat_to_rotvec(roma.quat_wxyz_to_xyzw(canonical_quaternion(turn)))
    turn = roma.rotvec_to_unitquat(turn * part[:, None, None])
    return canonical_quaternion(
        quaternion_multiply(start, roma.quat_xyzw_to_wxyz(turn))
    )
