"""Weights in one file with the config of their model: nothing else is needed.

Such a file is a dict that ``torch.load`` reads with ``weights_only=True``:
``state_dict``, and ``meta`` with ``model``, the model's config as JSON, and
``mmposenorm_version``. Checkpoints of a training run need their config beside them.
"""

import json
import os
from importlib.resources import as_file, files
from pathlib import Path
from pickle import UnpicklingError
from typing import Any
from zipfile import is_zipfile

import torch
from mmengine.config import Config
from mmengine.model import BaseModel
from mmengine.registry import DefaultScope
from mmengine.runner.checkpoint import CheckpointLoader, load_state_dict
from torch import Tensor, nn

import mmposenorm
from mmposenorm.atomic_files import atomic_path
from mmposenorm.registry import MODELS

# The weights that ship with the package.
_SHIPPED = 'weights/posenorm.pth'
# The models in it, and the prefix of their weights.
_SHIPPED_MODELS = {'pose_normalizer': 'normalizer.', 'pose_embedder': ''}
# Parts of a model's config that only training needs or that the weights contain.
_LEFT_OUT = ('data_preprocessor', 'init_cfg', 'condition_skeleton', 'start_from')


def load_model(
    checkpoint: str | os.PathLike | None = None,
    config: str | os.PathLike | None = None,
) -> BaseModel:
    """Build a trained model.

    Args:
        checkpoint: Its weights; those that ship with the package if not given. Either
            a file of :func:`save_weights` or, together with ``config``, a checkpoint
            of a training run. Loading the latter can run code from the file, so it must
            come from a source that you trust.
        config: Config file whose ``model`` is to be built. A file of
            :func:`save_weights` needs none.

    Returns:
        The model in evaluation mode, on the CPU.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a file is damaged or does not contain the config of its model, or
            if the weights do not fit the model.
    """
    if checkpoint is None:
        if config is not None:
            raise ValueError(
                f'config is {config}, but there is no checkpoint; expected both or '
                'neither. Give the weights of the model as checkpoint.'
            )
        checkpoint = _shipped_weights()
    model_config = None if config is None else read_model_config(config)
    content = _read(Path(checkpoint), trusted=config is not None)
    if model_config is None:
        model_config = _own_config(content, checkpoint)
    with DefaultScope.overwrite_default_scope(MODELS.scope):
        model = MODELS.build(model_config)
    load_weights(model, content['state_dict'], checkpoint)
    return model.eval()


def load_weights(
    model: nn.Module, weights: dict[str, Tensor], checkpoint: str | os.PathLike
) -> None:
    """Load all weights of a model, or raise an error that says why they do not fit.

    Args:
        model: The model.
        weights: Its ``state_dict``.
        checkpoint: The file that they are from, for error messages.

    Raises:
        ValueError: If weights are missing, unknown or of other shapes, or if the model
            refuses them.
    """
    try:
        load_state_dict(model, weights, strict=True)
    except ValueError as error:  # the skeleton is another one
        raise ValueError(
            f'{checkpoint} does not fit the model of its config: {error}'
        ) from error
    except RuntimeError as error:
        raise ValueError(
            f'{checkpoint} does not fit the model of its config: '
            f'{_misfit(model.state_dict(), weights)}. Give the config that it was '
            'trained with.'
        ) from error


def save_weights(
    path: str | Path,
    model_config: dict[str, Any],
    state_dict: dict[str, Tensor],
    half: bool = False,
) -> None:
    """Write weights with the config of their model.

    Args:
        path: The file, ``*.pth``.
        model_config: Of :func:`read_model_config`.
        state_dict: The weights.
        half: Whether to store matrices in half precision, for half the size. Biases,
            statistics and bone lengths are stored as they are.
    """
    state_dict = {
        key: tensor.half()
        if half and tensor.is_floating_point() and tensor.ndim > 1
        else tensor.clone()
        for key, tensor in state_dict.items()
    }
    meta = {
        'model': json.dumps(model_config),
        'mmposenorm_version': mmposenorm.__version__,
    }
    with atomic_path(path) as partial:
        torch.save({'meta': meta, 'state_dict': state_dict}, partial)


def read_model_config(config: str | os.PathLike) -> dict[str, Any]:
    """Read the model of a config file, without the parts that only training needs.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it has no ``model``.
    """
    if not Path(config).is_file():
        raise FileNotFoundError(
            f'Config {config} not found. Give the path of a config, such as '
            'configs/posenorm_cmu.py.'
        )
    model = Config.fromfile(config).to_dict().get('model')
    if model is None:
        raise ValueError(f'{config} has no `model`. Give the config of a training run.')
    return _slimmed(model)


def read_training_weights(checkpoint: str | Path) -> dict[str, Tensor]:
    """Read the weights of a checkpoint that a training run wrote.

    If the run averaged the weights (``EMAHook``), these are the average, which MMEngine
    saves as ``state_dict``.

    Args:
        checkpoint: The file, which must be trusted: loading it can run code from it.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is damaged or not a checkpoint.
    """
    return _read(Path(checkpoint), trusted=True)['state_dict']


def read_trained_config(checkpoint: str | Path) -> dict[str, Any] | None:
    """Read the config of the model from its checkpoint.

    It may differ from the config file, since ``--cfg-options`` change it.

    Args:
        checkpoint: The file, which must be trusted: loading it can run code from it.

    Returns:
        As from :func:`read_model_config`; None if the checkpoint does not contain it.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is damaged or not a checkpoint.
    """
    meta = _read(Path(checkpoint), trusted=True).get('meta', {})
    if 'model' in meta:  # of save_weights
        return json.loads(meta['model'])
    model = Config.fromstring(meta.get('cfg', ''), '.py').to_dict().get('model')
    return None if model is None else _slimmed(model)


