"""Arrays: npz and npy files of keypoints, and mmpose's annotations."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from mmposenorm.keypoints.people import People, is_saved_people, load_people
from mmposenorm.keypoints.readers.poses import Poses, array_poses
from mmposenorm.keypoints.readers.registry import register_reader
from mmposenorm.resampling import check_fps

Arrays = Mapping[str, np.ndarray]

_KEYPOINT_KEYS: tuple[str, ...] = (
    'keypoints',
    'keypoints_2d',
    'kpts',
    'poses_2d',
    'pose_2d',
)
_KEYPOINT_KEYS += ('joints_2d', 'poses2d', 'arr_0')
_VISIBLE_KEYS: tuple[str, ...] = (
    'visible',
    'keypoints_visible',
    'keypoint_scores',
    'scores',
)
_VISIBLE_KEYS += ('confidence', 'visibility')
_3D_KEYS = ('positions_3d', 'keypoints_3d', 'poses_3d', 'poses3d', 'joints_3d')


def _is_saved(arrays: Arrays) -> bool:
    return is_saved_people(arrays)


@register_reader('extracted keypoints', 'npz', _is_saved)
def read_saved(arrays: Arrays) -> People:
    """Read the npz that ``tools/extract_keypoints.py`` writes."""
    return load_people(arrays)


def _is_h36m(arrays: Arrays) -> bool:
    return 'part' in arrays


@register_reader('Human3.6M npz', 'npz', _is_h36m)
def read_h36m(arrays: Arrays) -> Poses:
    """Read mmpose's annotations of one clip: ``part`` (T, 17, 3) and ``imgname``."""
    clips = {str(name).rpartition('_')[0] for name in arrays.get('imgname', ())}
    if len(clips) > 1:
        raise ValueError(f'it holds {len(clips)} clips; cut out one.')
    return _poses(arrays['part'], arrays, layout='h36m')


def _is_plain(arrays: Arrays) -> bool:
    return _keypoint_key(arrays) is not None


def _keypoint_key(arrays: Arrays) -> str | None:
    return next((key for key in _KEYPOINT_KEYS if key in arrays), None)


@register_reader('keypoints npz', 'npz', _is_plain)
def read_plain(arrays: Arrays) -> Poses:
    """Read arrays of one person, or of P people a frame, with NaN where not found.

    ::

        keypoints (T, K, 2), (T, K, 3) with a score, or (T, P, K, 2 or 3)
        visible   (T, K) or (T, P, K) in [0, 1], may be left out
        layout    its name, may be left out; fps, image_size, first_frame likewise

    An npy file is the array of keypoints alone.
    """
    key = _keypoint_key(arrays)
    assert key is not None
    return _poses(arrays[key], arrays)


def _is_3d(arrays: Arrays) -> bool:
    return any(key in arrays for key in _3D_KEYS)


@register_reader('3D keypoints npz', 'npz', _is_3d, is_general=True)
def refuse_3d(arrays: Arrays) -> Poses:
    """Refuse arrays of 3D positions."""
    raise ValueError(
        f'it holds only 3D positions ({", ".join(arrays)}); expected 2D keypoints '
        '(T, K, 2). Give the 2D keypoints that they were made from; for 3D poses there '
        'is normalize_keypoints_3d.'
    )


def _poses(keypoints: np.ndarray, arrays: Arrays, layout: str | None = None) -> Poses:
    visible = next((arrays[key] for key in _VISIBLE_KEYS if key in arrays), None)
    keypoints, visible = _split_scores(keypoints, visible)
    if visible is not None and np.shape(visible) != keypoints.shape[:-1]:
        raise ValueError(
            f'visible has shape {np.shape(visible)}; expected {keypoints.shape[:-1]}, '
            f'one value for each of the keypoints of shape {keypoints.shape}.'
        )
    if len(keypoints) == 0:
        raise ValueError('keypoints holds no frame; expected at least one.')
    layout = str(arrays['layout']) if 'layout' in arrays else layout
    about: dict[str, Any] = {}
    if 'fps' in arrays:
        about['fps'] = float(arrays['fps'])
        check_fps(about['fps'])
    if 'image_size' in arrays:
        width, height = arrays['image_size']
        about['image_size'] = int(width), int(height)
    return array_poses(
        keypoints,
        visible,
        layout=layout,
        fallback='h36m',
        first_frame=int(arrays.get('first_frame', 0)),
        **about,
    )


def _split_scores(
    keypoints: np.ndarray, visible: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray | None]:
    for name, array in (('keypoints', keypoints), ('visible', visible)):
        if array is not None and array.dtype.kind not in 'biuf':
            raise ValueError(
                f'{name} has type {array.dtype}; expected numbers. Save it again.'
            )
    if keypoints.ndim not in (3, 4) or keypoints.shape[-1] not in (2, 3):
        raise ValueError(
            f'keypoints has shape {keypoints.shape}; expected (T, 17, 2) for T frames '
            'of 17 joints, or (T, 17, 3) with a score.'
        )
    if keypoints.shape[-1] == 2:
        return keypoints, visible
    return keypoints[..., :2], keypoints[..., 2] if visible is None else visible
