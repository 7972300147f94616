"""A clip as seen in a mirror, so that a left-hander can be held against a right-hander.

Left and right change places and the horizontal axis is turned round, in the image and
in the body alike.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from mmposenorm.pose_result import PoseNormResult
from mmposenorm.skeletons import H36M_MIRRORED


def mirror_result(
    result: PoseNormResult,
    joint_names: Sequence[str],
    image_width: float | None = None,
    embed: Callable[[PoseNormResult], np.ndarray] | None = None,
) -> PoseNormResult:
    """Mirror what inference knows of a person.

    Args:
        result: Of inference.
        joint_names: Names of the joints that carry rotations, J.
        image_width: Width of the pictures in pixels, about whose middle the keypoints
            are mirrored; about 0 if not known.
        embed: Computes the features of the mirrored result, (T, E); see
            :meth:`mmposenorm.PoseNormInferencer.embed`. Needed if there are features.

    Returns:
        The person in the mirror.

    Raises:
        ValueError: If there are features but no ``embed``.
    """
    if result.has_features and embed is None:
        raise ValueError(
            'The result has pose features, which have no mirror image of their own. '
            'Give what embeds the mirrored poses: embed=inferencer.embed.'
        )
    poses = result.normalized_poses[:, H36M_MIRRORED] * np.float32([-1, 1, 1])
    keypoints = result.keypoints[:, H36M_MIRRORED] * np.float32([-1, 1])
    visible = result.keypoints_visible[:, H36M_MIRRORED]
    if image_width is not None:
        keypoints[..., 0] += image_width - 1
    keypoints[visible == 0] = 0
    # A turn by an angle about an axis becomes one by the opposite angle about the
    # mirrored axis.
    rotations = result.joint_rotations[:, _mirrored_joints(joint_names)]
    sigma = result.direction_sigma
    bones = [joint - 1 for joint in H36M_MIRRORED[1:]]
    mirrored = replace(
        result,
        joint_rotations=rotations * np.float32([1, 1, -1, -1]),
        normalized_poses=poses,
        body_up=result.body_up * np.float32([-1, 1, 1]),
        keypoints=keypoints,
        keypoints_visible=visible,
        direction_sigma=None if sigma is None else sigma[:, bones],
        _pose_features=None,
    )
    if embed is None or not result.has_features:
        return mirrored
    return replace(mirrored, _pose_features=embed(mirrored))


def _mirrored_joints(names: Sequence[str]) -> list[int]:
    """For each joint, find the one on the other side; itself where there is none."""
    sides = {'left': 'right', 'right': 'left'}
    others = [
        '_'.join(sides.get(part, part) for part in name.split('_')) for name in names
    ]
    return [list(names).index(other) for other in others]
