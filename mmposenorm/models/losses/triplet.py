"""Losses on triplets of pose features: anchor, positive, negative.

Dimensions: ``M`` frames in a batch, ``E`` numbers a feature, ``N`` triplets.
Functions return one value for each triplet; the registered classes select the triplets
from the batch and average.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmposenorm.fields import NotNegative, Positive
from mmposenorm.models.triplet_mining import Triplets
from mmposenorm.registry import MODELS


def triplet_margin_loss(
    anchor: Tensor, positive: Tensor, negative: Tensor, margin: float
) -> Tensor:
    r"""Penalize negatives that are not farther from the anchor than the positive.

    .. math:: \max(0, \lVert a - p \rVert - \lVert a - n \rVert + m)

    Args:
        anchor: Features, (N, E).
        positive: Features of frames that are similar to the anchors, (N, E).
        negative: Features of frames that are not, (N, E).
        margin: The margin m by which they must be, in the unit of the features.

    Returns:
        The loss of each triplet, (N,).

    Source:
        Schroff et al., FaceNet, Eq. 3, with the Euclidean distance by which features
        are compared instead of its square. pytorch-metric-learning's loss gives the
        same numbers but builds the distances of all M² pairs to read N of them.
    """
    return functional.triplet_margin_loss(
        anchor, positive, negative, margin=margin, reduction='none'
    )


def matching_probability(
    distances: Tensor, slope: Tensor, offset: Tensor, smoothing: float = 0.1
) -> Tensor:
    r"""Turn distances between features into probabilities of showing the same pose.

    .. math:: (1 - s) \, \sigma(-a d + b) + s / 2

    Args:
        distances: Distances d >= 0, (...).
        slope: a > 0, a scalar.
        offset: b, a scalar.
        smoothing: s in [0, 1): how far the probability stays away from 0 and 1.

    Returns:
        Probabilities, (...).

    Source:
        Sun et al., Pr-VIPE, section 3.2; the smoothing is in its published code.
    """
    return (1 - smoothing) * torch.sigmoid(offset - slope * distances) + smoothing / 2


def triplet_ratio_loss(
    positive_probability: Tensor, negative_probability: Tensor, ratio: float
) -> Tensor:
    r"""Penalize positives that are not a likelier match than the negative by a factor.

    .. math:: \max(0, \log \beta - \log p(a, p) + \log p(a, n))

    Args:
        positive_probability: Matching probability of anchor and positive, (N,).
        negative_probability: Matching probability of anchor and negative, (N,).
        ratio: The factor beta > 1.

    Returns:
        The loss of each triplet, (N,).

    Source:
        Sun et al., Pr-VIPE, Eq. 4.
    """
    violation = math.log(ratio) - (positive_probability / negative_probability).log()
    return violation.clamp(min=0)


def _mean(losses: Tensor, valid: Tensor) -> Tensor:
    """Average over the valid triplets; 0, with a gradient of 0, if there are none."""
    return losses.where(valid, 0).sum() / valid.sum().clamp(min=1)


@MODELS.register_module()
class TripletMarginLoss(nn.Module):
    """Mean of :func:`triplet_margin_loss` over the triplets of a batch.

    Args:
        margin: See :func:`triplet_margin_loss`.
        loss_weight: Weight in the total.
    """

    def __init__(self, margin: Positive = 0.2, loss_weight: NotNegative = 1.0) -> None:
        super().__init__()
        self.margin = margin
        self.loss_weight = loss_weight

    def forward(self, features: Tensor, triplets: Triplets) -> Tensor:
        """Compute the loss.

        Args:
            features: Features of all frames of a batch, (M, E).
            triplets: Rows of the triplets in ``features``.

        Returns:
            The loss, a scalar; exactly 0 if no triplet is valid.
        """
        anchor, positive, negative = (features[rows] for rows in triplets[:3])
        losses = triplet_margin_loss(anchor, positive, negative, self.margin)
        return self.loss_weight * _mean(losses, triplets.valid)


@MODELS.register_module()
class TripletRatioLoss(nn.Module):
    """Mean of :func:`triplet_ratio_loss` over the triplets of a batch.

    The features are points, where Pr-VIPE's are Gaussians from which it draws. The
    two parameters of the matching probability are learned.

    Args:
        ratio: See :func:`triplet_ratio_loss`; Pr-VIPE's is 2.
        loss_weight: Weight in the total.

    Source:
        Initial values -0.65 (before ELU + 1) and -0.5: Pr-VIPE's published training.
    """

    def __init__(self, ratio: float = 2.0, loss_weight: NotNegative = 1.0) -> None:
        super().__init__()
        if ratio <= 1:
            raise ValueError(
                f'`ratio` must be above 1, but is {ratio}. Check `model.loss` in your '
                'config.'
            )
        self.ratio = ratio
        self.loss_weight = loss_weight
        self.raw_slope = nn.Parameter(torch.tensor(-0.65))
        self.offset = nn.Parameter(torch.tensor(-0.5))

    def forward(self, features: Tensor, triplets: Triplets) -> Tensor:
        """Compute the loss; see :meth:`TripletMarginLoss.forward`."""
        anchor, positive, negative = (features[rows] for rows in triplets[:3])
        slope = functional.elu(self.raw_slope) + 1  # positive
        near, far = (
            matching_probability(
                functional.pairwise_distance(anchor, other), slope, self.offset
            )
            for other in (positive, negative)
        )
        losses = triplet_ratio_loss(near, far, self.ratio)
        return self.loss_weight * _mean(losses, triplets.valid)
