"""Baseline: actions as trajectories in an embedding of 3D poses, as in EnGAN."""

import torch
from mmengine.model import BaseModel
from torch import Tensor, nn

from mmposenorm.fields import Count, NotNegative, Width
from mmposenorm.models.condition_skeleton import ConditionSkeleton
from mmposenorm.models.references.pose_manifold import PoseManifold
from mmposenorm.models.results import ground_truth, to_data_samples
from mmposenorm.registry import MODELS


@MODELS.register_module()
class TrajectoryEmbedder(BaseModel):
    """Embed the path that a clip takes through an embedding of single 3D poses.

    A :class:`PoseManifold` encodes each pose. A bidirectional recurrent network
    encodes the codes of a window of frames as one vector, from which another one
    recovers them. Both are trained at once, without labels, on true normalized poses;
    the recurrent networks do not train the manifold. Predictions are made from the
    poses of a pose normalizer: the feature of a frame is the vector of the window
    around it.

    Args:
        normalizer: Config of the pose normalizer that predicts from 2D keypoints. It is
            not trained here; its weights come by its own ``init_cfg``.
        window: Frames of a window, W; training clips must have as many.
        code_size: Numbers of a pose's code.
        feature_size: Numbers of a feature, E.
        channels: Width of the networks of the manifold.
        hidden_size: Width of the recurrent networks, in each direction.
        adversarial_weight: See :class:`PoseManifold`.
        condition_skeleton: JSON of the condition skeleton's bone lengths; see
            :class:`~mmposenorm.models.condition_skeleton.ConditionSkeleton`.
        data_preprocessor: Config of the batch transforms.
        init_cfg: See :class:`mmengine.model.BaseModule`.

    Source:
        Kundu et al., Unsupervised Feature Learning of Human Actions as Trajectories in
        Pose Embedding Manifold, WACV 2019: EnGAN and its bidirectional PoseRNN with
        first-order loss. Its fusion of single limbs is left out.
    """

    def __init__(
        self,
        normalizer: dict | None = None,
        window: Count = 32,
        code_size: Width = 32,
        feature_size: Width = 64,
        channels: Width = 256,
        hidden_size: Width = 128,
        adversarial_weight: NotNegative = 0.1,
        condition_skeleton: str | None = None,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(data_preprocessor, init_cfg)
        self.condition = ConditionSkeleton('extended', condition_skeleton)
        self.manifold = PoseManifold(code_size, channels, adversarial_weight)
        self.window = window
        self.read = nn.GRU(code_size, hidden_size, batch_first=True, bidirectional=True)
        self.to_feature = nn.Linear(2 * hidden_size, feature_size)
        self.write = nn.GRU(feature_size, hidden_size, batch_first=True)
        self.to_code = nn.Linear(hidden_size, code_size)
        self.normalizer = None if normalizer is None else MODELS.build(normalizer)
        if self.normalizer is not None:
            self.normalizer.requires_grad_(False)

    def train(self, mode: bool = True) -> 'TrajectoryEmbedder':
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
            inputs: ``lifting_target`` (B, W, 17, 3) to train; otherwise the inputs of
                the normalizer.
            data_samples: Metadata of the clips, each a list of B.
            mode: ``'loss'`` for a dict of losses, ``'predict'`` for data samples,
                ``'tensor'`` for ``pose_features`` (B, T, E) and what the normalizer
                predicts.

        Raises:
            ValueError: To predict without a normalizer.
        """
        if mode == 'loss':
            return self.loss(inputs)
        if self.normalizer is None:
            raise ValueError(
                'This TrajectoryEmbedder has no normalizer, so it can be trained but '
                'not predict from 2D keypoints. Set `model.normalizer` in your config.'
            )
        predictions = self.normalizer(inputs)
        features = self.embed_frames(predictions['normalized_poses'])
        predictions = predictions | {'pose_features': features}
        if mode == 'tensor':
            return predictions
        targets = ground_truth(inputs, self.condition.bone_lengths)
        return to_data_samples(predictions, targets, data_samples)

    def embed_windows(self, codes: Tensor) -> Tensor:
        """Embed windows of codes, (N, W, C): (N, E)."""
        _, last = self.read(codes)
        return self.to_feature(torch.cat([last[0], last[1]], dim=-1))

    def embed_frames(self, poses: Tensor) -> Tensor:
        """Embed the window around each frame, (B, T, 17, 3): (B, T, E).

        Beyond the ends of a clip its first and last frame are repeated.
        """
        codes = self.manifold.encode(poses)
        before = self.window // 2
        first, last = codes[:, :1], codes[:, -1:]
        padded = torch.cat(
            [
                first.expand(-1, before, -1),
                codes,
                last.expand(-1, self.window - 1 - before, -1),
            ],
            dim=1,
        )
        windows = padded.unfold(1, self.window, 1).mT  # (B, T, W, C)
        features = self.embed_windows(windows.flatten(0, 1))
        return features.unflatten(0, windows.shape[:2])

    def recover(self, features: Tensor) -> Tensor:
        """Recover the codes of windows from their features, (N, E): (N, W, C)."""
        states, _ = self.write(features[:, None].repeat(1, self.window, 1))
        return self.to_code(states).tanh()

    def loss(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """Compute the losses of the manifold and of the trajectories through it.

        Args:
            inputs: See :meth:`forward`.

        Returns:
            Those of :meth:`PoseManifold.loss`, ``loss_path``, the squared error of
            recovered codes, and ``loss_step``, that of their steps from frame to frame.
        """
        targets = ground_truth(inputs, self.condition.bone_lengths)
        poses = targets['normalized_poses']
        with torch.autocast(poses.device.type, enabled=False):
            losses = self.manifold.loss(poses)
            codes = self.manifold.encode(poses).detach()
            error = self.recover(self.embed_windows(codes)) - codes
        return losses | {
            'loss_path': error.square().mean(),
            'loss_step': error.diff(dim=1).square().mean(),
        }
