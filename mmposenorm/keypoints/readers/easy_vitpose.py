"""Results of easy_ViTPose."""

from collections.abc import Mapping
from typing import Any

from mmposenorm.keypoints.readers.poses import Pose, Poses, poses_of_frames
from mmposenorm.keypoints.readers.registry import register_reader
from mmposenorm.keypoints.readers.shapes import consumed, keys_of, pose_of


def _is_easy_vitpose(content: Any) -> bool:
    return {'keypoints', 'skeleton'} <= keys_of(content) and isinstance(
        content['keypoints'], list
    )


@register_reader('easy_ViTPose JSON', 'json', _is_easy_vitpose)
def read_easy_vitpose(content: Mapping[str, Any]) -> Poses:
    """Read the JSON of ``--save-json``, in which y stands before x.

    ::

        {"keypoints": [{"0": [[y, x, score], ...], "1": [...]}, ...],
         "skeleton": {"0": "nose", "1": "left_eye", ...}}
    """
    skeleton = content['skeleton']
    names = skeleton.values() if isinstance(skeleton, Mapping) else skeleton
    frames = (
        (index, [_pose(rows) for rows in (people or {}).values()])
        for index, people in enumerate(consumed(content['keypoints']))
    )
    return poses_of_frames(frames, joint_names=tuple(names) or None)


def _pose(rows: Any) -> Pose:
    pose = pose_of(rows)
    return Pose(pose.keypoints[:, ::-1], pose.scores)
