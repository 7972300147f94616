"""What models have in common that are tested and never trained."""

import torch
from mmengine.model import BaseModel
from torch import nn


class ModelWithoutWeights(BaseModel):
    """A model with nothing to learn.

    Its one parameter is of no use but that PyTorch's DistributedDataParallel, which
    MMEngine wraps models in on several processes, takes none without.

    Args:
        data_preprocessor: Config of the batch transforms.
    """

    def __init__(self, data_preprocessor: dict | None = None) -> None:
        super().__init__(data_preprocessor)
        self.unused = nn.Parameter(torch.zeros(1))
