"""Semantic graph convolutions over the body, and the lifter made of them.

Dimensions: ``K`` keypoints, the nodes of the graph; ``C`` channels; ``...`` any
number of batch dimensions. Frames are independent of each other.
"""

from collections.abc import Sequence

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmposenorm.fields import Depth, Dropout, Width
from mmposenorm.models.lifters.lifter_input import lifter_input
from mmposenorm.registry import MODELS
from mmposenorm.skeletons import H36M_PARENTS


class SemGraphConv(nn.Module):
    r"""A graph convolution that learns how much each neighbour matters.

    .. math::
        Y = \operatorname{diag}(\hat A)\, X W_0
            + (\hat A - \operatorname{diag}(\hat A))\, X W_1 + b, \qquad
        \hat A = \operatorname{softmax}_j(M \odot A)

    with :math:`A` the adjacency of the body, self-loops included, :math:`M` one
    learned weight for each of its edges, and the softmax over the neighbours of a
    node only. :math:`W_0` sees the node itself, :math:`W_1` its neighbours.

    Args:
        in_channels: Channels of each node before.
        out_channels: Channels of each node after.
        parents: Parent of each node, K; -1 for the root. Its tree is the graph.

    Source:
        Zhao et al., Semantic Graph Convolutional Networks for 3D Human Pose
        Regression, CVPR 2019, Eq. (2).
    """

    edge_places: Tensor

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        parents: Sequence[int] = H36M_PARENTS,
    ) -> None:
        super().__init__()
        adjacent = torch.eye(len(parents), dtype=torch.bool)
        for node, parent in enumerate(parents):
            if parent >= 0:
                adjacent[node, parent] = adjacent[parent, node] = True
        # Places in the flattened matrix: a mask would make a GPU wait for the CPU.
        self.register_buffer(
            'edge_places', adjacent.flatten().nonzero().flatten(), persistent=False
        )
        self.num_nodes = len(parents)
        self.weight = nn.Parameter(torch.empty(in_channels, 2 * out_channels))
        self.bias = nn.Parameter(torch.zeros(out_channels))
        self.edge_weights = nn.Parameter(torch.ones(int(adjacent.sum())))
        for half in self.weight.data.chunk(2, dim=1):
            nn.init.xavier_uniform_(half, gain=2**0.5)

    def forward(self, nodes: Tensor) -> Tensor:
        """Mix each node, (..., K, in_channels), with its neighbours."""
        edges = self.adjacency()
        own, of_neighbours = (nodes @ self.weight).chunk(2, dim=-1)
        own_share = edges.diagonal()
        edges = edges - torch.diag(own_share)
        return own_share[:, None] * own + edges @ of_neighbours + self.bias

    def adjacency(self) -> Tensor:
        """Share of each node, a column, in each other, a row; rows add up to 1."""
        scores = self.edge_weights.new_full((self.num_nodes**2,), -torch.inf)
        scores = scores.scatter(0, self.edge_places, self.edge_weights)
        return scores.unflatten(0, (self.num_nodes, self.num_nodes)).softmax(dim=-1)


class SemGraphLayer(nn.Module):
    """Semantic graph convolution, batch normalization, ReLU, dropout.

    Args:
        in_channels: Channels of each node before.
        out_channels: Channels of each node after.
        dropout: Probability of a channel of a node to be dropped.
        parents: As in :class:`SemGraphConv`.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        dropout: float = 0.0,
        parents: Sequence[int] = H36M_PARENTS,
    ) -> None:
        super().__init__()
        self.conv = SemGraphConv(in_channels, out_channels, parents)
        self.norm = nn.BatchNorm1d(out_channels)
        self.dropout = nn.Dropout(dropout)

    def forward(self, nodes: Tensor) -> Tensor:
        """Map nodes (..., K, in_channels) to (..., K, out_channels)."""
        nodes = self.conv(nodes)
        nodes = self.norm(nodes.flatten(0, -2)).view_as(nodes)
        return self.dropout(nodes.relu())


class SemGraphBlock(nn.Module):
    """Two semantic graph layers bridged by a residual connection.

    Args:
        channels: Channels of each node, before, between and after.
        dropout: As in :class:`SemGraphLayer`.
        parents: As in :class:`SemGraphConv`.
    """

    def __init__(
        self,
        channels: int,
        dropout: float = 0.0,
        parents: Sequence[int] = H36M_PARENTS,
    ) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            SemGraphLayer(channels, channels, dropout, parents),
            SemGraphLayer(channels, channels, dropout, parents),
        )

    def forward(self, nodes: Tensor) -> Tensor:
        """Refine nodes, (..., K, channels)."""
        return nodes + self.layers(nodes)


@MODELS.register_module()
class SemGCN(BaseModule):
    """The lifter of Zhao et al.: one frame of 2D keypoints in, 3D out.

    Their graph has 16 of Human3.6M's joints; ours has all 17, so that all models in a
    table predict the same joints. The optional non-local layers are left out.

    Args:
        in_channels: Channels of each keypoint in the input, see
            :func:`mmposenorm.models.lifters.lifter_input.lifter_input`.
        channels: Channels of each keypoint within.
        num_blocks: Residual blocks of two graph convolutions each.
        dropout: As in :class:`SemGraphLayer`.
        parents: As in :class:`SemGraphConv`.

    Source:
        Zhao et al., Semantic Graph Convolutional Networks for 3D Human Pose
        Regression, CVPR 2019: 4 blocks of 128 channels.
    """

    receptive_field = 1

    def __init__(
        self,
        in_channels: Width = 3,
        channels: Width = 128,
        num_blocks: Depth = 4,
        dropout: Dropout = 0.0,
        parents: Sequence[int] = H36M_PARENTS,
    ) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            SemGraphLayer(in_channels, channels, dropout, parents),
            *(SemGraphBlock(channels, dropout, parents) for _ in range(num_blocks)),
        )
        self.head = SemGraphConv(channels, 3, parents)
        nn.init.normal_(self.head.weight, std=0.01)  # poses start small

    def latent(self, inputs: dict[str, Tensor]) -> Tensor:
        """Compute the output of the last block for each keypoint.

        Args:
            inputs: A batch of clips, as in :meth:`forward`.

        Returns:
            (B, T, 17, channels); flattened, the paper's "SemGCN latent" of 2048
            numbers a frame (2176 with 17 joints).
        """
        return self.encoder(lifter_input(inputs))

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        """Lift every frame of a batch of clips.

        Args:
            inputs: ``keypoint_labels`` (B, T, 17, 2) and ``keypoints_visible``
                (B, T, 17).

        Returns:
            Joints in the camera's axes, in metres, (B, T, 17, 3).
        """
        latent = self.latent(inputs)
        # In full precision: eight bits of a metre are 4 mm.
        with torch.autocast(latent.device.type, enabled=False):
            return self.head(latent.float())
