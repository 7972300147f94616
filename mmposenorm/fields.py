"""The fields of a config, checked before what it describes is built.

Every class in our registries is checked by the annotations of its constructor. Types
such as :data:`Share` also bound a value, so that a constructor need only check what
depends on several of its fields.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, wraps
from inspect import Parameter, Signature, isclass, signature
from math import isfinite
from numbers import Integral, Real
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin
from typing import get_type_hints as resolve


class Bounds(NamedTuple):
    """The numbers that a field may have."""

    words: str
    low: float
    high: float
    above: bool = False  # whether the lowest is excluded


Share = Annotated[float, Bounds('from 0 to 1', 0, 1)]
Dropout = Annotated[float, Bounds('from 0 to 0.99', 0, 0.99)]
NotNegative = Annotated[float, Bounds('of 0 or more', 0, 1e6)]
Positive = Annotated[float, Bounds('above 0', 0, 1e6, above=True)]
Fps = Annotated[float, Bounds('from 1 to 1000', 1, 1000)]
Count = Annotated[int, Bounds('of 1 or more', 1, 2**24)]
CountFromZero = Annotated[int, Bounds('of 0 or more', 0, 2**24)]
Width = Annotated[int, Bounds('from 1 to 16384', 1, 2**14)]
Depth = Annotated[int, Bounds('from 0 to 64', 0, 64)]
Seed = Annotated[int, Bounds('from 0 to 4294967295', 0, 2**32 - 1)]

_WORDS = {
    bool: 'True or False',
    float: 'a number',
    int: 'a whole number',
    str: 'a text',
    dict: 'a dict',
    NoneType: 'None',
    Path: 'a path',
}


def check_fields(cls: type) -> None:
    """Let a class check the values that its constructor is given.

    Args:
        cls: The class; changed in place if it has a constructor of its own.
    """
    constructor = vars(cls).get('__init__')
    if constructor is None:
        return
    parameters = signature(constructor)

    # Of this name, since errors are judged by it; see engine/runtime.py.
    @wraps(constructor)
    def __init__(self: Any, *args: Any, **fields: Any) -> None:  # noqa: N807
        owner = type(self).__name__
        _check_names(owner, parameters, fields)
        given = parameters.bind_partial(self, *args, **fields).arguments
        annotations = _annotations(constructor)
        for name in given.keys() & annotations.keys():
            if parameters.parameters[name].kind is not Parameter.VAR_KEYWORD:
                check_field(f'{owner}.{name}', given[name], annotations[name])
        constructor(self, *args, **fields)

    cls.__init__ = __init__  # type: ignore[misc]


def check_field(name: str, value: Any, annotation: Any) -> None:
    """Refuse a value that does not fit the type of a field.

    Args:
        name: The field, with what it belongs to.
        value: Its value.
        annotation: Its type; may have :class:`Bounds`.

    Raises:
        ValueError: If it does not fit.
    """
    if not _fits(value, annotation):
        given = repr(value)
        given = given if len(given) <= 60 else f'{given[:60]}...'
        raise ValueError(
            f'{name} must be {_words(annotation)}, but is {given}. Change it in the '
            'config, or where it is given.'
        )


def _check_names(owner: str, parameters: Signature, fields: dict[str, Any]) -> None:
    known = parameters.parameters
    if any(known[name].kind is Parameter.VAR_KEYWORD for name in known):
        return
    for name in fields.keys() - known.keys():
        raise TypeError(
            f'{owner} got an unexpected keyword argument {name!r}; expected '
            f'{" or ".join([*known][1:]) or "none"}'
        )


@cache
def _annotations(constructor: Callable) -> dict[str, Any]:
    try:
        return resolve(constructor, include_extras=True)
    except NameError:  # of what only type checkers import
        written = getattr(constructor, '__annotations__', {})
        return {name: a for name, a in written.items() if not isinstance(a, str)}


def _fits(value: Any, annotation: Any) -> bool:
    kind, arguments = get_origin(annotation), get_args(annotation)
    if kind is Annotated:
        bounds = [b for b in annotation.__metadata__ if isinstance(b, Bounds)]
        return _fits(value, arguments[0]) and all(_within(value, b) for b in bounds)
    if kind in (Union, UnionType):
        return any(_fits(value, argument) for argument in arguments)
    if kind is Literal:
        return value in arguments
    if kind is tuple:
        is_list = isinstance(value, list | tuple)
        if arguments[-1] is ...:
            return is_list and all(_fits(item, arguments[0]) for item in value)
        return (
            is_list
            and len(value) == len(arguments)
            and all(map(_fits, value, arguments))
        )
    if kind in (Sequence, list):
        is_list = isinstance(value, Sequence) and not isinstance(value, str | bytes)
        return is_list and all(_fits(item, arguments[0]) for item in value)
    if kind is dict and arguments:
        return isinstance(value, Mapping) and all(
            _fits(key, arguments[0]) and _fits(item, arguments[1])
            for key, item in value.items()
        )
    return _is_a(value, kind or annotation)


def _is_a(value: Any, cls: Any) -> bool:
    if cls is int:
        return isinstance(value, Integral) and not isinstance(value, bool)
    if cls is float:
        is_number = isinstance(value, Real) and not isinstance(value, bool)
        return is_number and abs(value) < 2**1000 and isfinite(value)
    return (
        cls is Any
        or not isclass(cls)
        or getattr(cls, '_is_protocol', False)
        or isinstance(value, cls)
    )


def _within(value: Any, bounds: Bounds) -> bool:
    if bounds.above and value == bounds.low:
        return False
    return bounds.low <= value <= bounds.high


def _words(annotation: Any) -> str:
    kind, arguments = get_origin(annotation), get_args(annotation)
    if kind is Annotated:
        return ' '.join([_words(arguments[0]), *(b.words for b in arguments[1:])])
    if kind in (Union, UnionType):
        return ' or '.join(dict.fromkeys(map(_words, arguments)))
    if kind is Literal:
        return ' or '.join(map(repr, arguments))
    if kind is tuple and arguments[-1] is not ...:
        return f'a list of {len(arguments)} ({", ".join(map(_words, arguments))})'
    if kind in (tuple, Sequence, list):
        return f'a list ({_words(arguments[0])} each)'
    kind = kind or annotation
    return _WORDS.get(kind) or f'a {getattr(kind, "__name__", kind)}'
