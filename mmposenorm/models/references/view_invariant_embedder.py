"""Baseline without normalization: features of single 2D poses, as in Pr-VIPE."""

import torch
from mmengine.model import BaseModel
from torch import Tensor

from mmposenorm.fields import Count, NotNegative
from mmposenorm.geometry.distances import pairwise_mpjpe
from mmposenorm.models.condition_skeleton import ConditionSkeleton
from mmposenorm.models.lifters.lifter_input import lifter_input
from mmposenorm.models.results import ground_truth, to_data_samples
from mmposenorm.models.triplet_mining import Triplets
from mmposenorm.registry import MODELS


@MODELS.register_module()
class ViewInvariantEmbedder(BaseModel):
    """Embed single 2D poses so that all views of a 3D pose have nearby features.

    Every clip is seen by two cameras (``RenderTwice`` before the virtual camera).
    Anchor and positive are the two views of a frame. The negative is semi-hard: of the
    frames in the batch that show another pose and are farther from the anchor than the
    positive, the nearest.

    Args:
        encoder: Config of the encoder: (B, T, 17, 3), two coordinates and visibility,
            to features.
        loss: Config of the loss on triplets of features.
        negative_distance: Two frames show different poses if their true normalized
            poses have at least this mean joint distance, in metres. Pr-VIPE's 0.1 is
            relative to a pose of unit size; this is the same share of the condition
            skeleton's torso.
        frame_step: Train on every n-th frame, since neighbours hardly differ.
        condition_skeleton: JSON of the condition skeleton's bone lengths; see
            :class:`~mmposenorm.models.condition_skeleton.ConditionSkeleton`.
        data_preprocessor: Config of the batch transforms.
        init_cfg: See :class:`mmengine.model.BaseModule`.

    Source:
        Sun et al., View-Invariant Probabilistic Embedding for Human Pose, ECCV 2020;
        POEM is its code. Our features are points instead of Gaussians, and our
        poses have 17 joints instead of 13.
    """

    def __init__(
        self,
        encoder: dict,
        loss: dict,
        negative_distance: NotNegative = 0.05,
        frame_step: Count = 4,
        condition_skeleton: str | None = None,
        data_preprocessor: dict | None = None,
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        super().__init__(data_preprocessor, init_cfg)
        self.condition = ConditionSkeleton('extended', condition_skeleton)
        self.encoder = MODELS.build(encoder)
        self.triplet_loss = MODELS.build(loss)
        self.negative_distance = negative_distance
        self.frame_step = frame_step

    def forward(
        self,
        inputs: dict[str, Tensor],
        data_samples: dict | None = None,
        mode: str = 'tensor',
    ) -> dict[str, Tensor] | list:
        """Run on a batch that the data preprocessor has prepared.

        Args:
            inputs: ``keypoint_labels`` (B, T, 17, 2) and ``keypoints_visible``
                (B, T, 17); ``lifting_target`` (B, T, 17, 3) to predict and train.
            data_samples: Metadata of the clips, each a list of B.
            mode: ``'loss'`` for a dict of losses, ``'predict'`` for data samples,
                ``'tensor'`` for the features as a dict of tensors.
        """
        if mode == 'loss':
            return self.loss(inputs)
        predictions = {'pose_features': self.encoder(lifter_input(inputs))}
        if mode == 'tensor':
            return predictions
        targets = ground_truth(inputs, self.condition.bone_lengths)
        return to_data_samples(predictions, targets, data_samples)

    def loss(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """Compute the loss of the two views of each frame.

        Args:
            inputs: As in :meth:`forward`; clip ``i`` and clip ``B / 2 + i`` are views
                of one motion.

        Returns:
            ``loss_triplet`` and, to be logged, ``num_triplets``.
        """
        every = {k: v[:, :: self.frame_step] for k, v in inputs.items() if k in _KEYS}
        features = self.encoder(lifter_input(every)).flatten(0, 1)
        truth = ground_truth(every, self.condition.bone_lengths)
        poses = truth['normalized_poses'].flatten(0, 1)
        # In full precision: distances are small beside the features themselves.
        with torch.autocast(features.device.type, enabled=False):
            features = features.float()
            triplets = semi_hard_triplets(
                features.detach(), poses, self.negative_distance
            )
            return {
                'loss_triplet': self.triplet_loss(features, triplets),
                'num_triplets': triplets.valid.sum().float(),
            }


_KEYS = ('keypoint_labels', 'keypoints_visible', 'lifting_target')


def semi_hard_triplets(
    features: Tensor, poses: Tensor, negative_distance: float
) -> Triplets:
    """Find the semi-hard negative of each pair of views.

    Args:
        features: Features of the frames of one view and, in the same order, of the
            other, (2 N, E).
        poses: Their true normalized poses in metres, (2 N, 17, 3).
        negative_distance: Mean joint distance in metres from which on a frame is a
            negative.

    Returns:
        One triplet of rows for each frame of the first view, valid if there is a
        negative farther than its positive.
    """
    num_pairs = len(features) // 2
    anchors, others = features[:num_pairs], features[num_pairs:]
    distances = torch.cdist(anchors, others)
    positive = distances.diagonal()[:, None]
    another_pose = pairwise_mpjpe(poses[:num_pairs], poses[:num_pairs])
    is_negative = (another_pose >= negative_distance) & (distances > positive)
    nearest, negative = distances.masked_fill(~is_negative, torch.inf).min(dim=1)
    rows = torch.arange(num_pairs, device=features.device)
    return Triplets(rows, rows + num_pairs, negative + num_pairs, nearest.isfinite())
