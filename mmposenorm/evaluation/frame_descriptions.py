"""How the frames of a clip are described for an evaluator: by fields and a function."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike

from mmposenorm.geometry.descriptors import DESCRIPTORS, upright_keypoints

# All take the values of one or more fields, each (T, ...), and return (T, E).
FRAME_DESCRIPTORS: dict[str, Callable[..., np.ndarray]] = {
    **DESCRIPTORS,
    'upright_keypoints': upright_keypoints,
}


def describe_frames(
    fields: Mapping[str, ArrayLike],
    features: str | Sequence[str],
    descriptor: str | None = None,
) -> np.ndarray:
    """Describe each frame of a clip by what a model predicts.

    Args:
        fields: Predictions by name, (T, ...).
        features: Name of a field, or of several if the descriptor takes several.
        descriptor: A function of :data:`FRAME_DESCRIPTORS` to apply; without it, the
            field itself describes the frames.

    Returns:
        (T, E).

    Raises:
        ValueError: If a field is missing.
    """
    names = [features] if isinstance(features, str) else list(features)
    for name in names:
        if name not in fields:
            raise ValueError(
                f"The model does not predict '{name}', only {sorted(fields)}. Check "
                '`features` of the evaluator in your config.'
            )
    sequences = [torch.as_tensor(fields[name]).cpu().numpy() for name in names]
    if descriptor is not None:
        return FRAME_DESCRIPTORS[descriptor](*sequences)
    [sequence] = sequences
    return sequence.reshape(len(sequence), -1)


def describe_parts(
    fields: Mapping[str, ArrayLike], parts: Sequence[str | Mapping[str, Any]]
) -> np.ndarray:
    """Describe each frame of a clip by several parts side by side.

    Args:
        fields: Predictions by name, (T, ...).
        parts: Names of fields, or dicts of ``features``, ``descriptor`` (see
            :func:`describe_frames`) and ``weight``, which the part is multiplied by
            (default 1).

    Returns:
        (T, E).

    Raises:
        ValueError: If a field is missing.
    """
    columns = []
    for part in parts:
        options = {'features': part} if isinstance(part, str) else part
        values = describe_frames(fields, options['features'], options.get('descriptor'))
        columns.append(options.get('weight', 1.0) * values)
    return np.concatenate(columns, axis=1)
