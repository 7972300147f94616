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

import torch
from mmengine.config import Config
from mmengine.model import BaseModel
from mmengine.registry import DefaultScope
from mmengine.runner.checkpoint import CheckpointLoader, load_state_dict
from torch import Tensor, nn

import mmposenorm
from mmposenorm.registry import MODELS
from mmposenorm.weights_files import (
    damaged,
    no_state_dict,
    read_weights,
    write_weights,
)
from mmposenorm.weights_schema import check_described_model

# The weights that ship with the package.
_SHIPPED = 'weights/posenorm.pth'
# The models in it, and the prefix of their weights.
_SHIPPED_MODELS = {'pose_normalizer': 'normalizer.', 'pose_embedder': ''}
# Parts of a model's config that only training needs or that the weights contain.
_LEFT_OUT = ('data_preprocessor', 'init_cfg', 'condition_skeleton', 'start_from')

# What unpickling a damaged file raises.
_DAMAGE = (EOFError, LookupError, OSError, RuntimeError, UnpicklingError, ValueError)


def load_model(
    checkpoint: str | os.PathLike | None = None,
    config: str | os.PathLike | None = None,
    trust: bool = False,
) -> BaseModel:
    """Build a trained model.

    Args:
        checkpoint: Its weights; those that ship with the package if not given. Either
            a file of :func:`save_weights` or, together with ``config`` and ``trust``, a
            checkpoint of a training run.
        config: Config file whose ``model`` is to be built; a Python program, so it must
            come from a source that you trust. A file of :func:`save_weights` needs
            none.
        trust: Whether ``checkpoint`` comes from a source that you trust. Checkpoints of
            training runs are only loaded then, since this can run code from the file.

    Returns:
        The model in evaluation mode, on the CPU.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a file is damaged, is not trusted, or does not contain the config
            of its model; or if the weights do not fit the model or are not finite.
    """
    if checkpoint is None:
        if config is not None:
            raise ValueError(
                f'config is {config}, but there is no checkpoint; expected both or '
                'neither. Give the weights of the model as checkpoint.'
            )
        checkpoint = _shipped_weights()
    model_config = None if config is None else read_model_config(config)
    content = _read(Path(checkpoint), trust)
    weights = content['state_dict']
    if model_config is None:
        model_config = _own_config(content, checkpoint)
        _check_fit(model_config, weights, checkpoint)
    model = _build(model_config)
    load_weights(model, weights, checkpoint)
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
        ValueError: If weights are missing, unknown, of other shapes or not finite, or
            if the model refuses them.
    """
    for name, weight in weights.items():
        if not weight.isfinite().all():
            raise ValueError(
                f'{checkpoint} has values in {name} that are NaN or infinite; expected '
                'finite weights. Take an earlier checkpoint, or get the file again.'
            )
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
    if half:
        state_dict = {
            name: weight.half()
            if weight.is_floating_point() and weight.ndim > 1
            else weight
            for name, weight in state_dict.items()
        }
    write_weights(path, model_config, state_dict)


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


def read_training_weights(checkpoint: str | Path, trust: bool) -> dict[str, Tensor]:
    """Read the weights of a checkpoint.

    If a training run averaged the weights (``EMAHook``), these are the average, which
    MMEngine saves as ``state_dict``.

    Args:
        checkpoint: The file.
        trust: See :func:`load_model`.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is damaged, not a checkpoint, or not trusted.
    """
    return _read(Path(checkpoint), trust)['state_dict']


def read_trained_config(checkpoint: str | Path, trust: bool) -> dict[str, Any] | None:
    """Read the config of the model from its checkpoint.

    It may differ from the config file, since ``--cfg-options`` change it.

    Args:
        checkpoint: The file.
        trust: See :func:`load_model`; only then the config of a training run is read.

    Returns:
        As from :func:`read_model_config`; None if the checkpoint does not contain it.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is damaged, not a checkpoint, or not trusted.
    """
    content = _read(Path(checkpoint), trust)
    meta = content.get('meta', {})
    if 'model' in meta:  # of save_weights
        return _own_config(content, checkpoint)
    if not trust:
        return None
    model = Config.fromstring(meta.get('cfg', ''), '.py').to_dict().get('model')
    return None if model is None else _slimmed(model)


def read_pretrained_weights(init_cfg: dict[str, Any]) -> dict[str, Tensor]:
    """Read the weights that an ``init_cfg`` of type ``Pretrained`` names.

    MMEngine reads the same ones; see :func:`read_training_weights`. They are trusted as
    the config is that names them.

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
        weights = read_training_weights(Path(checkpoint).expanduser(), trust=True)
    if not init_cfg.get('prefix'):
        return weights
    prefix = init_cfg['prefix'].rstrip('.') + '.'
    return _part_of(weights, prefix)


