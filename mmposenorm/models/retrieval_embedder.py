"""Pose features straight from 2D keypoints, trained to retrieve similar frames."""

import math

import torch
from mmengine.model import BaseModel
from torch import Tensor, nn
from torch.nn import functional

from mmposenorm.checkpoints import load_weights, read_pretrained_weights
from mmposenorm.fields import NotNegative, Width
from mmposenorm.geometry.kinematics import root_frame
from mmposenorm.models.condition_skeleton import ConditionSkeleton
from mmposenorm.models.results import ground_truth, to_data_samples
from mmposenorm.registry import MODELS


@MODELS.register_module()
class RetrievalEmbedder(BaseModel):
    """Embed 2D keypoints so that features are close where normalized poses are close.

    It is trained on two renderings of each motion, with different cameras, bodies,
    speeds and noise. The features of a frame must be as similar to those of each frame
    of the other rendering as their true normalized poses are. So the true normalized
    pose is the teacher, and depth need not be estimated correctly.

    Args:
        encoder: Config of the temporal encoder: (B, T, 17 * 3), the prepared
            coordinates and visibility, to (B, T, C).
        loss: Config of the loss; see
            :class:`~mmposenorm.models.losses.RetrievalLoss`.
        normalizer: Config of the pose normalizer that is used with it. It is not
            trained here; its weights come by its own ``init_cfg``.
        feature_size: Length of a feature.
        up_weight: Weight of the direction of gravity in the root frame: bodies that
            lean differently by 60 degrees count as this many metres apart. With 0, only
            the normalized pose counts.
        start_from: Weights from which the training of the encoder starts, as a dict of
            ``checkpoint`` and ``prefix``.
        condition_skeleton: JSON of the condition skeleton's bone lengths; see
            :class:`ConditionSkeleton`.
        data_preprocessor: Config of the batch transforms.
        init_cfg: See :class:`mmengine.model.BaseModule`.

    Source:
        Ours; the paper's pose embedder encodes estimated normalized poses instead.
    """

    def __init__(
        self,
        encoder: dict,
        loss: dict,
        normalizer: dict | None = None,
        feature_size: Width = 64,
        up_weight: NotNegative = 0.0,
        start_from: dict | None = None,
        condition_skeleton: str | None = None,
        data_preprocessor: dict | None = None,
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        super().__init__(data_preprocessor, init_cfg)
        self.condition = ConditionSkeleton('extended', condition_skeleton)
        self.encoder = MODELS.build(encoder)
        hidden = 256
        self.head = nn.Sequential(
            nn.Linear(self.encoder.out_channels, hidden),
            nn.GELU(),
            nn.Linear(hidden, hidden),
            nn.GELU(),
            nn.Linear(hidden, feature_size),
        )
        self.retrieval_loss = MODELS.build(loss)
        self.normalizer = None if normalizer is None else MODELS.build(normalizer)
        if self.normalizer is not None:
            self.normalizer.requires_grad_(False)
        self.up_weight = up_weight
        self.start_from = start_from

    @property
    def receptive_field(self) -> int:
        """Number of input frames that a frame's predictions depend on."""
        if self.normalizer is None:
            return self.encoder.receptive_field
        return max(self.encoder.receptive_field, self.normalizer.receptive_field)

    def init_weights(self) -> None:
        """Load the weights that training starts from."""
        super().init_weights()
        if self.start_from is not None:
            weights = read_pretrained_weights(self.start_from)
            load_weights(self.encoder, weights, self.start_from['checkpoint'])

    def train(self, mode: bool = True) -> 'RetrievalEmbedder':
        """Set the mode; the normalizer stays in evaluation mode."""
        super().train(mode)
        if self.normalizer is not None:
            self.normalizer.eval()
        return self

    def forward(
        self,
        inputs: dict[str, Tensor],
        data_samples: dict | None = None,
        mode: str = 'tensor',
    ) -> dict[str, Tensor] | list:
        """Run on a batch that the data preprocessor has prepared.

        Args:
            inputs: ``keypoint_labels`` (B, T, 17, 2) and ``keypoints_visible``
                (B, T, 17); ``lifting_target`` (B, T, 17, 3) and ``keypoints_world``
                (B, T, 17, 3) to train.
            data_samples: Metadata of the clips, each a list of B.
            mode: ``'loss'`` for a dict of losses, ``'predict'`` for data samples,
                ``'tensor'`` for ``pose_features`` (B, T, E) and what the normalizer
                predicts, if there is one.
        """
        if mode == 'loss':
            return self.loss(inputs)
        features = self.embed(inputs['keypoint_labels'], inputs['keypoints_visible'])
        if mode == 'tensor':
            others = {} if self.normalizer is None else self.normalizer(inputs)
            return others | {'pose_features': features}
        targets = ground_truth(inputs, self.condition.bone_lengths)
        return to_data_samples({'pose_features': features}, targets, data_samples)

    def embed(
        self, keypoint_labels: Tensor, keypoints_visible: Tensor, stride: int = 1
    ) -> Tensor:
        """Embed prepared 2D keypoints as unit vectors.

        Args:
            keypoint_labels: (B, T, 17, 2).
            keypoints_visible: (B, T, 17).
            stride: Embed only every stride-th frame, in less time.

        Returns:
            Features of frames 0, stride, 2 stride, ..., (B, N, E).
        """
        channels = torch.cat([keypoint_labels, keypoints_visible[..., None]], dim=-1)
        channels = channels.flatten(-2)
        if stride > 1 and hasattr(self.encoder, 'of_frames'):
            frames = range(0, channels.shape[1], stride)
            encoded = self.encoder.of_frames(channels, frames)
        else:
            encoded = self.encoder(channels)[:, ::stride]
        with torch.autocast(encoded.device.type, enabled=False):
            return functional.normalize(self.head(encoded.float()), dim=-1)

    def loss(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """Compute how well each frame retrieves its like in the other rendering.

        Args:
            inputs: As in :meth:`forward`; clip ``i`` and clip ``B / 2 + i`` are two
                renderings of one motion.
        """
        features = self.embed(inputs['keypoint_labels'], inputs['keypoints_visible'])
        with torch.autocast(features.device.type, enabled=False):
            return {
                'loss_retrieval': self.retrieval_loss(features, self._teacher(inputs))
            }

    def _teacher(self, inputs: dict[str, Tensor]) -> Tensor:
        """Points whose distances the features learn, in metres, (B, T, D).

        Squared, they are the mean squared distance of the joints of the true poses
        plus, with ``up_weight``, that of the directions of gravity.
        """
        poses = ground_truth(inputs, self.condition.bone_lengths)['normalized_poses']
        points = poses.flatten(-2) / math.sqrt(poses.shape[-2])
        if not self.up_weight:
            return points
        up = root_frame(inputs['keypoints_world'])[..., 1, :]
        return torch.cat([points, self.up_weight * up], dim=-1)
