"""Telling layouts of as many keypoints apart by the proportions of the body."""

import numpy as np
from numpy.typing import ArrayLike

from mmposenorm.keypoints.layouts import LAYOUTS, Layout, get_layout
from mmposenorm.keypoints.messages import inform, warn
from mmposenorm.keypoints.proportions import NEIGHBOURS, bone_misfit, misfit

# Chosen on projected motion capture with noise and hidden joints. Of 7,200 views, 3
# were decided wrongly: 1 to 5 frames of which 40 % of the joints were hidden.
_CLEAR_MARGIN = 0.25
_LARGEST_MISFIT = 0.6
# Of made-up bodies in a random pose, seen from all sides, bones fit the right one of
# OpenPose's layouts better by 0.15 at least.
_RARE_MARGIN = 0.1


def choose_layout(
    keypoints: ArrayLike, visible: ArrayLike | None, layout: str | None = None
) -> str:
    """Name the layout of an array of keypoints.

    Args:
        keypoints: (T, K, 2) in any unit.
        visible: In [0, 1], (T, K); None if all were seen.
        layout: The layout that the user gave, which is never overridden.

    Returns:
        The given layout; else the only one of K keypoints, or the one that
        :func:`detect_layout` finds for 17 and :func:`detect_openpose` for 25.

    Raises:
        ValueError: If the given layout is not known.
    """
    if layout is not None:
        return get_layout(layout).name
    points = np.asarray(keypoints)
    if points.ndim != 3 or points.shape[2] != 2 or not len(points):
        return 'h36m'  # whoever reads them with a layout says what is wrong
    if points.shape[1] not in (17, 25):
        return _only_layout(points.shape[1])
    seen = np.ones(points.shape[:2]) if visible is None else np.asarray(visible, float)
    if seen.shape != points.shape[:2]:
        return 'h36m'
    # What a masked array masks was not seen, like what is NaN.
    hidden = np.ma.getmaskarray(np.ma.asarray(keypoints)) | ~np.isfinite(points)
    seen = np.where(hidden.any(axis=-1), 0, seen)
    if points.shape[1] == 25:
        return detect_openpose(points, seen).name
    return detect_layout(points, seen).name


def _only_layout(joint_count: int) -> str:
    fitting = [
        name
        for name, layout in LAYOUTS.items()
        if len(layout.joint_names) == joint_count and 2 in layout.dimensions
    ]
    return fitting[0] if len(fitting) == 1 else 'h36m'


def detect_layout(
    keypoints: np.ndarray, visible: np.ndarray, fallback: str = 'h36m'
) -> Layout:
    """Decide whether 17 keypoints are COCO's or Human3.6M's, and log it.

    Args:
        keypoints: In any unit, (T, 17, 2); the frames may show different people.
        visible: In [0, 1], (T, 17); below ``MIN_VISIBLE`` is not seen.
        fallback: Layout to assume, with a warning, when the keypoints fit both or
            neither.

    Returns:
        The layout.
    """
    misfits = {name: misfit(keypoints, visible, name) for name in NEIGHBOURS}
    best, other = sorted(misfits, key=lambda name: misfits[name])
    if _is_clear(misfits[best], misfits[other]):
        inform(
            f'No layout was given for 17 keypoints; by the proportions of the body '
            f'they are {best}.',
        )
        return LAYOUTS[best]
    warn(
        f'No layout was given for 17 keypoints, and they could be coco or h36m. '
        f'Assuming {fallback}: if that is wrong, so are all poses. Pass layout '
        '(--layout) to be sure.',
    )
    return LAYOUTS[fallback]


def detect_openpose(keypoints: np.ndarray, visible: np.ndarray) -> Layout:
    """Decide whether 25 keypoints are OpenPose's BODY_25 or its rare BODY_25B.

    Args:
        keypoints: In any unit, (T, 25, 2); the frames may show different people.
        visible: In [0, 1], (T, 25); below ``MIN_VISIBLE`` is not seen.

    Returns:
        BODY_25B, which is logged, if only it gives a body; else BODY_25.
    """
    usual, rare = 'openpose_body25', 'openpose_body25b'
    fits_rare, fits_usual = (
        bone_misfit(keypoints, visible, name) for name in (rare, usual)
    )
    if not fits_rare < min(_LARGEST_MISFIT, fits_usual - _RARE_MARGIN):
        return LAYOUTS[usual]
    inform(
        f'No layout was given for 25 keypoints; by the proportions of the body they '
        f'are {rare}.',
    )
    return LAYOUTS[rare]


def warn_if_other_fits(keypoints: np.ndarray, visible: np.ndarray, layout: str) -> bool:
    """Warn when keypoints said to be COCO's look like Human3.6M's, or the reverse.

    Args:
        keypoints: (T, 17, 2).
        visible: (T, 17).
        layout: ``'coco'`` or ``'h36m'``; nothing is checked for others.

    Returns:
        Whether there was reason to warn.
    """
    if layout not in NEIGHBOURS:
        return False
    (other,) = NEIGHBOURS.keys() - {layout}
    fits_other = misfit(keypoints, visible, other)
    doubtful = _is_clear(fits_other, misfit(keypoints, visible, layout))
    if doubtful:
        warn(
            f'The keypoints are read as {layout}, but have the proportions of a body '
            f'in {other}. Check layout (--layout).',
        )
    return doubtful


def _is_clear(better: float, worse: float) -> bool:
    return better <= _LARGEST_MISFIT and worse - better >= _CLEAR_MARGIN
