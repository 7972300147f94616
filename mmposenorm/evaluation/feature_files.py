"""Load features of correspondence pairs that another program computed."""

from collections.abc import Sequence
from pathlib import Path

from mmposenorm.datasets.correspondence import CorrespondencePair
from mmposenorm.datasets.npz_file import open_npz
from mmposenorm.evaluation.correspondence import (
    FeaturePair,
    check_features,
    drop_features,
)


def load_features(
    file: str | Path,
    pairs: Sequence[CorrespondencePair],
    features_before_drop: bool = False,
) -> dict[str, FeaturePair]:
    """Read the features of pairs from a file.

    Args:
        file: npz file with the arrays ``pair_id/source`` and ``pair_id/target`` of
            every pair, with a row for each retained frame, (S or R, ...).
        pairs: The pairs.
        features_before_drop: Whether the arrays have a row for each frame of the motion
            instead. The rows of dropped frames are then removed.

    Returns:
        Features of the retained frames by ``pair_id``, for
        :func:`mmposenorm.evaluation.correspondence.measure_pairs`.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If an array is missing, is not numeric, does not have a row for each
            frame, differs in width from its partner or contains NaN.
    """
    if not Path(file).is_file():
        raise FileNotFoundError(
            f'{file} not found. Expected an npz file of features with the arrays '
            '`pair_id/source` and `pair_id/target` of every pair.'
        )
    features = {}
    with open_npz(file) as arrays:
        for pair in pairs:
            sides = []
            for side in ('source', 'target'):
                key = f'{pair.pair_id}/{side}'
                if key not in arrays:
                    raise ValueError(
                        f"{file} has no array '{key}'; expected features for every "
                        'pair. Compute them for the pairs that '
                        'tools/tables/build_pairs.py writes.'
                    )
                values = arrays[key]
                if not (values.ndim and values.size and values.dtype.kind in 'fiu'):
                    raise ValueError(
                        f"'{key}' of {file} has shape {values.shape} and type "
                        f'{values.dtype}; expected numbers with a row for each frame.'
                    )
                rows = values.reshape(len(values), -1)
                if features_before_drop:
                    rows = drop_features(rows, pair, side)
                sides.append(rows)
            features[pair.pair_id] = check_features(pair, *sides)
    return features
