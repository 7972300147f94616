"""Base class for models that are only evaluated."""

import torch
from mmengine.model import BaseModel
from torch import nn


class ModelWithoutWeights(BaseModel):
    """A model with nothing to learn.

    Its one parameter is unused: PyTorch's DistributedDataParallel, in which MMEngine
    wraps models if there are several processes, refuses models without parameters.

    Args:
        data_preprocessor: Config of the batch transforms.
    """

    def __init__(self, data_preprocessor: dict | None = None) -> None:
        super().__init__(data_preprocessor)
        self.unused = nn.Parameter(torch.zeros(1))
