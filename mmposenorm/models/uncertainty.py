"""How certain a pose normalizer is of the direction of each bone."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmposenorm.fields import NotNegative, Width
from mmposenorm.geometry.distances import bone_angles_between
from mmposenorm.registry import MODELS
from mmposenorm.skeletons import H36M_PARENTS

# Bones end at keypoints 1 to 16.
NUM_BONES = len(H36M_PARENTS) - 1
_SMALLEST, _LARGEST = math.radians(0.5), math.radians(120)


@MODELS.register_module()
class DirectionSigmaHead(nn.Module):
    """Predict the expected error of each bone's direction from the encoder's features.

    The features are detached, so that learning the error does not change the pose.

    Args:
        in_channels: Channels of the features.
        channels: Width of the hidden layer.
        calibration: Factors of the predictions in inference, one for each bone: how
            much larger or smaller errors are for people who were not trained on
            (tools/tables/measure_angles.py); 1 if not given.

    Raises:
        ValueError: If there is not one positive factor for each bone.
    """

    def __init__(
        self,
        in_channels: Width,
        channels: Width = 128,
        calibration: Sequence[float] | None = None,
    ) -> None:
        super().__init__()
        factors = [1.0] * NUM_BONES if calibration is None else list(calibration)
        if len(factors) != NUM_BONES or min(factors) <= 0:
            raise ValueError(
                f'calibration must be {NUM_BONES} positive factors, one for each bone, '
                f'but is {calibration}. Check `uncertainty` in your config.'
            )
        calibrated = torch.tensor(factors)
        self.register_buffer('calibration', calibrated, persistent=False)
        first, last = nn.Linear(in_channels, channels), nn.Linear(channels, NUM_BONES)
        nn.init.zeros_(last.weight)
        nn.init.constant_(last.bias, math.log(math.radians(10)))
        self.layers = nn.Sequential(first, nn.GELU(), last)

    def forward(self, features: Tensor) -> Tensor:
        """Map features (..., C) to mean angular errors in radians, (..., 16)."""
        with torch.autocast(features.device.type, enabled=False):
            log_sigma = self.layers(features.detach().float())
        sigma = log_sigma.clamp(math.log(_SMALLEST), math.log(_LARGEST)).exp()
        return sigma if self.training else sigma * self.calibration


@MODELS.register_module()
class DirectionLikelihoodLoss(nn.Module):
    r"""Negative log-likelihood of angular errors under a Laplace scale.

    .. math:: e / s + \log s

    with the error e of a bone's direction and its predicted scale s, both in radians.
    The minimum is at the mean error, so s is the expected error.

    Args:
        loss_weight: Factor of the loss.
    """

    def __init__(self, loss_weight: NotNegative = 1.0) -> None:
        super().__init__()
        self.loss_weight = loss_weight

    def forward(self, sigma: Tensor, poses: Tensor, targets: Tensor) -> Tensor:
        """Average over bones and frames.

        Args:
            sigma: Predicted scales in radians, (..., 16).
            poses: Estimated normalized poses, (..., 17, 3); they get no gradient.
            targets: True normalized poses, (..., 17, 3).
        """
        errors = bone_angles_between(poses.detach(), targets)
        return self.loss_weight * (errors / sigma + sigma.log()).mean()
