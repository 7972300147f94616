"""2D detections prepared for VideoPose3D."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from mmposenorm.keypoints.readers.poses import Poses, array_poses
from mmposenorm.keypoints.readers.registry import register_reader
from mmposenorm.safe_pickle import load_plain

_LAYOUTS = ('coco', 'h36m')


class PickledArray(bytes):
    """A pickled array of an npz file, not yet opened: a pickle can run programs."""

    def opened(self) -> Any:
        """Open it if it holds only containers, numbers, texts and arrays."""
        try:
            return load_plain(self)
        except ValueError as error:
            raise ValueError(
                f'{error} Save the keypoints themselves: '
                "np.savez('clip.npz', keypoints=..., layout='coco')."
            ) from error


def _is_videopose3d(arrays: Mapping[str, Any]) -> bool:
    return 'positions_2d' in arrays


@register_reader('VideoPose3D npz', 'npz', _is_videopose3d)
def read_videopose3d(arrays: Mapping[str, Any]) -> Poses:
    """Read VideoPose3D's custom data set of one video.

    ::

        positions_2d  {"clip.mp4": {"custom": [(T, 17, 2)]}}
        metadata      {"layout_name": "coco", "num_joints": 17, "video_metadata":
                       {"clip.mp4": {"w": 1920, "h": 1080}}, ...}
    """
    positions, metadata = (_opened(arrays.get(k)) for k in ('positions_2d', 'metadata'))
    clips = [
        (video, keypoints)
        for video, actions in positions.items()
        for cameras in actions.values()
        for keypoints in cameras
    ]
    if len(clips) != 1:
        raise ValueError(
            f'it holds {len(clips)} clips of {", ".join(map(str, positions))}; '
            'expected one. Prepare each video by itself.'
        )
    video, keypoints = clips[0]
    metadata = metadata if isinstance(metadata, Mapping) else {}
    layout = metadata.get('layout_name', 'coco')
    if layout not in _LAYOUTS:
        raise ValueError(
            f'its layout is {layout}; expected {" or ".join(_LAYOUTS)}. Save the '
            'keypoints as npz with keypoints (T, K, 2) and a layout that is known.'
        )
    size = metadata.get('video_metadata', {}).get(video, {})
    return array_poses(
        np.asarray(keypoints, np.float32)[..., :2],
        layout=layout,
        image_size=(int(size['w']), int(size['h'])) if {'w', 'h'} <= {*size} else None,
    )


def _opened(value: Any) -> Any:
    value = value.opened() if isinstance(value, PickledArray) else value
    return value.item() if isinstance(value, np.ndarray) and value.ndim == 0 else value
