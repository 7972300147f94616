"""Smoothing keypoints over time without a lag."""

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
    for joint in range(keypoints.shape[1]):
        for stretch in _stretches(visible[:, joint] > 0):
            smoothed[stretch, joint] = _filter(keypoints[stretch, joint], sections, fps)
    return smoothed


def _filter(positions: np.ndarray, sections: np.ndarray, fps: float) -> np.ndarray:
    """Filter one stretch, (N, D), around the straight line from its start to its end.

    Beyond the ends, the filter sees the stretch mirrored through its end points for
    up to a second, which is where the trace of its start has died away.
    """
    if len(positions) < 3:
        return positions
    part = np.linspace(0, 1, len(positions))[:, None]
    line = (1 - part) * positions[0] + part * positions[-1]
    padding = min(len(positions) - 1, int(np.ceil(fps)))
    return line + sosfiltfilt(sections, positions - line, axis=0, padlen=padding)


def _stretches(visible: np.ndarray) -> list[slice]:
    """Find the stretches of frames, (T,) bool, in which a joint is visible."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], visible, [False]])))
    return [
        slice(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True)
    ]
