"""What inference knows of one person in one clip."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from mmengine.structures import InstanceData

if TYPE_CHECKING:
    from mmpose.structures import PoseDataSample


@dataclass(frozen=True, eq=False)
class PoseNormResult:
    """What is known of one person in one clip, float32.

    Args:
        joint_rotations: Unit quaternions wxyz, w >= 0, local to the parent; the root's
            to the camera frame (x right, y down, z forward); (T, J, 4).
        normalized_poses: Keypoints in metres on the condition skeleton, root at 0 and
            its rotation at identity: y up, facing +z, left at +x; (T, 17, 3).
        body_up: The camera's up direction in the root frame, unit vectors, (T, 3).
        keypoints: The input, in its own unit; 0 where missing; (T, 17, 2).
        keypoints_visible: How sure each was, in [0, 1]; 0 where it was missing or too
            unsure for the network to be told; (T, 17). Rotations and poses of what was
            missing are guesses from the rest.
        frame_times: Seconds from the first frame, (T,); None when not known.
        direction_sigma: Expected error of the direction of each bone in the root
            frame, in radians, (T, 16): of the bones that end at keypoints 1 to 16.
            None if the model does not estimate it.
    """

    joint_rotations: np.ndarray = field(repr=False)
    normalized_poses: np.ndarray = field(repr=False)
    body_up: np.ndarray = field(repr=False)
    keypoints: np.ndarray = field(repr=False)
    keypoints_visible: np.ndarray = field(repr=False)
    frame_times: np.ndarray | None = field(repr=False)
    _pose_features: np.ndarray | None = field(repr=False)
    direction_sigma: np.ndarray | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.normalized_poses)

    @property
    def pose_features(self) -> np.ndarray:
        """Features to be compared by Euclidean distance, (T, E).

        Raises:
            AttributeError: If the checkpoint holds no pose embedder.
        """
        if self._pose_features is None:
            raise AttributeError(
                'There are no pose_features: the checkpoint holds no pose embedder. '
                'Compare normalized_poses, or give a checkpoint of a pose embedder.'
            )
        return self._pose_features

    @property
    def has_features(self) -> bool:
        """Whether there are pose features."""
        return self._pose_features is not None

    def to_data_sample(self) -> 'PoseDataSample':
        """Put the result into mmpose's structure, frames as instances.

        Returns:
            A data sample; ``pred_instances`` has, of T frames each,
            ``joint_rotations``, ``normalized_poses``, ``body_up``,
            ``keypoint_scores`` and, if the model gives them, ``direction_sigma`` and
            ``pose_features``;
            ``gt_instances`` the 2D input, ``keypoints`` and ``keypoints_visible``;
            the metainfo ``frame_times``.

        Raises:
            ImportError: If mmpose is not installed.
        """
        from mmpose.structures import PoseDataSample

        sample = PoseDataSample(metainfo={'frame_times': self.frame_times})
        predictions = {
            'joint_rotations': self.joint_rotations,
            'normalized_poses': self.normalized_poses,
            'body_up': self.body_up,
            'keypoint_scores': self.keypoints_visible,
        }
        if self.direction_sigma is not None:
            predictions['direction_sigma'] = self.direction_sigma
        if self.has_features:
            predictions['pose_features'] = self.pose_features
        sample.pred_instances = InstanceData(**predictions)
        sample.gt_instances = InstanceData(
            keypoints=self.keypoints, keypoints_visible=self.keypoints_visible
        )
        return sample
