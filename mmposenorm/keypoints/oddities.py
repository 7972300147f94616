"""Telling what is probably wrong with the keypoints of a person, in a sentence."""

import numpy as np

from mmposenorm.keypoints.layout_detection import warn_if_other_fits
from mmposenorm.keypoints.layouts import LAYOUTS, get_layout, to_h36m
from mmposenorm.keypoints.messages import warn
from mmposenorm.keypoints.proportions import bone_misfit
from mmposenorm.skeletons import H36M_KEYPOINTS, MIN_VISIBLE

# In 380 views of motion capture, bones differ from an adult's by 0.41 at most over 100
# frames, and by 0.65 over 20; joints in a wrong order by 0.68 in the median.
_LARGEST_MISFIT, _LARGEST_MISFIT_OF_FEW, _FEW_FRAMES = 0.45, 0.65, 20
# Share of the frames in which something is the case before we say so.
_MOST_FRAMES = 0.8
# Least width of a pair of joints, by the length of the trunk, before its sides count;
# and the share of the frames in which two pairs must be as wide.
_LEAST_WIDTHS = {'shoulder': 0.3, 'hip': 0.2, 'ear': 0.12, 'eye': 0.05}
_CLEAR_SHARE = 0.1


def warn_if_odd(keypoints: np.ndarray, visible: np.ndarray, layout: str) -> None:
    """Say in a sentence what is probably wrong with the keypoints of a person.

    Upside down, of the proportions of no body, or left and right mixed up.

    Args:
        keypoints: Checked, (T, K, 2).
        visible: (T, K).
        layout: Name of the layout.
    """
    if warn_if_other_fits(keypoints, visible, layout):
        return
    if _is_upside_down(keypoints, visible, layout):
        warn(
            'The feet are above the shoulders in most frames. If y points up in these '
            'keypoints, negate it (or take the height of the image minus y): poses are '
            'wrong otherwise. If the person is upside down, all is well.'
        )
    if _has_odd_bones(keypoints, visible, layout):
        warn(
            f'Read as {layout}, these keypoints do not have the proportions of a body'
            f'{_better_layout(keypoints, visible, layout)}. Check the layout, the '
            'order of the joints, and that x and y are in the same unit.'
        )
    elif _contradicts_itself(keypoints, visible, layout):
        warn(
            f'Read as {layout}, left and right are exchanged between upper and lower '
            'body, or between face and shoulders, in most frames. Check the layout and '
            'the order of the joints.'
        )


def _is_upside_down(keypoints: np.ndarray, visible: np.ndarray, layout: str) -> bool:
    """Tell whether legs (or hips, where no leg was seen) are above the shoulders."""
    points, seen = to_h36m(keypoints, visible, layout)
    heights = np.where(seen >= MIN_VISIBLE, points[..., 1], np.nan)
    shoulders = _mean_of(heights, 'shoulder')
    legs = _mean_of(heights, 'knee', 'foot')
    legs = np.where(np.isfinite(legs), legs, _mean_of(heights, 'hip'))
    known = np.isfinite(shoulders - legs)
    if not known.any():
        return False
    heights = heights[known]
    body = np.nanmax(heights, axis=1) - np.nanmin(heights, axis=1)
    below = (shoulders - legs)[known] > body / 3
    return bool(below.mean() >= _MOST_FRAMES)


def _has_odd_bones(keypoints: np.ndarray, visible: np.ndarray, layout: str) -> bool:
    few = len(keypoints) < _FEW_FRAMES
    largest = _LARGEST_MISFIT_OF_FEW if few else _LARGEST_MISFIT
    return bone_misfit(keypoints, visible, layout) > largest


def _better_layout(keypoints: np.ndarray, visible: np.ndarray, layout: str) -> str:
    others = {
        name: bone_misfit(keypoints, visible, name)
        for name, other in LAYOUTS.items()
        if name != layout and len(other.joint_names) == keypoints.shape[1]
    }
    fitting = [name for name, value in others.items() if value < _LARGEST_MISFIT]
    return f'; as {" or ".join(fitting)} they do' if fitting else ''


def _contradicts_itself(
    keypoints: np.ndarray, visible: np.ndarray, layout: str
) -> bool:
    """Tell whether what is left of the body is right of it elsewhere in it."""
    names = get_layout(layout).joint_names
    points = np.where(visible[..., None] >= MIN_VISIBLE, keypoints, np.nan)
    sides = {
        part: [points[:, names.index(f'{side}_{part}')] for side in ('left', 'right')]
        for part in _LEAST_WIDTHS
        if f'left_{part}' in names
    }
    middles = [sum(sides[part]) / 2 for part in ('shoulder', 'hip')]
    trunk = np.linalg.norm(middles[0] - middles[1], axis=-1)
    signs = {}
    for part, (left, right) in sides.items():
        width = np.nan_to_num(left[:, 0] - right[:, 0])  # 0 where one was not seen
        signs[part] = np.sign(width) * (np.abs(width) > _LEAST_WIDTHS[part] * trunk)
    shoulders = signs.pop('shoulder')
    return any(_are_opposed(shoulders, other) for other in signs.values())


def _are_opposed(first: np.ndarray, second: np.ndarray) -> bool:
    """Tell whether signs, 1, 0 or -1, (T,), mostly contradict each other."""
    clear = (first != 0) & (second != 0)
    return bool(
        clear.mean() > _CLEAR_SHARE and (first != second)[clear].mean() >= _MOST_FRAMES
    )


def _mean_of(values: np.ndarray, *parts: str) -> np.ndarray:
    """Mean over both sides of parts of Human3.6M's body, (T, 17) -> (T,)."""
    names = [f'{side}_{part}' for side in ('left', 'right') for part in parts]
    chosen = values[:, [H36M_KEYPOINTS.index(name) for name in names]]
    known = np.isfinite(chosen)
    total = np.where(known, chosen, 0).sum(axis=1)
    return np.divide(
        total,
        known.sum(axis=1),
        out=np.full(len(values), np.nan),
        where=known.any(axis=1),
    )
