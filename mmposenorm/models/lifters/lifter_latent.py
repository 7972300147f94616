"""A lifter's last hidden layer as a pose feature."""

from torch import Tensor

from mmposenorm.models.lifters.lifted_normalizer import LiftedPoseNormalizer
from mmposenorm.registry import MODELS


@MODELS.register_module()
class LifterLatent(LiftedPoseNormalizer):
    """A lifter that also predicts ``latent``, the output of its last block.

    The "SemGCN latent" of Tables 2 and 4. It takes the checkpoint of a
    :class:`LiftedPoseNormalizer` with the same lifter; only ``SemGCN`` has a latent.
    """

    def predictions_and_targets(
        self, inputs: dict[str, Tensor]
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Add ``latent``, (B, T, 17 * channels), to the predictions."""
        predictions, targets = super().predictions_and_targets(inputs)
        latent = self.lifter.latent(inputs).flatten(2)
        return predictions | {'latent': latent}, targets
