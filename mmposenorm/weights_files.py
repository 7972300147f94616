"""Files of weights: one dict that ``torch.load`` reads with ``weights_only=True``.

``state_dict``; and ``meta`` with ``model``, the model's config as JSON, ``sha256``, a
digest of both, and ``mmposenorm_version``. Files of version 0.1.0 have no digest; what
is damaged in them shows in the checksums of the archive. Nothing in a file is trusted:
no code from it runs, and it takes no more memory than its own size.
"""

import hashlib
import json
from pathlib import Path
from pickle import UnpicklingError
from typing import Any
from zipfile import BadZipFile, ZipFile, is_zipfile

import torch
from torch import Tensor

import mmposenorm
from mmposenorm.atomic_files import atomic_file

_DTYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.int64)


def write_weights(
    path: str | Path, model_config: dict[str, Any], state_dict: dict[str, Tensor]
) -> None:
    """Write a file of weights.

    Args:
        path: The file, ``*.pth``.
        model_config: Config of the model.
        state_dict: The weights.
    """
    model = json.dumps(model_config)
    state_dict = {
        name: weight.clone(memory_format=torch.contiguous_format)
        for name, weight in state_dict.items()
    }
    meta = {
        'model': model,
        'mmposenorm_version': mmposenorm.__version__,
        'sha256': _digest(model, state_dict),
    }
    with atomic_file(path) as file:
        torch.save({'meta': meta, 'state_dict': state_dict}, file)


def read_weights(path: Path) -> dict[str, Any]:
    """Read and check a file of weights, or any checkpoint that holds nothing else.

    Args:
        path: The file.

    Returns:
        ``state_dict``, and ``meta`` if the file has it.

    Raises:
        ValueError: If it is damaged, or holds more than weights.
    """
    if not is_zipfile(path):
        raise damaged(path)
    _check_archive(path)
    try:
        content = torch.load(path, map_location='cpu', weights_only=True)
    except UnpicklingError as error:
        raise ValueError(
            f'{path} holds more than weights, like all checkpoints of training runs: '
            'loading it can run code from the file. If you trust where it comes from, '
            'give the config that it was trained with and trust=True '
            '(--trust-checkpoint), or export its weights by tools/export_weights.py.'
        ) from error
    except Exception as error:  # whatever the damage leads to
        raise damaged(path) from error
    _check_content(content, path)
    return content


def damaged(path: Path) -> ValueError:
    """Make the error of a file that is damaged or of another kind."""
    return ValueError(
        f'{path} ({path.stat().st_size} bytes) is damaged or not a checkpoint; '
        'expected a .pth file that tools/train.py or tools/export_weights.py wrote.'
    )


def no_state_dict(path: Path) -> ValueError:
    """Make the error of a file that holds something else than a checkpoint."""
    return ValueError(
        f'{path} holds no state_dict; expected a checkpoint that tools/train.py or '
        'tools/export_weights.py wrote.'
    )


def _check_archive(path: Path) -> None:
    """Refuse archives with wrong checksums, or that unpack to more than their size."""
    try:
        with ZipFile(path) as archive:
            members = archive.infolist()
            size = sum(member.file_size for member in members)
            intact = size <= path.stat().st_size and archive.testzip() is None
    except (BadZipFile, EOFError, OSError, RuntimeError, ValueError) as error:
        raise damaged(path) from error
    if not intact:
        raise damaged(path)


def _check_content(content: Any, path: Path) -> None:
    weights = content.get('state_dict') if isinstance(content, dict) else None
    if not isinstance(weights, dict):
        raise no_state_dict(path)
    wrong = [name for name, weight in weights.items() if not _is_plain(name, weight)]
    if wrong:
        raise ValueError(
            f'{path} has an entry {ascii(wrong[0])[:80]} that is no weight; expected '
            'names and plain tensors. Export it again by tools/export_weights.py.'
        )
    if sum(weight.nbytes for weight in weights.values()) > path.stat().st_size:
        raise damaged(path)  # views that repeat what is stored once
    meta = content.setdefault('meta', {})
    if not isinstance(meta, dict):
        raise damaged(path)
    digest = meta.get('sha256')
    if digest is not None and digest != _digest(str(meta.get('model')), weights):
        raise ValueError(
            f'{path} was changed after it was written: its weights are not those of '
            'its digest. Get it again from where it came from.'
        )


def _is_plain(name: Any, weight: Any) -> bool:
    return (
        isinstance(name, str)
        and name.isascii()
        and type(weight) is Tensor
        and weight.layout is torch.strided
        and weight.device.type == 'cpu'
        and weight.dtype in _DTYPES
    )


def _digest(model: str, state_dict: dict[str, Tensor]) -> str:
    digest = hashlib.sha256(model.encode('ascii', 'backslashreplace'))
    for name, weight in sorted(state_dict.items()):
        digest.update(f'\n{name} {weight.dtype} {tuple(weight.shape)}\n'.encode())
        digest.update(weight.detach().reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
