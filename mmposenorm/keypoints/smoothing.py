"""Smoothing keypoints over time without a lag."""

from collections import defaultdict

import numpy as np
from scipy.signal import butter, sosfiltfilt

# Hz. Little of a body's movement lies above 6 Hz, but much of a detector's jitter.
CUTOFF = 6.0


def smooth_keypoints(
    keypoints: np.ndarray, visible: np.ndarray, fps: float, cutoff: float = CUTOFF
) -> np.ndarray:
    """Remove jitter from keypoints with a zero-phase Butterworth filter.

    The filter runs forwards and backwards, so that nothing is delayed, and over each
    stretch in which a joint is visible by itself, so that nothing leaks across a gap.
    A joint that moves evenly along a line stays exactly as it is.

    Args:
        keypoints: Positions in any unit, (T, K, D).
        visible: 0 where a joint is missing, (T, K).
        fps: Frames a second.
        cutoff: Frequency in Hz of which half the power is left. A clip of no more
            than two frames a period holds nothing above it and is left alone.

    Returns:
        The smoothed positions, (T, K, D), of the same type; what is missing is as it
        was.

    Source: Winter, "Biomechanics and Motor Control of Human Movement", 4th edition,
        section 3.4.4.
    """
    if 2 * cutoff >= fps:
        return keypoints.copy()
    # Raised so that both passes together leave half the power; in the warped frequency
    # of a digital filter.
    raised = np.tan(np.pi * cutoff / fps) / (2**0.5 - 1) ** 0.25
    sections = butter(2, np.arctan(raised) * fps / np.pi, fs=fps, output='sos')
    smoothed = keypoints.copy()
    for (start, end), joints in stretches(visible > 0).items():
        stretch = keypoints[start:end, joints]
        filtered = _filter(stretch.reshape(len(stretch), -1), sections, fps)
        smoothed[start:end, joints] = filtered.reshape(stretch.shape)
    return smoothed


def _filter(positions: np.ndarray, sections: np.ndarray, fps: float) -> np.ndarray:
    """Filter a stretch, (N, D), around the straight line from its start to its end.

    Beyond the ends, the filter sees the stretch mirrored through its end points for
    up to a second, which is where the trace of its start has died away.
    """
    if len(positions) < 3:
        return positions
    part = np.linspace(0, 1, len(positions))[:, None]
    line = (1 - part) * positions[0] + part * positions[-1]
    padding = min(len(positions) - 1, int(np.ceil(fps)))
    return line + sosfiltfilt(sections, positions - line, axis=0, padlen=padding)


def stretches(visible: np.ndarray) -> dict[tuple[int, int], list[int]]:
    """Find the stretches in which joints, (T, K) bool, are visible.

    Returns:
        The joints of each stretch, which is its first frame and the one after the last.
    """
    beyond = np.zeros((1, visible.shape[1]), bool)
    changes = np.diff(np.concatenate([beyond, visible, beyond]), axis=0)
    joints: dict[tuple[int, int], list[int]] = defaultdict(list)
    for joint, column in enumerate(changes.T):
        edges = np.flatnonzero(column).tolist()
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            joints[start, end].append(joint)
    return joints
