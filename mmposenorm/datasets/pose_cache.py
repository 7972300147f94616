"""Normalized poses of whole data sets, computed once by a trained model and stored."""

import hashlib
import json
import logging
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import default_collate
from mmengine.device import get_device
from mmengine.dist import barrier, is_main_process
from mmengine.logging import print_log
from mmengine.model import BaseModel
from mmengine.registry import DefaultScope

from mmposenorm.atomic_files import atomic_file
from mmposenorm.checkpoints import load_weights, read_training_weights
from mmposenorm.datasets.clip_dataset import ClipDataset
from mmposenorm.registry import MODELS

_CHUNK = 2**20  # bytes of a file to read at once


def check_normalizer(config: str, checkpoint: str) -> None:
    """Raise an error if the config or the checkpoint of a normalizer does not exist."""
    for what, name in (('Config', config), ('Checkpoint', checkpoint)):
        if not Path(name).is_file():
            raise FileNotFoundError(
                f'{what} {name} not found. NormalizedPoseClips needs a trained pose '
                'normalizer: train it first, or set `normalizer` to None to normalize '
                'true poses in closed form.'
            )


def normalize_clips(
    dataset: ClipDataset,
    description: dict[str, Any],
    config: str,
    checkpoint: str,
    cache_dir: str,
    field: str = 'normalized_poses',
) -> dict[str, np.ndarray]:
    """Normalize every clip of a data set with a trained model, unless this was done.

    The poses are stored in ``cache_dir``. The file name contains a digest of everything
    that they depend on: the clips, the checkpoint, the configs of the model and the
    data set, the content of the files named there, and the field. If one of these
    changes, the poses are computed again. Of several processes, the first one computes
    them.

    Args:
        dataset: Clips in test mode, packed; each view and variant is a rendering.
        description: Config of the data set.
        config: Config file whose ``model`` is the normalizer.
        checkpoint: Weights of that model.
        cache_dir: Folder of the stored poses.
        field: Field of ``pred_instances`` to store, (T, 17, 3).

    Returns:
        Poses in metres by ``clip_id``, (R, T, 17, 3), the renderings in the order of
        the data set.

    Raises:
        FileNotFoundError: If the config or the checkpoint does not exist.
        ValueError: If the checkpoint is damaged or of another model.
    """
    check_normalizer(config, checkpoint)
    model_config = Config.fromfile(config).model
    key = _key(dataset.clips, checkpoint, model_config, description, field)
    file = Path(cache_dir) / f'{Path(checkpoint).stem}_{key}.npz'
    if is_main_process() and not _is_intact(file):
        print_log(f'Normalizing {len(dataset)} clips into {file}.', logger='current')
        with DefaultScope.overwrite_default_scope(MODELS.scope):
            model = MODELS.build(model_config)
        load_weights(model, read_training_weights(checkpoint, trust=True), checkpoint)
        poses = predict_clips(model.to(get_device()).eval(), dataset, field)
        with atomic_file(file) as stream:
            np.savez(stream, **poses)
    barrier()
    with np.load(file) as arrays:
        return dict(arrays)


def _is_intact(file: Path) -> bool:
    """Whether poses were stored, and wholly."""
    if not file.is_file():
        return False
    try:
        with ZipFile(file) as arrays:
            intact = arrays.testzip() is None
    except (BadZipFile, EOFError, OSError, RuntimeError, ValueError):
        intact = False
    if not intact:
        print_log(f'{file} is damaged; it is made again.', 'current', logging.WARNING)
    return intact


@torch.no_grad()
def predict_clips(
    model: BaseModel, dataset: ClipDataset, field: str
) -> dict[str, np.ndarray]:
    """Run a model on a data set and stack the renderings of each clip.

    Args:
        model: A model that predicts data samples, in evaluation mode.
        dataset: Packed clips.
        field: Field of ``pred_instances`` to take.

    Returns:
        Its values by ``clip_id``, float32, (R, T, ...).
    """
    renderings: dict[str, list[np.ndarray]] = {}
    for index in range(len(dataset)):
        batch = model.data_preprocessor(default_collate([dataset[index]]))
        (sample,) = model(**batch, mode='predict')
        values = sample.pred_instances[field].float().cpu().numpy()
        renderings.setdefault(sample.clip_id, []).append(values)
    return {name: np.stack(arrays) for name, arrays in renderings.items()}


def _key(
    clips: Iterable[Any],
    checkpoint: str,
    model_config: Any,
    description: dict[str, Any],
    field: str,
) -> str:
    digest = hashlib.sha256()
    for part in (model_config, description, field):
        digest.update(json.dumps(part, sort_keys=True, default=str).encode())
    # The files of the data set itself are in its clips; transforms may name others.
    named = _files_in((model_config, description.get('pipeline')))
    for file in (Path(checkpoint), *sorted(named)):
        digest.update(_digest_of(file))
    for clip in clips:
        _add(digest, vars(clip))
    return digest.hexdigest()[:16]


def _files_in(config: Any) -> set[Path]:
    """Find the files that are named anywhere in a config."""
    if isinstance(config, dict):
        return _files_in(list(config.values()))
    if isinstance(config, list | tuple):
        return set().union(*map(_files_in, config))
    if isinstance(config, str | Path) and os.path.isfile(config):  # noqa: PTH113
        return {Path(config)}  # Path.is_file raises OSError if the text is too long
    return set()


def _digest_of(file: Path) -> bytes:
    digest = hashlib.sha256()
    with file.open('rb') as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.digest()


def _add(digest: Any, value: Any) -> None:
    """Add the value of a field of a clip to a digest."""
    if isinstance(value, dict):
        for name in sorted(value):
            digest.update(name.encode())
            _add(digest, value[name])
    elif isinstance(value, np.ndarray | torch.Tensor):
        array = np.ascontiguousarray(value)
        digest.update(f'{array.dtype}{array.shape}'.encode())
        digest.update(array)
    else:
        digest.update(repr(value).encode())