def read_pretrained_weights(init_cfg: dict[str, Any]) -> dict[str, Tensor]:
    """Read the weights that an ``init_cfg`` of type ``Pretrained`` names.

    MMEngine reads the same ones; see :func:`read_training_weights`.

    Args:
        init_cfg: With ``checkpoint``, a path or URL, and optionally ``prefix``, the
            part of the model in the checkpoint.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is damaged or not a checkpoint.
    """
    checkpoint = init_cfg['checkpoint']
    if '://' in checkpoint:
        weights = CheckpointLoader.load_checkpoint(checkpoint, 'cpu')['state_dict']
    else:
        weights = read_training_weights(Path(checkpoint).expanduser())
    if not init_cfg.get('prefix'):
        return weights
    prefix = init_cfg['prefix'].rstrip('.') + '.'
    return _part_of(weights, prefix)


def trust_local_checkpoints() -> None:
    """Let MMEngine load whole checkpoints from local files, not just weights.

    Its checkpoints also contain the history of the losses, which resuming needs and
    which ``torch.load`` refuses by default since torch 2.6. Loading them can run code
    from the file: call this only for files that the user has named.
    """

    def load_from_local(filename: str, map_location: Any = None) -> dict:
        path = Path(filename).expanduser()
        return torch.load(path, map_location=map_location, weights_only=False)

    CheckpointLoader.register_scheme(prefixes='', loader=load_from_local, force=True)


@CheckpointLoader.register_scheme(prefixes='mmposenorm://', force=True)
def load_from_package(filename: str, map_location: Any = None) -> dict[str, Any]:
    """Load weights that ship with the package by their name, for MMEngine.

    Args:
        filename: ``mmposenorm://pose_normalizer``, or ``mmposenorm://pose_embedder``
            for the embedder together with its normalizer.
        map_location: As in :func:`torch.load`.

    Returns:
        A dict with the ``state_dict``.

    Raises:
        FileNotFoundError: If no weights of this name ship with the package.
    """
    name = filename.removeprefix('mmposenorm://')
    if name not in _SHIPPED_MODELS:
        raise FileNotFoundError(
            f'{filename} is not in the package; expected mmposenorm://'
            f'{" or mmposenorm://".join(_SHIPPED_MODELS)}. Name one of them.'
        )
    content = torch.load(_shipped_weights(), map_location, weights_only=True)
    prefix = _SHIPPED_MODELS[name]
    return {'state_dict': _part_of(content['state_dict'], prefix)}


def _part_of(weights: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Return the weights of a part of a model, under the part's own names."""
    return {
        key.removeprefix(prefix): weight
        for key, weight in weights.items()
        if key.startswith(prefix)
    }


def _shipped_weights() -> Path:
    with as_file(files('mmposenorm').joinpath(_SHIPPED)) as path:
        if not path.is_file():
            raise FileNotFoundError(
                f'mmposenorm {mmposenorm.__version__} ships no weights ({path} not '
                'found). Give your own as checkpoint: a file of '
                'tools/export_weights.py, or a training checkpoint with its config.'
            )
    return path


def _read(path: Path, trusted: bool) -> dict[str, Any]:
    if not path.is_file():
        raise FileNotFoundError(
            f'Checkpoint {path} not found. Give a .pth file that tools/train.py or '
            'tools/export_weights.py wrote.'
        )
    try:
        content = torch.load(path, map_location='cpu', weights_only=not trusted)
    except UnpicklingError as error:
        if not is_zipfile(path):
            raise _damaged(path) from error
        raise ValueError(
            f'{path} holds more than weights, like all checkpoints of training runs. '
            'If you trust the file, also give the config that it was trained with, or '
            'export its weights by tools/export_weights.py.'
        ) from error
    except (EOFError, OSError, RuntimeError, LookupError, ValueError) as error:
        raise _damaged(path) from error
    if not isinstance(content, dict) or 'state_dict' not in content:
        raise ValueError(
            f'{path} holds no state_dict; expected a checkpoint that tools/train.py '
            'or tools/export_weights.py wrote.'
        )
    return content


def _misfit(own: dict[str, Tensor], weights: dict[str, Tensor]) -> str:
    """Summarize what does not fit; MMEngine's own message fills pages."""
    common = own.keys() & weights.keys()
    reasons = {
        'missing': own.keys() - common,
        'unknown': weights.keys() - common,
        'of another shape': {k for k in common if own[k].shape != weights[k].shape},
    }
    return ', '.join(
        f'{len(names)} weights are {reason} (e.g. {min(names)})'
        for reason, names in reasons.items()
        if names
    )


def _damaged(path: Path) -> ValueError:
    return ValueError(
        f'{path} ({path.stat().st_size} bytes) is damaged or not a checkpoint; '
        'expected a .pth file that tools/train.py or tools/export_weights.py wrote.'
    )


def _own_config(
    content: dict[str, Any], checkpoint: str | os.PathLike
) -> dict[str, Any]:
    try:
        return json.loads(content['meta']['model'])
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f'{checkpoint} does not contain the config of its model. Give the config '
            'that it was trained with, or export it by tools/export_weights.py.'
        ) from error


def _slimmed(config: Any) -> Any:
    if isinstance(config, dict):
        return {k: _slimmed(v) for k, v in config.items() if k not in _LEFT_OUT}
    if isinstance(config, list | tuple):
        return [_slimmed(value) for value in config]
    return config
