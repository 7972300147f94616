"""Baseline: the hidden layers of a network that tells actions apart (Pose Perceptual).

Dimensions: ``C`` channels, ``K`` keypoints.
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
from mmengine.model import BaseModel
from torch import Tensor, nn
from torch.nn import functional

from mmposenorm.fields import Width
from mmposenorm.models.condition_skeleton import ConditionSkeleton
from mmposenorm.models.lifters.lifter_input import lifter_input
from mmposenorm.models.results import ground_truth, to_data_samples
from mmposenorm.registry import MODELS
from mmposenorm.skeletons import H36M_PARENTS


def body_partitions(parents: Sequence[int]) -> Tensor:
    """Return three ways in which keypoints see their neighbours, (3, K, K).

    Row k of each matrix averages over keypoint k itself, over its parent, and over its
    children; where there is none, it is 0.
    """
    own = torch.eye(len(parents))
    to_parent = torch.zeros_like(own)
    for keypoint, parent in enumerate(parents):
        if parent >= 0:
            to_parent[keypoint, parent] = 1
    children = to_parent.T
    return torch.stack([own, to_parent, children / children.sum(1, True).clamp(min=1)])


class SpatialTemporalBlock(nn.Module):
    """A graph convolution over the body, then a convolution of each keypoint over time.

    Args:
        in_channels: Channels of each keypoint before.
        out_channels: Channels of each keypoint after.
        kernel_size: Frames of the temporal convolution, odd.

    Source:
        Yan et al., Spatial Temporal Graph Convolutional Networks for Skeleton-Based
        Action Recognition, AAAI 2018, with the spatial partition and learned edge
        weights. The ends of a clip are repeated instead of padded with zeros.
    """

    partitions: Tensor

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int) -> None:
        super().__init__()
        partitions = body_partitions(H36M_PARENTS)
        self.register_buffer('partitions', partitions, persistent=False)
        self.edge_weights = nn.Parameter(torch.ones_like(partitions))
        self.spatial = nn.Conv2d(in_channels, 3 * out_channels, 1)
        self.temporal = nn.Sequential(
            nn.BatchNorm2d(out_channels),
            nn.ReLU(),
            nn.Conv2d(
                out_channels,
                out_channels,
                (kernel_size, 1),
                padding=(kernel_size // 2, 0),
                padding_mode='replicate',
            ),
            nn.BatchNorm2d(out_channels),
        )
        same = in_channels == out_channels
        self.skip = nn.Identity() if same else nn.Conv2d(in_channels, out_channels, 1)

    def forward(self, hidden: Tensor) -> Tensor:
        """Map (B, in_channels, T, K) to (B, out_channels, T, K)."""
        parts = self.spatial(hidden).unflatten(1, (3, -1))  # (B, 3, C, T, K)
        edges = (self.partitions * self.edge_weights).mT[None, :, None]
        mixed = (parts @ edges).sum(dim=1)
        return (self.temporal(mixed) + self.skip(hidden)).relu()


@MODELS.register_module()
class PerceptualEmbedder(BaseModel):
    """Embed 2D keypoints by all hidden layers of a network that recognizes actions.

    A spatial-temporal graph convolutional network learns to tell the labels of the
    training clips apart. What its blocks compute for the keypoints of a frame, from
    this frame and its neighbours, is the frame's feature: many numbers.

    Args:
        actions: Names of all actions in the training set.
        channels: Channels of a keypoint after each block.
        kernel_size: Frames of the convolutions over time, odd.
        condition_skeleton: JSON of the condition skeleton's bone lengths; see
            :class:`~mmposenorm.models.condition_skeleton.ConditionSkeleton`.
        data_preprocessor: Config of the batch transforms.
        init_cfg: See :class:`mmengine.model.BaseModule`.

    Source:
        Ren et al., Self-supervised Dance Video Synthesis Conditioned on Music, ACM
        Multimedia 2020, whose pose perceptual loss compares hidden layers of such a
        network.
    """

    def __init__(
        self,
        actions: Sequence[str],
        channels: Sequence[Width] = (64, 64, 64, 64),
        kernel_size: Width = 9,
        condition_skeleton: str | None = None,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(data_preprocessor, init_cfg)
        self.condition = ConditionSkeleton('extended', condition_skeleton)
        self.number_of = {action: number for number, action in enumerate(actions)}
        self.norm = nn.BatchNorm1d(17 * 3)
        widths = [3, *channels]
        self.blocks = nn.ModuleList(
            SpatialTemporalBlock(before, after, kernel_size)
            for before, after in pairwise(widths)
        )
        self.classify = nn.Linear(widths[-1], len(self.number_of))

    def forward(
        self,
        inputs: dict[str, Tensor],
        data_samples: dict | None = None,
        mode: str = 'tensor',
    ) -> dict[str, Tensor] | list:
        """Run on a batch that the data preprocessor has prepared.

        Args:
            inputs: ``keypoint_labels`` (B, T, 17, 2) and ``keypoints_visible``
                (B, T, 17).
            data_samples: Metadata of the clips, each a list of B; ``action`` to train.
            mode: ``'loss'`` for a dict of losses, ``'predict'`` for data samples,
                ``'tensor'`` for ``perceptual``, the hidden layers of each frame side by
                side, (B, T, 17 * sum of channels).
        """
        if mode == 'loss':
            return self.loss(inputs, (data_samples or {})['action'])
        hidden = torch.cat(self.hidden_layers(inputs), dim=1)  # (B, C, T, K)
        predictions = {'perceptual': hidden.transpose(1, 2).flatten(2)}
        if mode == 'tensor':
            return predictions
        targets = ground_truth(inputs, self.condition.bone_lengths)
        return to_data_samples(predictions, targets, data_samples)

    def hidden_layers(self, inputs: dict[str, Tensor]) -> list[Tensor]:
        """Compute the output of each block, (B, C, T, K)."""
        keypoints = lifter_input(inputs)  # (B, T, K, 3)
        normed = self.norm(keypoints.flatten(2).mT).unflatten(1, (17, 3))
        hidden, layers = normed.permute(0, 2, 3, 1), []
        for block in self.blocks:
            hidden = block(hidden)
            layers.append(hidden)
        return layers

    def loss(
        self, inputs: dict[str, Tensor], actions: Sequence[str]
    ) -> dict[str, Tensor]:
        """Compute how well the actions of clips are told apart.

        Args:
            inputs: See :meth:`forward`.
            actions: Name of the action of each clip, B.

        Returns:
            ``loss_action``, the cross-entropy, and for the log ``accuracy``, the share
            of clips that are recognized.

        Raises:
            ValueError: If an action is not one of the model.
        """
        unknown = sorted(set(actions) - set(self.number_of))
        if unknown:
            raise ValueError(
                f"A clip shows '{unknown[0]}', which is not among the "
                f'{len(self.number_of)} actions of the model. Add it to '
                '`model.actions` in your config.'
            )
        pooled = self.hidden_layers(inputs)[-1].mean(dim=(2, 3))
        scores = self.classify(pooled).float()
        numbers = [self.number_of[action] for action in actions]
        truth = torch.tensor(numbers, device=scores.device)
        right = scores.argmax(dim=1) == truth
        return {
            'loss_action': functional.cross_entropy(scores, truth),
            'accuracy': right.float().mean(),
        }
