"""From joints that have names to the layout that fits them best."""

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from mmposenorm.keypoints.layouts import LAYOUTS, Layout

_SIDES = {'l': 'left', 'left': 'left', 'lt': 'left'}
_SIDES |= {'r': 'right', 'right': 'right', 'rt': 'right'}
_PARTS = {
    'ank': 'ankle',
    'big_toe': 'big_toe',
    'bigtoe': 'big_toe',
    'elb': 'elbow',
    'hallux': 'big_toe',
    'kne': 'knee',
    'little_toe': 'small_toe',
    'sho': 'shoulder',
    'shldr': 'shoulder',
    'smalltoe': 'small_toe',
    'wri': 'wrist',
}
_PAIRED: tuple[str, ...] = (
    'shoulder',
    'elbow',
    'wrist',
    'hip',
    'knee',
    'ankle',
    'foot',
    'eye',
    'ear',
)
_PAIRED += ('heel', 'big_toe', 'small_toe')
_MIDDLES = {
    'chip': 'hip',
    'c_hip': 'hip',
    'head_top': 'head',
    'headtop': 'head',
    'hip_center': 'hip',
    'hips': 'hip',
    'mid_hip': 'hip',
    'mid_shoulder': 'neck',
    'midhip': 'hip',
    'pelvis': 'hip',
    'root': 'hip',
    'root_pelvis': 'hip',
    'shoulder_center': 'neck',
    'thorax': 'neck',
    'top_head': 'head',
}
_HIPS = ('left_hip', 'right_hip')
_SHOULDERS = ('left_shoulder', 'right_shoulder')
_LIMBS = [
    f'{side}_{part}'
    for side in ('left', 'right')
    for part in ('shoulder', 'elbow', 'wrist', 'hip', 'knee', 'ankle')
]
_FEWEST_LIMBS = 6


def to_named_layout(
    keypoints: np.ndarray, scores: np.ndarray, names: Sequence[str]
) -> tuple[np.ndarray, np.ndarray, Layout]:
    """Sort named joints into the layout that has most of them.

    Args:
        keypoints: Positions, (N, K, 2).
        scores: In [0, 1], (N, K).
        names: Name of each joint, K; sides may be written ``left_``, ``L``, ``r_``.

    Returns:
        keypoints: In the layout's order, (N, J, 2). A pelvis or neck that the file
            lacks is the middle of the hips or shoulders.
        scores: (N, J), 0 for joints that the file lacks.
        layout: The layout, of J joints.

    Raises:
        ValueError: If too few names are known, or left and right contradict the order.
    """
    found = canonical_names(names)
    _check_sides(found)
    layout = max(_CANDIDATES, key=lambda one: _overlap(found, one))
    if len({*found} & {*_LIMBS}) < _FEWEST_LIMBS:
        raise ValueError(
            f'its joints are named {listed(names)}, of which too few are known. '
            'Expected shoulders, elbows, wrists, hips, knees and ankles of both sides, '
            'such as left_shoulder; rename the columns, or convert the file to npz '
            'with keypoints (T, K, 2) and layout.'
        )
    wanted = canonical_names(layout.joint_names)
    out = np.zeros((len(keypoints), len(wanted), 2), np.float32)
    out_scores = np.zeros(out.shape[:2], np.float32)
    for joint, name in enumerate(wanted):
        sources = _sources(name, found)
        if sources:
            out[:, joint] = keypoints[:, sources].mean(axis=1)
            out_scores[:, joint] = scores[:, sources].min(axis=1)
    return out, out_scores, layout


def canonical_names(names: Sequence[str]) -> list[str]:
    """Write the names of joints in one way, such as ``left_shoulder``."""
    found = [_canonical(str(name)) for name in names]
    if not any(name.endswith('_ankle') for name in found):
        found = [re.sub('_foot$', '_ankle', name) for name in found]
    return found


@lru_cache(maxsize=1024)  # the same few names in every frame
def _canonical(name: str) -> str:
    spaced = re.sub(r'([a-z])([A-Z])', r'\1_\2', name)
    spaced = re.sub(r'^([LR])([A-Z][a-z])', r'\1_\2', spaced)
    words = [word for word in re.split(r'[^a-z0-9]+', spaced.lower()) if word]
    sides = [_SIDES[word] for word in words if word in _SIDES]
    part = '_'.join(word for word in words if word not in _SIDES)
    if len(sides) == 1:
        return f'{sides[0]}_{_PARTS.get(part, part)}'
    glued = re.fullmatch('(left|right|l|r)_?(.+)', part)
    if glued and _PARTS.get(glued[2], glued[2]) in _PAIRED and part not in _MIDDLES:
        return f'{_SIDES[glued[1]]}_{_PARTS.get(glued[2], glued[2])}'
    return _MIDDLES.get(part, part)


# Kinect's clips are in three dimensions, and hands and faces are not used; nor is the
# neck of MPII.
_CANDIDATES = [
    layout
    for layout in LAYOUTS.values()
    if layout.dimensions == (2,)
    and len(layout.joint_names) <= 33
    and 'upper_neck' not in layout.joint_names
]


def _overlap(found: Sequence[str], layout: Layout) -> tuple[int, int]:
    """Joints in common; of equally many, the layout that lacks the fewest."""
    names = {*canonical_names(layout.joint_names)}
    return len(names & {*found}), -len(names)


def _sources(name: str, found: Sequence[str]) -> list[int]:
    if name in found:
        return [found.index(name)]
    middle = {'hip': _HIPS, 'neck': _SHOULDERS}.get(name, ())
    if middle and all(end in found for end in middle):
        return [found.index(end) for end in middle]
    return []


def _check_sides(found: Sequence[str]) -> None:
    """Refuse Human3.6M's joints with left named where it has right."""
    h36m = canonical_names(LAYOUTS['h36m'].joint_names)
    parts, right_parts = (
        [re.sub('^(left|right)_', '', name) for name in names]
        for names in (found, h36m)
    )
    if parts == right_parts and [*found] != h36m:
        raise ValueError(
            "its joints are in the order of Human3.6M, but 'left' is named where "
            "Human3.6M has 'right', or the reverse. Correct the names, or remove them "
            'and name the layout.'
        )


def listed(names: Sequence[str]) -> str:
    """Write the first names, and how many there are."""
    shown = ', '.join(map(str, names[:8]))
    return f'{shown}, … ({len(names)} in all)' if len(names) > 8 else shown
