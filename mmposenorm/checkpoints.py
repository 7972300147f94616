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

# What ships in the package.
_SHIPPED = 'weights/posenorm.pth'
# What it holds: names of models, and what their weights begin with.
_SHIPPED_MODELS = {'pose_normalizer': 'normalizer.', 'pose_embedder': ''}
# Of a model's config, what only training needs, and what the weights hold themselves.
_LEFT_OUT = ('data_preprocessor', 'init_cfg', 'condition_skeleton', 'start_from')


def load_model(
    checkpoint: str | os.PathLike | None = None,
    config: str | os.PathLike | None = None,
) -> BaseModel:
    """Build a trained model.

    Args:
        checkpoint: Its weights; those that ship with the package if not given. Either
            a file of :func:`save_weights`, or, together with ``config``, a checkpoint
            of a training run. The latter can bring code along that runs when it is
            loaded: give only files that you trust.
        config: Config file whose ``model`` is to be built. A file of
            :func:`save_weights` needs none.

    Returns:
        The model in evaluation mode, on the CPU.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a file is damaged or does not say what model it is of, or if
            the weights do not fit the model.
    """
    if checkpoint is None:
        if config is not None:
            raise ValueError(
                f'config is {config}, but there is no checkpoint; expected both or '
                'none. Give the weights of the model as checkpoint.'
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
    """Load weights into a model, all of them, or say why they do not fit.

    Args:
        model: The model.
        weights: Its ``state_dict``.
        checkpoint: The file that they are from, for the message.

    Raises:
        ValueError: If weights are missing, are of other shapes or belong nowhere, or
            if the model refuses them.
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
    """Write weights with the config of their model, whole or not at all.

    Args:
        path: The file, ``*.pth``.
        model_config: Of :func:`read_model_config`.
        state_dict: The weights.
        half: Whether to keep matrices in half precision, for half the size; biases,
            statistics and bone lengths stay as they are.
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
    """Read the model of a config file, without what only training needs of it.

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

    Where the run kept an average of the weights (``EMAHook``), it is the average:
    MMEngine saves it as ``state_dict`` and the weights themselves beside it.

    Args:
        checkpoint: The file. It can bring code along that runs when it is loaded.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is damaged or no checkpoint.
    """
    return _read(Path(checkpoint), trusted=True)['state_dict']


def read_trained_config(checkpoint: str | Path) -> dict[str, Any] | None:
    """Read the model that a checkpoint itself says it was trained as.

    That may be another than its config file says now: ``--cfg-options`` change it.

    Args:
        checkpoint: The file. It can bring code along that runs when it is loaded.

    Returns:
        As from :func:`read_model_config`; None if the checkpoint does not say it.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is damaged or no checkpoint.
    """
    meta = _read(Path(checkpoint), trusted=True).get('meta', {})
    if 'model' in meta:  # of save_weights
        return json.loads(meta['model'])
    model = Config.fromstring(meta.get('cfg', ''), '.py').to_dict().get('model')
    return None if model is None else _slimmed(model)


def read_pretrained_weights(init_cfg: dict[str, Any]) -> dict[str, Tensor]:
    """Read the weights that an ``init_cfg`` of type ``Pretrained`` names.

    They are those that MMEngine reads; see :func:`read_training_weights`.

    Args:
        init_cfg: With ``checkpoint``, a path or an address, and perhaps ``prefix``, the
            part of the checkpoint's model to take.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is damaged or no checkpoint.
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

    Its checkpoints hold the history of the losses too, which resuming needs and which
    ``torch.load`` refuses by default from torch 2.6 on. Loading them can run code that
    the file brings along: call this only for files that the user named.
    """

    def load_from_local(filename: str, map_location: Any = None) -> dict:
        path = Path(filename).expanduser()
        return torch.load(path, map_location=map_location, weights_only=False)

    CheckpointLoader.register_scheme(prefixes='', loader=load_from_local, force=True)


@CheckpointLoader.register_scheme(prefixes='mmposenorm://', force=True)
def load_from_package(filename: str, map_location: Any = None) -> dict[str, Any]:
    """Load weights that ship with the package, where MMEngine is given their name.

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
            f'{path} holds more than weights, as checkpoints of a training run do. '
            'Give the config that it was trained with too, if you trust the file, or '
            'export it by tools/export_weights.py.'
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
    """Say in a few words what does not fit, for MMEngine's words fill pages."""
    common = own.keys() & weights.keys()
    reasons = {
        'missing': own.keys() - common,
        'too many': weights.keys() - common,
        'of another shape': {k for k in common if own[k].shape != weights[k].shape},
    }
    return ', '.join(
        f'{len(names)} weights are {reason} (e.g. {min(names)})'
        for reason, names in reasons.items()
        if names
    )


def _damaged(path: Path) -> ValueError:
    return ValueError(
        f'{path} ({path.stat().st_size} bytes) is damaged or no checkpoint; expected '
        'a .pth file that tools/train.py or tools/export_weights.py wrote.'
    )


def _own_config(
    content: dict[str, Any], checkpoint: str | os.PathLike
) -> dict[str, Any]:
    try:
        return json.loads(content['meta']['model'])
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f'{checkpoint} does not say what model its weights are of. Give the config '
            'that it was trained with, or export it by tools/export_weights.py.'
        ) from error


def _slimmed(config: Any) -> Any:
    if isinstance(config, dict):
        return {k: _slimmed(v) for k, v in config.items() if k not in _LEFT_OUT}
    if isinstance(config, list | tuple):
        return [_slimmed(value) for value in config]
    return config
