"""Baseline: a 3D lifter and normalization in closed form."""

import torch
from mmengine.model import BaseModel
from torch import Tensor

from mmposenorm.fields import Fps
from mmposenorm.geometry.kinematics import mid_hips, root_frame
from mmposenorm.geometry.normalization import body_up, normalize_pose
from mmposenorm.models.condition_skeleton import ConditionSkeleton
from mmposenorm.models.losses.positions import position_loss
from mmposenorm.models.results import ground_truth, to_data_samples
from mmposenorm.registry import MODELS


@MODELS.register_module()
class LiftedPoseNormalizer(BaseModel):
    """Lift 2D poses to 3D, then put them on the condition skeleton in closed form.

    The peer of :class:`~mmposenorm.models.pose_normalizer.PoseNormalizer`: the same
    batches in, the same fields out. Only ``keypoints`` have another meaning: they have
    the bone lengths that the lifter estimated, while the pose normalizer is given the
    true ones.

    The lifter is one of two kinds:

    - trained here: ``TemporalLifter`` (mmpose's VideoPose3D and SimpleBaseline3D) or
      ``SemGCN``. They have the input of the pose normalizer (``lifter_input``) and
      learn from every frame of a clip by the mean distance of the 17 joints, relative
      to the root and in metres, as VideoPose3D does.
    - trained by mmpose: ``MMPoseLifter`` takes its config and checkpoint::

        lifter = dict(
            type='MMPoseLifter',
            config='mmpose::body_3d_keypoint/motionbert/h36m/'
            'motionbert_dstformer-243frm_8xb32-240e_h36m.py',
            checkpoint='motionbert.pth',
        )

    Args:
        lifter: Config of a module that maps the inputs of a batch to joints in the
            camera's axes, in metres, (B, T, 17, 3).
        condition_skeleton: JSON of the condition skeleton's bone lengths; see
            :class:`~mmposenorm.models.condition_skeleton.ConditionSkeleton`.
        fps: Frame rate of the training clips, to which inference resamples.
        data_preprocessor: Config of the batch transforms.
        init_cfg: See :class:`mmengine.model.BaseModule`.
    """

    def __init__(
        self,
        lifter: dict,
        condition_skeleton: str | None = None,
        fps: Fps = 50.0,
        data_preprocessor: dict | None = None,
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        super().__init__(data_preprocessor, init_cfg)
        # Only the extended skeleton reaches every pose that a lifter may predict.
        self.condition = ConditionSkeleton('extended', condition_skeleton)
        self.lifter = MODELS.build(lifter)
        self.fps = fps

    @property
    def receptive_field(self) -> int:
        """Number of frames that the estimate of one frame depends on."""
        return self.lifter.receptive_field

    def forward(
        self,
        inputs: dict[str, Tensor],
        data_samples: dict | None = None,
        mode: str = 'tensor',
    ) -> dict[str, Tensor] | list:
        """Run on a batch that the data preprocessor has prepared.

        Args:
            inputs: What the lifter needs; ``lifting_target`` (B, T, 17, 3), camera
                frame in metres, to predict and train.
            data_samples: Metadata of the clips, each a list of B.
            mode: ``'loss'`` for a dict of losses, ``'predict'`` for data samples,
                ``'tensor'`` for the predictions as a dict of tensors.
        """
        if mode == 'loss':
            return self.loss(inputs)
        if mode == 'predict':
            return to_data_samples(*self.predictions_and_targets(inputs), data_samples)
        return self.normalize(self.lift(inputs))

    def predictions_and_targets(
        self, inputs: dict[str, Tensor]
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Return what :meth:`normalize` and :func:`ground_truth` return."""
        targets = ground_truth(inputs, self.condition.bone_lengths)
        return self.normalize(self.lift(inputs)), targets

    def lift(self, inputs: dict[str, Tensor]) -> Tensor:
        """Lift every frame: joints relative to the root, in metres, (B, T, 17, 3)."""
        keypoints = self.lifter(inputs).float()
        return keypoints - keypoints[:, :, :1]

    def normalized_poses(self, inputs: dict[str, Tensor]) -> Tensor:
        """Predict only the normalized poses, in metres, (B, T, 17, 3)."""
        keypoints = self.lift(inputs)
        with torch.autocast(keypoints.device.type, enabled=False):
            return normalize_pose(keypoints, self.condition.bone_lengths)

    def normalize(self, keypoints_3d: Tensor) -> dict[str, Tensor]:
        """Put lifted poses on the condition skeleton.

        Args:
            keypoints_3d: Joints relative to the root, in the camera's axes, in
                metres, (B, T, 17, 3).

        Returns:
            ``keypoints``, the unchanged joints; the rest as in
            :meth:`mmposenorm.models.pose_normalizer.PoseNormalizer.normalize`.
        """
        with torch.autocast(keypoints_3d.device.type, enabled=False):
            frame = root_frame(keypoints_3d)
            normalized = normalize_pose(keypoints_3d, self.condition.bone_lengths)
            # A lifter's root need not lie between its hips; the skeleton's does.
            root = mid_hips(keypoints_3d)[..., None, :]
            posed = torch.cat([root, keypoints_3d[..., 1:, :]], dim=-2)
            return {
                'keypoints': keypoints_3d,
                'joint_rotations': self.condition.joint_rotations(posed),
                'condition_keypoints': normalized @ frame.mT,
                'normalized_poses': normalized,
                'body_up': body_up(frame),
            }

    def loss(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """Compute the mean distance to the ground truth, in metres.

        Raises:
            ValueError: If the lifter cannot be trained.
        """
        keypoints = self.lift(inputs)
        if not keypoints.requires_grad:
            raise ValueError(
                f'{type(self.lifter).__name__} can be tested, not trained. Train '
                'it with mmpose, or set `model.lifter` to TemporalLifter or SemGCN.'
            )
        target = inputs['lifting_target']
        target = target - target[:, :, :1]
        return {'loss_position': position_loss(keypoints, target, squared=False).mean()}
