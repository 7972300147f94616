"""Repairing brief mistakes of a detector.

Detectors sometimes take the left leg for the right one in a few frames, mostly where a
body is seen from the side or from behind, or lose a limb in a single frame. A body
cannot do that: from frame to frame each joint moves a little, and the mistake shows as
a jump there and back.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from mmposenorm.keypoints.layouts import get_layout

_ARMS = ('shoulder', 'elbow', 'wrist', 'hand', 'pinky', 'index', 'thumb')
_LEGS = ('hip', 'knee', 'ankle', 'foot', 'foot_index', 'heel', 'big_toe', 'small_toe')
# What it costs to believe that left and right are exchanged, a second, in jumps by
# the size of the body: a jump of half of it, there and back, outweighs a second.
_DISTRUST_PER_SECOND = 1.0
# Frames among which a joint must not stand out, and by how much of the body's size.
_WINDOW, _LARGEST_JUMP, _LEAST_FPS = 5, 0.12, 20


def find_sides(
    keypoints: np.ndarray,
    scores: np.ndarray,
    frame_ids: np.ndarray,
    sizes: np.ndarray,
    layout: str,
    fps: float,
) -> np.ndarray:
    """Find the frames in which left and right exchanged make the motion smoothest.

    The whole body is judged first, since that is what detectors mostly turn round, then
    arms and legs by themselves. The cheapest sequence of the two states, as found and
    exchanged, minimizes the joints' way plus a small cost for each frame in which the
    detector is distrusted; so what lasts is left as it is.

    Args:
        keypoints: Positions of one person, (N, K, 2).
        scores: How sure each is, in [0, 1], (N, K).
        frame_ids: Frames of the clip in which the person was found, increasing, (N,).
        sizes: Size of the body in each, in the unit of the positions, (N,).
        layout: Name of the keypoints' layout.
        fps: Frames a second.

    Returns:
        Which joint is each joint in truth, (N, K) int, for ``numpy.take_along_axis``.
    """
    keypoints, scores = keypoints.copy(), scores.copy()
    sides = np.tile(np.arange(scores.shape[1]), (len(scores), 1))
    names = get_layout(layout).joint_names
    seconds = np.diff(frame_ids) / fps
    for group in (_ARMS + _LEGS, _ARMS, _LEGS):
        pairs = [
            (names.index(f'left_{name}'), names.index(f'right_{name}'))
            for name in group
            if f'left_{name}' in names
        ]
        order = np.array(pairs, int).reshape(-1, 2)
        other = order[:, ::-1]
        stay = _way(keypoints, scores, order, order) / sizes[1:]
        jump = _way(keypoints, scores, order, other) / sizes[1:]
        swapped = _cheapest(stay, jump, _DISTRUST_PER_SECOND * seconds)
        where = np.ix_(swapped, order.ravel())
        source = np.ix_(swapped, other.ravel())
        for values in (keypoints, scores, sides):
            values[where] = values[source]
    return sides


def drop_jumps(
    keypoints: np.ndarray, scores: np.ndarray, sizes: np.ndarray, fps: float
) -> np.ndarray:
    """Mark joints as missing where they jump away for a frame or two.

    A joint stands out if it is far from the median of its places in the five frames
    around. Even motion, however fast, runs through the median.

    Args:
        keypoints: Positions of one person, (N, K, 2).
        scores: How sure each is, in [0, 1], (N, K).
        sizes: Size of the body in each frame, in the unit of the positions, (N,).
        fps: Frames a second; where there are few, a quick movement looks like a jump,
            and nothing is marked.

    Returns:
        The scores, (N, K), 0 where a joint jumps.

    Source: the Hampel identifier; Pearson, "Outliers in process modeling and
        identification", IEEE Transactions on Control Systems Technology 10, 2002.
    """
    if fps < _LEAST_FPS or len(keypoints) < _WINDOW:
        return scores.copy()
    windows = sliding_window_view(keypoints, _WINDOW, axis=0)
    beside = _WINDOW // 2
    inner = slice(beside, len(keypoints) - beside)
    apart = np.linalg.norm(keypoints[inner] - np.median(windows, axis=-1), axis=-1)
    scores = scores.copy()
    scores[inner][apart > _LARGEST_JUMP * sizes[inner, None]] = 0
    return scores


def _way(
    keypoints: np.ndarray, scores: np.ndarray, order: np.ndarray, next_order: np.ndarray
) -> np.ndarray:
    """Mean way of joints from each frame to the next, taken there in another order.

    Args:
        keypoints: (N, K, 2).
        scores: Weights of the joints, (N, K).
        order: Indices of the joints, of any shape.
        next_order: Indices of those that they become in the next frame.

    Returns:
        (N - 1,) in the unit of the positions; 0 where no joint is seen in both frames.
    """
    apart = keypoints[1:, next_order.ravel()] - keypoints[:-1, order.ravel()]
    weights = np.minimum(scores[1:, next_order.ravel()], scores[:-1, order.ravel()])
    way = (weights * np.linalg.norm(apart, axis=-1)).sum(axis=1)
    return way / weights.sum(axis=1).clip(min=1e-6)


def _cheapest(stay: np.ndarray, jump: np.ndarray, distrust: np.ndarray) -> np.ndarray:
    """Find the cheapest sequence of two states.

    Args:
        stay: Cost of each step that keeps the state, (N - 1,).
        jump: Cost of each step that changes it, (N - 1,).
        distrust: Cost of being in the second state after each step, (N - 1,).

    Returns:
        Whether each frame is in the second state, (N,) bool.
    """
    if (jump >= stay).all():
        return np.zeros(len(stay) + 1, bool)
    # Plain numbers: for two states, arrays would take ten times as long.
    as_found = exchanged = 0.0
    came_from = []
    for kept, changed, doubt in zip(
        stay.tolist(), jump.tolist(), distrust.tolist(), strict=True
    ):
        found_to_found, exchanged_to_found = as_found + kept, exchanged + changed
        found_to_exchanged, stays_exchanged = as_found + changed, exchanged + kept
        came_from.append(
            (exchanged_to_found < found_to_found, stays_exchanged < found_to_exchanged)
        )
        as_found = min(found_to_found, exchanged_to_found)
        exchanged = min(found_to_exchanged, stays_exchanged) + doubt
    states = [exchanged < as_found]
    for before in reversed(came_from):
        states.append(before[states[-1]])
    return np.array(states[::-1])
