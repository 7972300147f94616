"""Data processing of whole batches, on the model's device."""

from collections.abc import Sequence

import torch
from mmengine.model import BaseDataPreprocessor

from mmposenorm.fields import Seed
from mmposenorm.models.draws import Draws
from mmposenorm.registry import MODELS
from mmposenorm.transforms.base import build_batch_transforms


@MODELS.register_module()
class PoseClipPreprocessor(BaseDataPreprocessor):
    """Move a batch of clips to the device and run transforms on it.

    Positions in the world become what a camera sees of them, and that becomes the input
    of the network. On whole batches, on the device, this is a small part of a step.

    Args:
        train_transforms: Configs of batch transforms for training.
        test_transforms: The same for validation and testing; they must not be random.
        seed: Seed of the generator that the transforms draw from; each process adds
            its rank.
    """

    def __init__(
        self,
        train_transforms: Sequence[dict] = (),
        test_transforms: Sequence[dict] = (),
        seed: Seed = 0,
    ) -> None:
        super().__init__()
        self.train_transforms = build_batch_transforms(train_transforms)
        self.test_transforms = build_batch_transforms(test_transforms)
        self.draws = Draws(seed)

    def forward(self, data: dict, training: bool = False) -> dict:
        """Prepare a collated batch.

        Args:
            data: ``inputs``, a dict of tensors of B clips, and ``data_samples``, a
                dict of lists of their metadata.
            training: Whether to run the training transforms.

        Returns:
            The same with the inputs transformed.
        """
        # The rest of the metadata is not needed on the device.
        fps = data['data_samples']['fps'].float()
        inputs = self.cast_data(data['inputs'] | {'fps': fps})
        # In full precision even if the model is not: metres need 24 bits.
        with torch.autocast(self.device.type, enabled=False):
            generator = self.draws.generator_on(self.device)
            for transform in (
                self.train_transforms if training else self.test_transforms
            ):
                inputs = transform(inputs, generator)
        return data | {'inputs': inputs}
