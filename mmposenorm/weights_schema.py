"""Which models a file of weights may describe.

Such a file may come from anywhere, and its config decides what is built. So it may only
name what is listed here, with values within bounds: no other class, whatever the
registries know, and no path or URL.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple


class _Value(NamedTuple):
    expected: str  # in words
    fits: Callable[[Any], bool]


class _Part(NamedTuple):
    """A part of a model, or a dict of parts."""

    types: tuple[str, ...]
    required: bool = True
    is_dict: bool = False
    needs_type: bool = True


def _number(low: float, high: float) -> _Value:
    # Comparisons with NaN are false.
    return _Value(
        f'a number from {low} to {high}',
        lambda value: type(value) in (int, float) and low <= value <= high,
    )


def _whole(low: int, high: int) -> _Value:
    return _Value(
        f'a whole number from {low} to {high}',
        lambda value: type(value) is int and low <= value <= high,
    )


def _word(*words: str) -> _Value:
    return _Value(' or '.join(words), lambda value: value in words)


def _listed(item: _Value, most: int) -> _Value:
    return _Value(
        f'a list of at most {most}, each {item.expected}',
        lambda value: (
            isinstance(value, list)
            and 0 < len(value) <= most
            and all(map(item.fits, value))
        ),
    )


_FLAG = _Value('true or false', lambda value: isinstance(value, bool))
_WIDTH = _whole(1, 4096)
_DEPTH = _whole(0, 64)
_SHARE = _number(0, 0.99)
_WEIGHT = _number(0, 1e6)
_POSITIVE = _number(1e-6, 1e6)
_LOSS_WEIGHT = {'loss_weight': _WEIGHT}
_RANGE = _Value(
    'two numbers from 0 to 1',
    lambda value: _listed(_number(0, 1), 2).fits(value) and len(value) == 2,
)
_TRIPLETS = {'triplets_per_anchor': _whole(1, 1024)}
_SKELETON = _word('extended', 'rigid')
_FPS = _number(1, 1000)

_TEMPORAL_ENCODERS = _Part(('TemporalConvEncoder', 'ParallelConvEncoder'))
_FRAME_ENCODERS = _Part(('FullyConnectedEncoder', 'GCNEncoder', 'PointNetEncoder'))
_POSE_ENCODERS = _Part((*_FRAME_ENCODERS.types, 'TemporalWindowEncoder'))
_NORMALIZERS = ('PoseNormalizer', 'LiftedPoseNormalizer', 'LifterLatent')
_MODELS = (*_NORMALIZERS, 'PoseEmbedder', 'RetrievalEmbedder')

_LIFTED: dict[str, _Value | _Part] = {'lifter': _Part(('SemGCN',)), 'fps': _FPS}
_PER_FRAME = {
    'num_keypoints': _whole(17, 17),
    'channels': _WIDTH,
    'num_blocks': _DEPTH,
    'dropout': _SHARE,
    'feature_channels': _WIDTH,
}
_FIELDS: dict[str, Mapping[str, _Value | _Part]] = {
    'PoseNormalizer': {
        'encoder': _TEMPORAL_ENCODERS,
        'losses': _Part(
            (
                'PositionLoss',
                'FootContactLoss',
                'RotationConsistencyLoss',
                'DirectionLikelihoodLoss',
                'ReprojectionLoss',
                'OrdinalDepthLoss',
            ),
            is_dict=True,
        ),
        'head': _Part(('FKHead',), required=False, needs_type=False),
        'uncertainty': _Part(('DirectionSigmaHead',), required=False),
        'skeleton': _SKELETON,
        'fps': _FPS,
        'flip_test': _FLAG,
    },
    'LiftedPoseNormalizer': _LIFTED,
    'LifterLatent': _LIFTED,
    'PoseEmbedder': {
        'encoder': _POSE_ENCODERS,
        'loss': _Part(('TripletMarginLoss', 'TripletRatioLoss')),
        'miner': _Part(('AdaptiveTripletMiner', 'TemporalWindowMiner')),
        'normalizer': _Part(_NORMALIZERS, required=False),
        'poses': _word('normalized', 'turned'),
        'joint': _FLAG,
        'cross_view_share': _number(0, 1),
        'seed': _whole(0, 2**32),
    },
    'RetrievalEmbedder': {
        'encoder': _TEMPORAL_ENCODERS,
        'loss': _Part(('RetrievalLoss',)),
        'normalizer': _Part(_NORMALIZERS, required=False),
        'feature_size': _WIDTH,
        'up_weight': _WEIGHT,
    },
    'TemporalConvEncoder': {
        'in_channels': _whole(51, 51),
        'channels': _WIDTH,
        'dilations': _listed(_whole(1, 512), 16),
        'dropout': _SHARE,
    },
    'ParallelConvEncoder': {
        'in_channels': _whole(51, 51),
        'channels': _WIDTH,
        'kernel_sizes': _listed(
            _Value('an odd number up to 255', lambda value: value in range(1, 256, 2)),
            16,
        ),
        'num_stages': _DEPTH,
        'dropout': _SHARE,
    },
    'FullyConnectedEncoder': _PER_FRAME,
    'GCNEncoder': _PER_FRAME,
    'PointNetEncoder': {
        'point_channels': _listed(_WIDTH, 16),
        'global_channels': _listed(_WIDTH, 16),
        'dropout': _SHARE,
        'feature_channels': _WIDTH,
    },
    'TemporalWindowEncoder': {
        'encoder': _FRAME_ENCODERS,
        'num_keypoints': _whole(17, 17),
        'window': _whole(3, 255),
        'channels': _WIDTH,
    },
    'SemGCN': {
        'in_channels': _whole(3, 3),
        'channels': _WIDTH,
        'num_blocks': _DEPTH,
        'dropout': _SHARE,
    },
    'FKHead': {
        'rotation': _word('quaternion', '6d'),
        'frame': _word('parent', 'root'),
    },
    'DirectionSigmaHead': {
        'channels': _WIDTH,
        'calibration': _listed(_number(0.01, 100), 16),
    },
    'PositionLoss': {'squared': _FLAG, **_LOSS_WEIGHT},
    'FootContactLoss': _LOSS_WEIGHT,
    'RotationConsistencyLoss': _LOSS_WEIGHT,
    'DirectionLikelihoodLoss': _LOSS_WEIGHT,
    'ReprojectionLoss': _LOSS_WEIGHT,
    'OrdinalDepthLoss': {'margin': _POSITIVE, **_LOSS_WEIGHT},
    'TripletMarginLoss': {'margin': _POSITIVE, **_LOSS_WEIGHT},
    'TripletRatioLoss': {'ratio': _POSITIVE, **_LOSS_WEIGHT},
    'RetrievalLoss': {
        'temperature': _POSITIVE,
        'width': _POSITIVE,
        'far': _POSITIVE,
        'across_clips': _FLAG,
        **_LOSS_WEIGHT,
    },
    'AdaptiveTripletMiner': {
        'positive_range': _RANGE,
        'negative_range': _RANGE,
        'still_below': _WEIGHT,
        **_TRIPLETS,
    },
    'TemporalWindowMiner': {
        'positive_window': _whole(1, 4096),
        'negative_window': _whole(1, 4096),
        **_TRIPLETS,
    },
}


def check_described_model(config: Any) -> None:
    """Refuse the config of a model that a file of weights may not describe.

    Args:
        config: What the file holds as JSON.

    Raises:
        ValueError: If it names a class that is not listed here, or a field has another
            value than it may have.
    """
    _check_part(config, _Part(_MODELS), 'model')


def _check_part(config: Any, part: _Part, where: str) -> None:
    implied = None if part.needs_type else part.types[0]
    kind = config.get('type', implied) if isinstance(config, dict) else config
    if not isinstance(config, dict) or kind not in part.types:
        raise ValueError(
            f'{where} is of type {_short(kind)}; expected {" or ".join(part.types)}'
        )
    fields = _FIELDS[kind]
    for name, field in fields.items():
        if name not in config and isinstance(field, _Part) and field.required:
            raise ValueError(f'{where} of type {kind} has no {name!r}')
    for name in config.keys() - {'type'}:
        if name not in fields:
            raise ValueError(
                f'{where} has the field {_short(name)}; {kind} may only have '
                f'{", ".join(fields)}'
            )
        _check_field(config[name], fields[name], f'{where}.{name}')


def _check_field(value: Any, field: _Value | _Part, where: str) -> None:
    if isinstance(field, _Value):
        if not field.fits(value):
            raise ValueError(f'{where} is {_short(value)}; expected {field.expected}')
    elif not field.is_dict:
        if value is not None or field.required:
            _check_part(value, field, where)
    elif isinstance(value, dict):
        for name, part in value.items():
            _check_part(part, field, f'{where}.{_short(name)}')
    else:
        raise ValueError(f'{where} is {_short(value)}; expected an object')


def _short(value: Any) -> str:
    """Show a value, whatever is in the file."""
    text = ascii(value)
    return text if len(text) <= 60 else f'{text[:60]}...'
