"""Mirror a clip, so that a left-hander can be compared with a right-hander.

Left and right keypoints are exchanged and the horizontal axis is reversed, in the image
and in the body.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from mmposenorm.pose_result import PoseNormResult
from mmposenorm.skeletons import H36M_MIRRORED

_MIRROR_X = np.array([-1, 1, 1], np.float32)


def mirror_result(
    result: PoseNormResult,
    joint_names: Sequence[str],
    image_width: float | None = None,
    embed: Callable[[PoseNormResult], np.ndarray] | None = None,
) -> PoseNormResult:
    """Mirror the result of inference.

    Args:
        result: The result of inference.
        joint_names: Names of the joints that carry rotations, J.
        image_width: Width of the pictures in pixels, about whose middle the keypoints
            are mirrored; about 0 if not known.
        embed: Computes the features of the mirrored result, (T, E); see
            :meth:`mmposenorm.PoseNormInferencer.embed`. Needed if there are features.

    Returns:
        The mirrored result.

    Raises:
        ValueError: If the result has features but ``embed`` is not given.
    """
    if result.has_features and embed is None:
        raise ValueError(
            'The result has pose features, which must be computed again for the '
            'mirrored poses. Give embed=inferencer.embed.'
        )
    poses = result.normalized_poses[:, H36M_MIRRORED] * _MIRROR_X
    keypoints = result.keypoints[:, H36M_MIRRORED] * _MIRROR_X[:2]
    visible = result.keypoints_visible[:, H36M_MIRRORED]
    if image_width is not None:
        keypoints[..., 0] += image_width - 1
    keypoints[visible == 0] = 0
    # A rotation becomes one by the opposite angle about the mirrored axis.
    rotations = result.joint_rotations[:, _mirrored_joints(joint_names)]
    sigma = result.direction_sigma
    bones = [joint - 1 for joint in H36M_MIRRORED[1:]]
    mirrored = replace(
        result,
        joint_rotations=rotations * np.array([1, 1, -1, -1], np.float32),
        normalized_poses=poses,
        body_up=result.body_up * _MIRROR_X,
        keypoints=keypoints,
        keypoints_visible=visible,
        direction_sigma=None if sigma is None else sigma[:, bones],
        _pose_features=None,
    )
    if embed is None or not result.has_features:
        return mirrored
    return replace(mirrored, _pose_features=embed(mirrored))


def _mirrored_joints(names: Sequence[str]) -> list[int]:
    """For each joint, find its counterpart on the other side, or the joint itself."""
    sides = {'left': 'right', 'right': 'left'}
    others = [
        '_'.join(sides.get(part, part) for part in name.split('_')) for name in names
    ]
    return [list(names).index(other) for other in others]