def trust_local_checkpoints(trust: bool = True) -> None:
    """Let MMEngine load whole checkpoints from local files, not just weights.

    Its checkpoints also contain the history of the losses, which resuming needs and
    which ``torch.load`` refuses by default.

    Args:
        trust: Whether to; see :func:`load_model`. If not, only weights are loaded.
    """

    def load_from_local(filename: str, map_location: Any = None) -> dict:
        path = Path(filename).expanduser()
        return torch.load(path, map_location=map_location, weights_only=not trust)

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


def _read(path: Path, trust: bool) -> dict[str, Any]:
    if not path.is_file():
        raise FileNotFoundError(
            f'Checkpoint {path} not found. Give a .pth file that tools/train.py or '
            'tools/export_weights.py wrote.'
        )
    return _read_trusted(path) if trust else read_weights(path)


def _read_trusted(path: Path) -> dict[str, Any]:
    try:
        content = torch.load(path, map_location='cpu', weights_only=False)
    except _DAMAGE as error:
        raise damaged(path) from error
    if not isinstance(content, dict) or 'state_dict' not in content:
        raise no_state_dict(path)
    return content


def _build(model_config: dict[str, Any]) -> BaseModel:
    with DefaultScope.overwrite_default_scope(MODELS.scope):
        return MODELS.build(model_config)


def _check_fit(
    model_config: dict[str, Any],
    weights: dict[str, Tensor],
    checkpoint: str | os.PathLike,
) -> None:
    """Compare the weights with the shapes of the model before it takes any memory."""
    try:
        with torch.device('meta'):
            own = _build(model_config).state_dict()
    except ValueError as error:
        raise ValueError(
            f'{checkpoint} describes a model that cannot be built: {error}'
        ) from error
    misfit = _misfit(own, weights)
    if misfit:
        raise ValueError(
            f'{checkpoint} does not fit the model of its config: {misfit}. Export it '
            'again by tools/export_weights.py.'
        )


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


def _own_config(
    content: dict[str, Any], checkpoint: str | os.PathLike
) -> dict[str, Any]:
    model = content.get('meta', {}).get('model')
    if not isinstance(model, str):
        raise ValueError(
            f'{checkpoint} does not contain the config of its model. Give the config '
            'that it was trained with, or export it by tools/export_weights.py.'
        )
    try:
        config = json.loads(model)
        check_described_model(config)
    except (ValueError, RecursionError) as error:
        raise ValueError(
            f'{checkpoint} describes a model that weights may not describe: {error}. '
            'If you trust where it comes from, give its config too.'
        ) from error
    return config


def _slimmed(config: Any) -> Any:
    if isinstance(config, dict):
        slimmed = {k: _slimmed(v) for k, v in config.items() if k not in _LEFT_OUT}
        # Required, but only training computes losses; they may be classes of others.
        return slimmed | ({'losses': {}} if 'losses' in config else {})
    if isinstance(config, list | tuple):
        return [_slimmed(value) for value in config]
    return config
