"""Predictions of MMPose."""

from collections.abc import Iterable, Mapping
from typing import Any

from mmposenorm.keypoints.readers.json_files import Folder
from mmposenorm.keypoints.readers.poses import Pose, Poses, poses_of_frames
from mmposenorm.keypoints.readers.registry import register_reader
from mmposenorm.keypoints.readers.shapes import (
    box_of,
    first_filled,
    floats,
    frames_of,
    keys_of,
)


def _is_mmpose(content: Any) -> bool:
    if 'instance_info' in keys_of(content):
        return True
    if 'predictions' in keys_of(content):
        content = content['predictions']
    first = first_filled(content)
    if isinstance(content, list) and 'instances' in keys_of(first):
        return True
    while isinstance(first, list):
        first = first_filled(first)
    return {'keypoints', 'keypoint_scores'} <= keys_of(first)


@register_reader('mmpose JSON', 'json', _is_mmpose)
def read_mmpose(content: Any) -> Poses:
    """Read what MMPose's inferencers and demos save or return.

    ::

        {"meta_info": {"keypoint_id2name": {"0": "nose", ...}, ...},
         "instance_info": [{"frame_id": 1, "instances": [
             {"keypoints": [[x, y], ...], "keypoint_scores": [...],
              "bbox": [[left, top, right, bottom]], "bbox_score": 0.9}]}]}

    or the list ``instance_info`` alone; or the instances of an image, a list of them
    for each image, or a folder with one such file for each frame.
    """
    names = None
    if isinstance(content, Mapping) and not isinstance(content, Folder):
        if 'predictions' in content:
            content = content['predictions']
        else:
            ids = content.get('meta_info', {}).get('keypoint_id2name') or {}
            names = tuple(ids.values()) or None
            content = content['instance_info']
    frames = ((name, _instances(one)) for name, one in _frames(content))
    return poses_of_frames(frames, joint_names=names)


def _frames(content: Any) -> Iterable[tuple[Any, Any]]:
    if 'keypoints' in keys_of(first_filled(content)):  # those of one image
        return [(0, content)]
    return (
        (number, one['instances'] if isinstance(one, Mapping) else one)
        for number, one in frames_of(content)
    )


def _instances(instances: Any) -> list[Pose]:
    # The inferencer returns a list of images, each a list of instances.
    while isinstance(first_filled(instances), list):
        instances = first_filled(instances)
    return [_pose(one) for one in instances]


def _pose(instance: Mapping[str, Any]) -> Pose:
    keypoints = floats(instance['keypoints'])
    if keypoints.ndim != 2 or keypoints.shape[1] != 2:
        raise ValueError(
            f'a person has keypoints of shape {keypoints.shape}; expected (K, 2). Give '
            'the predictions of a 2D model.'
        )
    scores = floats(instance['keypoint_scores'])
    if scores.shape != keypoints.shape[:1]:
        raise ValueError(
            f'a person has {len(keypoints)} keypoints, but {scores.size} scores; '
            'expected as many. Write the predictions again.'
        )
    return Pose(keypoints, scores, box_of(instance.get('bbox')))
