"""Record what PyTorch computes, and what would make a program wait for a GPU."""

import torch
from torch.utils._python_dispatch import TorchDispatchMode

VIEWS = {
    *('alias', 'as_strided', 'detach', 'expand', 'permute', 'select', 'slice'),
    *('split', 'split_with_sizes', 'squeeze', 'unbind', 'unsqueeze', 't'),
    *('transpose', 'view', '_unsafe_view', '_reshape_alias'),
}
# What makes the program wait for a GPU.
SYNCS = {'_local_scalar_dense', 'nonzero', 'masked_select', 'equal', 'is_nonzero'}


class Operations(TorchDispatchMode):
    """Record the operations that are not views, and the faulty ones among them."""

    def __init__(self):
        super().__init__()
        self.names = []
        self.copies = []
        self.syncs = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = func.overloadpacket.__name__
        kwargs = kwargs or {}
        if name not in VIEWS:
            self.names.append(name)
        # Values from Python; a single number reaches a kernel as its argument.
        if (name == 'lift_fresh' and args[0].dim() > 0) or (
            name == '_to_copy' and kwargs.get('device') not in (None, args[0].device)
        ):
            self.copies.append(name)
        masks = name in ('index', 'index_put', 'index_put_') and any(
            index is not None and index.dtype == torch.bool for index in args[1]
        )
        if name in SYNCS or masks:
            self.syncs.append(name)
        return func(*args, **kwargs)
