"""An embedding of single 3D poses in which every point is a plausible pose.

Dimensions: ``C`` numbers a code, ``...`` any number of batch dimensions.
"""

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional

from mmposenorm.models.losses.positions import position_loss

_COORDINATES = 17 * 3


def critic_loss(real: Tensor, made: Tensor) -> Tensor:
    r"""Penalize a critic that takes real poses for made-up ones or the other way.

    .. math:: \log(1 + e^{-D(x)}) + \log(1 + e^{D(\hat x)})

    Args:
        real: Scores D of real poses, (...).
        made: Scores of as many made-up ones, (...).

    Returns:
        The loss of each pair, (...).
    """
    return functional.softplus(-real) + functional.softplus(made)


class PoseManifold(nn.Module):
    """Encoder, decoder and critic of 3D poses, trained as a GAN with an encoder.

    Codes are in [-1, 1]. The decoder makes poses of uniformly drawn codes that the
    critic cannot tell from real ones; the encoder and the decoder invert each other,
    on real poses and on drawn codes.

    Args:
        code_size: Numbers of a code, C.
        channels: Width of the hidden layers.
        adversarial_weight: Weight of deceiving the critic, beside a reconstruction
            error in decimetres.

    Source:
        Kundu et al., Unsupervised Feature Learning of Human Actions as Trajectories in
        Pose Embedding Manifold, WACV 2019 (EnGAN). Widths and weights are ours.
    """

    def __init__(
        self, code_size: int, channels: int, adversarial_weight: float
    ) -> None:
        super().__init__()
        self.code_size = code_size
        self.adversarial_weight = adversarial_weight
        self.encoder = _network(_COORDINATES, channels, code_size)
        self.decoder = _network(code_size, channels, _COORDINATES)
        self.critic = _network(_COORDINATES, channels, 1)

    def encode(self, poses: Tensor) -> Tensor:
        """Encode poses in metres, (..., 17, 3), as codes, (..., C)."""
        return self.encoder(poses.flatten(-2)).tanh()

    def decode(self, codes: Tensor) -> Tensor:
        """Make poses in metres, (..., 17, 3), of codes, (..., C)."""
        return self.decoder(codes).unflatten(-1, (17, 3))

    def loss(self, poses: Tensor) -> dict[str, Tensor]:
        """Compute all losses; each trains only the networks that are named.

        Args:
            poses: Real poses in metres, (..., 17, 3).

        Returns:
            ``loss_pose`` and ``loss_code``, how well encoder and decoder invert each
            other; ``loss_critic`` for the critic; ``loss_made`` for the decoder, which
            is to deceive it.
        """
        codes = self.encode(poses)
        drawn = torch.empty_like(codes).uniform_(-1, 1)
        made, again = self.decode(drawn), self.decode(codes)
        fixed = {
            name: weight.detach() for name, weight in self.critic.named_parameters()
        }
        deceived = functional_call(self.critic, fixed, made.flatten(-2))
        scores = [self.critic(x.detach().flatten(-2)) for x in (poses, made)]
        distance = position_loss(again, poses, squared=False)
        return {
            'loss_pose': 10 * distance.mean(),
            'loss_code': (self.encode(made) - drawn).square().mean(),
            'loss_critic': critic_loss(*scores).mean(),
            'loss_made': self.adversarial_weight
            * functional.softplus(-deceived).mean(),
        }


def _network(in_size: int, channels: int, out_size: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(in_size, channels),
        nn.LeakyReLU(0.2),
        nn.Linear(channels, channels),
        nn.LeakyReLU(0.2),
        nn.Linear(channels, out_size),
    )
