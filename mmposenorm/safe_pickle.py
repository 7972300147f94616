"""Pickles of containers, numbers, texts and arrays, and of nothing that could run."""

import io
import pickle
from typing import Any

# What NumPy's pickled arrays are made of, in its versions 1 and 2.
_SAFE = {
    ('_codecs', 'encode'),  # of bytes in old pickles
    ('numpy', 'dtype'),
    ('numpy', 'ndarray'),
    *(
        (f'numpy.{core}.{module}', name)
        for core in ('core', '_core')
        for module, name in (
            ('multiarray', '_reconstruct'),
            ('multiarray', 'scalar'),
            ('numeric', '_frombuffer'),
        )
    ),
}


def load_plain(data: bytes) -> Any:
    """Unpickle containers, numbers, texts and arrays of numbers.

    Args:
        data: The pickle.

    Raises:
        ValueError: If it is damaged or holds anything else.
    """
    try:
        return _SafeUnpickler(io.BytesIO(data)).load()
    except Exception as error:  # whatever the damage leads to
        raise ValueError(
            'it is damaged, or holds a pickle of other things than numbers and texts, '
            f'which is not opened since it can run programs ({error}).'
        ) from error


class _SafeUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _SAFE:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f'{module}.{name}')
