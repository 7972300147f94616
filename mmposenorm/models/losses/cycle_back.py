"""Temporal cycle-consistency: a frame's nearest neighbour should lead back to it.

Dimensions: ``P`` pairs of clips, ``T`` frames of each, ``E`` numbers a feature.
"""

import torch
from torch import Tensor, nn

from mmposenorm.fields import NotNegative, Positive
from mmposenorm.registry import MODELS


def cycle_back(features: Tensor, others: Tensor, temperature: float) -> Tensor:
    r"""Go from each frame to its soft nearest neighbour in another clip, and back.

    With :math:`u_i` the features of one clip and :math:`v_k` those of the other,

    .. math::
        \tilde v_i = \sum_k \operatorname{softmax}_k(-\lVert u_i - v_k\rVert^2 / \tau)
            \, v_k, \qquad
        \beta_{ij} = \operatorname{softmax}_j(-\lVert\tilde v_i - u_j\rVert^2 / \tau).

    Args:
        features: Features of one clip, (..., T, E), T >= 2.
        others: Features of the other clip, (..., S, E).
        temperature: :math:`\tau`.

    Returns:
        Mean and variance of the place to which each frame comes back, (2, ..., T).
        Places are shares of the clip: 0 is its first frame, 1 its last.

    Source:
        Dwibedi et al., Temporal Cycle-Consistency Learning, CVPR 2019, section 3.3.
    """
    to_other = (-_squared_distances(features, others) / temperature).softmax(dim=-1)
    back = -_squared_distances(to_other @ others, features) / temperature
    back = back.softmax(dim=-1)
    places = _places(features)
    mean = back @ places
    variance = (back * (places - mean[..., None]).square()).sum(dim=-1)
    return torch.stack([mean, variance])


def cycle_back_loss(mean: Tensor, variance: Tensor, variance_weight: float) -> Tensor:
    r"""Compare the place to which each frame comes back with its own.

    .. math:: \frac{(i - \mu_i)^2}{\sigma_i^2} + \lambda \log \sigma_i

    Args:
        mean: :math:`\mu` of each frame, as a share of the clip, (..., T), T >= 2.
        variance: :math:`\sigma^2`, (..., T). That of a place within one frame is added
            to it, so that a frame that comes back to exactly one frame has a finite
            loss.
        variance_weight: :math:`\lambda`.

    Returns:
        The loss of each frame, (..., T).

    Source:
        Dwibedi et al., section 3.3, cycle-back regression. The addition is ours.
    """
    frame = 1 / (mean.shape[-1] - 1)
    variance = variance + frame**2 / 12
    error = (mean - _places(mean[..., None])).square()
    return error / variance + 0.5 * variance_weight * variance.log()


@MODELS.register_module()
class CycleBackLoss(nn.Module):
    """Mean of :func:`cycle_back_loss` over the frames of pairs of clips, both ways.

    Args:
        temperature: See :func:`cycle_back`; the default is that of TCC's code.
        variance_weight: See :func:`cycle_back_loss`; the default is TCC's.
        loss_weight: Factor of the loss.
    """

    def __init__(
        self,
        temperature: Positive = 0.1,
        variance_weight: NotNegative = 1e-3,
        loss_weight: NotNegative = 1.0,
    ) -> None:
        super().__init__()
        self.temperature = temperature
        self.variance_weight = variance_weight
        self.loss_weight = loss_weight

    def forward(self, features: Tensor) -> Tensor:
        """Compute the loss of a batch.

        Args:
            features: (2 P, T, E); clip ``i`` and clip ``P + i`` show the same action.

        Returns:
            The loss, a scalar.
        """
        swapped = torch.cat(features.chunk(2)[::-1])
        mean, variance = cycle_back(features, swapped, self.temperature)
        losses = cycle_back_loss(mean, variance, self.variance_weight)
        return self.loss_weight * losses.mean()


def _places(features: Tensor) -> Tensor:
    """Return the place of each frame in its clip, as a share of it, (T,)."""
    num_frames = features.shape[-2]
    return torch.linspace(0, 1, num_frames, dtype=features.dtype).to(features.device)


def _squared_distances(a: Tensor, b: Tensor) -> Tensor:
    """Squared distances between rows, (..., T, E) and (..., S, E): (..., T, S)."""
    lengths = a.square().sum(-1)[..., None] + b.square().sum(-1)[..., None, :]
    return lengths - 2 * a @ b.mT
