"""Mirror a clip, so that a left-hander can be compared with a right-hander.

Left and right keypoints are exchanged and the horizontal axis is reversed, in the image
and in the body.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from mmposenorm.alignment import align
from mmposenorm.comparison.descriptions import common_features, describe_frames
from mmposenorm.pose_result import PoseNormResult
from mmposenorm.skeletons import H36M_MIRRORED

_MIRROR_X = np.array([-1, 1, 1], np.float32)
_MOST_FRAMES = 1000


def mirror_result(
    result: PoseNormResult,
    joint_names: Sequence[str],
    embed: Callable[[PoseNormResult], np.ndarray] | None = None,
) -> PoseNormResult:
    """Mirror the result of inference.

    Args:
        result: The result of inference.
        joint_names: Names of the joints that carry rotations, J.
        embed: Computes the features of the mirrored result, (T, E); see
            :meth:`mmposenorm.PoseNormInferencer.embed`. Needed if there are features.

    Returns:
        The mirrored result; its keypoints are mirrored about x = 0.

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


def fits_better_mirrored(
    clip_a: PoseNormResult, mirrored_a: PoseNormResult, clip_b: PoseNormResult
) -> bool:
    """Tell whether the mirrored clip A is closer to clip B than clip A itself.

    Args:
        clip_a: A person in a clip.
        mirrored_a: The same clip mirrored by :func:`mirror_result`.
        clip_b: A person in another clip.

    Returns:
        Whether the path of the mirrored clip is the cheaper one, by pose features if
        the clips have them, else by the directions of the limbs and the up direction.
    """
    kind = common_features(clip_a, clip_b)
    described = [
        describe_frames(clip, kind)[clip.keypoints_visible.any(axis=1)]
        for clip in (clip_a, mirrored_a, clip_b)
    ]
    # Thinned out, which changes the mean distance little.
    a, mirrored, b = (some[:: 1 + len(some) // _MOST_FRAMES] for some in described)
    return align(a, b, mirrored_a=mirrored, open_begin=True, open_end=True).mirrored


def _mirrored_joints(names: Sequence[str]) -> list[int]:
    """For each joint, find its counterpart on the other side, or the joint itself."""
    sides = {'left': 'right', 'right': 'left'}
    others = [
        '_'.join(sides.get(part, part) for part in name.split('_')) for name in names
    ]
    return [list(names).index(other) for other in others]
