"""Every field of a config refuses what it cannot be, before anything is built."""

import inspect
from typing import Annotated, Any, get_args, get_origin

import numpy as np
import pytest

from mmposenorm import registry
from mmposenorm.fields import Bounds, Share, _annotations, check_field, check_fields

NODES = (
    *('DATASETS', 'DATA_SAMPLERS', 'HOOKS', 'METRICS', 'MODELS'),
    *('OPTIMIZERS', 'OPTIM_WRAPPERS', 'PARAM_SCHEDULERS', 'TRANSFORMS'),
)


def registered():
    """Yield our registered classes that have a constructor of their own."""
    for node in (getattr(registry, name) for name in NODES):
        node.import_from_location()
        for cls in node.module_dict.values():
            if inspect.isclass(cls) and '__init__' in vars(cls):
                yield cls


def named_fields(cls):
    """Return the names of a constructor's fields, without ``**kwargs``."""
    parameters = inspect.signature(cls.__init__).parameters.values()
    return {p.name for p in parameters if p.kind is not p.VAR_KEYWORD}


CLASSES = {cls.__name__: cls for cls in registered()}
FIELDS = [
    (name, field, annotation)
    for name, cls in CLASSES.items()
    for field, annotation in _annotations(inspect.unwrap(cls.__init__)).items()
    if field in named_fields(cls) and annotation is not Any
]
BOUNDED = [
    (name, field, bounds)
    for name, field, annotation in FIELDS
    if get_origin(annotation) is Annotated
    for bounds in get_args(annotation)
    if isinstance(bounds, Bounds)
]
# Numbers whose constructors bound them, since they depend on one another.
BOUNDED_TOGETHER = {
    *('CosineAfterWarmUpLR.begin', 'CosineAfterWarmUpLR.end'),
    *('LateLossHook.begin', 'LateLossHook.end'),
    *('LateNoiseHook.begin', 'LateNoiseHook.strength'),
    *('MiningCurriculumHook.begin', 'MiningCurriculumHook.end'),
    *('TemporalWindowMiner.negative_window', 'TemporalWindowMiner.positive_window'),
    'TripletRatioLoss.ratio',  # which is above 1
}


def test_every_number_has_bounds():
    plain = {f'{n}.{f}' for n, f, a in FIELDS if a in (int, float)}
    assert plain == BOUNDED_TOGETHER


def test_the_fields_are_found():
    assert len(FIELDS) > 150
    assert len(BOUNDED) > 60


@pytest.mark.parametrize(('name', 'field', 'annotation'), FIELDS)
def test_a_value_of_another_type_is_refused(name, field, annotation):
    with pytest.raises(ValueError, match=rf'^{name}\.{field} must be .*, but is <obj'):
        CLASSES[name](**{field: object()})


@pytest.mark.parametrize(('name', 'field', 'bounds'), BOUNDED)
def test_a_number_out_of_range_is_refused(name, field, bounds):
    for value in (bounds.low - 1, bounds.high * 2, float('nan'), float('inf'), '1'):
        with pytest.raises(ValueError, match=rf'^{name}\.{field} must be a .*number'):
            CLASSES[name](**{field: value})


@pytest.mark.parametrize('name', CLASSES)
def test_a_mistyped_field_is_refused(name):
    constructor = inspect.signature(CLASSES[name].__init__)
    kinds = {parameter.kind for parameter in constructor.parameters.values()}
    if inspect.Parameter.VAR_KEYWORD not in kinds:
        with pytest.raises(TypeError, match=f"{name} got .* 'lenght'; expected "):
            CLASSES[name](lenght=1)


@pytest.mark.parametrize(
    ('value', 'annotation'),
    [
        (1, float),
        (np.float32(0.5), Share),
        (np.int64(3), int),
        ([1, 2], tuple[int, ...]),
        ((0.1, 2), tuple[float, float]),
        (['a'], list[str] | None),
        ({'a': {'b': 1}}, dict[str, dict]),
        ({'a': object()}, dict[str, Any]),
        (None, str | None),
    ],
)
def test_what_fits_passes(value, annotation):
    check_field('field', value, annotation)


@pytest.mark.parametrize(
    ('value', 'annotation', 'words'),
    [
        (True, int, 'a whole number, but is True'),
        (1.0, int, 'a whole number, but is 1.0'),
        (1, bool, 'True or False, but is 1'),
        (10**400, float, 'a number, but is 1000'),
        ((1.0,), tuple[float, float], r'a list of 2 \(a number, a number\), but is'),
        ('abc', tuple[str, ...], "a list (a text each), but is 'abc'"),
        ({'a': 1}, dict[str, dict], "a dict, but is {'a': 1}"),
        (2, str | None, 'a text or None, but is 2'),
        (1.5, Share, 'a number from 0 to 1, but is 1.5'),
    ],
)
def test_what_does_not_fit_is_said(value, annotation, words):
    words = words if '\\' in words else words.replace('(', r'\(').replace(')', r'\)')
    with pytest.raises(ValueError, match=f'^field must be {words}'):
        check_field('field', value, annotation)


def test_a_class_of_your_own_is_checked_too():
    class Mine:
        def __init__(self, weight: Share = 0.5) -> None:
            self.weight = weight

    check_fields(Mine)
    assert Mine(1).weight == 1
    with pytest.raises(ValueError, match=r'^Mine\.weight must be a number from 0 to 1'):
        Mine(2)
