"""What a lifter knows before it gives its answer, as a pose feature."""

from torch import Tensor

from mmposenorm.models.lifters.lifted_normalizer import LiftedPoseNormalizer
from mmposenorm.registry import MODELS


@MODELS.register_module()
class LifterLatent(LiftedPoseNormalizer):
    """A lifter that also predicts ``latent``: what its last block makes of each joint.

    The "SemGCN latent" of Tables 2 and 4. It takes the checkpoint of a
    :class:`LiftedPoseNormalizer` with the same lifter; only ``SemGCN`` has a latent.
    """

    def forward(
        self,
        inputs: dict[str, Tensor],
        data_samples: dict | None = None,
        mode: str = 'tensor',
    ) -> dict[str, Tensor] | list:
        """Run on a batch, see :meth:`LiftedPoseNormalizer.forward`."""
        answer = super().forward(inputs, data_samples, mode)
        if mode == 'predict':
            for sample, latent in zip(answer, self.lifter.latent(inputs), strict=True):
                sample.pred_instances.latent = latent.flatten(1).cpu()
        return answer
