"""Clips from mmpose's data sets."""

import re
from typing import Any

from mmposenorm.datasets.h36m_annotations import (
    convert_camera,
    find_sequences,
    to_world,
)
from mmposenorm.registry import TRANSFORMS
from mmposenorm.transforms.base import ClipTransform


@TRANSFORMS.register_module()
class MMPoseToClip(ClipTransform):
    """Convert a sample of ``mmpose.Human36mDataset`` to a clip.

    Comes first in a pipeline, before ``PackPoseClip``. The data set must be configured
    to return T frames (``seq_len=1, multiple_target=T``) and their camera
    (``camera_param_file``).

    Required keys: lifting_target (T, 17, 3), metres in the camera frame; keypoints
    (T, 17, 2), pixels; keypoints_visible (T, 17); camera_param; target_img_path, T
    names. Added keys: keypoints_world (T, 17, 3), camera, clip_id, subject, action,
    view, variant, fps.

    Raises:
        ValueError: If the sample has no camera, or the frames of input and target are
            not the same.
    """

    def __call__(self, results: dict[str, Any]) -> dict[str, Any]:
        """Add the fields of a clip."""
        if 'camera_param' not in results:
            raise ValueError(
                'The sample of Human36mDataset has no camera_param. Set '
                'dataset.camera_param_file to the cameras.pkl of the data set.'
            )
        num_frames = len(results['keypoints'])
        if len(results['lifting_target']) != num_frames:
            raise ValueError(
                f'The sample has {num_frames} frames of keypoints and '
                f'{len(results["lifting_target"])} of lifting_target; expected the '
                'same number. Set dataset.seq_len=1 and dataset.multiple_target to '
                'the number of frames.'
            )
        sequence = find_sequences(results['target_img_path'])[0]
        camera = results['camera_param']
        return results | {
            'keypoints_world': to_world(results['lifting_target'], camera),
            'camera': convert_camera(camera),
            'clip_id': f'{sequence.subject}_{sequence.action}[{sequence.frames[0]}]',
            'subject': sequence.subject,
            'action': re.sub(r'_\d+$', '', sequence.action),
            'view': sequence.camera,
            'variant': 'original',
            'fps': sequence.fps,
        }
