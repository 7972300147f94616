"""The trc files of Sports2D and Pose2Sim."""

import numpy as np

from mmposenorm.keypoints.readers.numbering import frame_numbers
from mmposenorm.keypoints.readers.poses import Poses
from mmposenorm.keypoints.readers.registry import register_reader
from mmposenorm.keypoints.readers.tables import Table
from mmposenorm.resampling import is_fps

_HEADER_ROWS = 5
_FEWEST_PIXELS = 20.0


def _is_trc(table: Table) -> bool:
    return bool(table.head[0]) and table.head[0][0].startswith('PathFileType')


@register_reader('trc', 'csv', _is_trc)
def read_trc(table: Table) -> Poses:
    r"""Read the trc of one person, in pixels.

    ::

        PathFileType\t4\t(X/Y/Z)\tclip_Sports2D_px_person00.trc
        DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\t...
        60\t60\t100\t22\tm\t...
        Frame#\tTime\tHip\t\t\tRHip\t\t\t...
        \t\tX1\tY1\tZ1\tX2\tY2\tZ2\t...
        0\t0.0\t512.3\t340.1\t0.0\t...

    Sports2D calls the unit m even where it is pixels. Until its version 0.4 it wrote
    thousands of pixels with y upwards, which is turned back.
    """
    if len(table.head) < _HEADER_ROWS:
        raise ValueError('its header is cut off. Write or copy it again.')
    names = [name.strip() for name in table.head[3][2:] if name.strip()]
    rate = _number(table.head[2][:1])
    values = table.numbers(_HEADER_ROWS, range(2 + 3 * len(names)))
    points = values[:, 2:].reshape(len(values), len(names), 3)
    keypoints = _pixels(points)
    numbers = frame_numbers(values[:, 0].tolist(), rate)
    scores = np.isfinite(keypoints).all(axis=-1).astype(np.float32)
    seen = scores.any(axis=-1)
    if not seen.any():
        raise ValueError(f'there is no person in any of {len(values)} frames.')
    return Poses(
        keypoints[seen],
        scores[seen],
        numbers[seen],
        first_frame=int(numbers.min()),
        last_frame=int(numbers.max()),
        joint_names=names,
        fps=rate,
    )


def _number(cells: list[str]) -> float | None:
    try:
        rate = float(cells[0].replace(',', '.'))
    except (IndexError, ValueError):
        return None
    return rate if is_fps(rate) else None


def _pixels(points: np.ndarray) -> np.ndarray:
    found = points[np.isfinite(points).all(axis=-1)]
    if len(found) == 0:
        return points[..., :2]
    flat = bool((found[:, 2] == 0).all())
    largest = np.abs(found[:, :2]).max()
    if flat and largest >= _FEWEST_PIXELS:
        return points[..., :2]
    if flat and np.median(found[:, 1]) < 0:
        return points[..., :2] * [1000, -1000]
    raise ValueError(
        'it holds positions in metres or in 3D; expected pixels. Give the file of '
        "Sports2D whose name has _px_ in it, or for Pose2Sim one camera's 2D keypoints "
        '(the folder of JSON files in pose/).'
    )
