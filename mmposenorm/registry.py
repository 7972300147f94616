"""The plugin's nodes in MMEngine's registry tree, under the scope ``mmposenorm``.

With ``default_scope = 'mmposenorm'`` in a config, MMEngine imports this module
by itself, and a node imports its ``locations`` the first time a name is looked
up in it; no ``custom_imports`` is needed. From another scope, e.g. in a recipe
of mmpose, write ``type='mmposenorm.PoseNormalizer'``.
"""

from inspect import isclass
from typing import Any

from mmengine import registry as mmengine_registry
from mmengine.registry import Registry

from mmposenorm.fields import check_fields

_SCOPE = 'mmposenorm'


class _Registry(Registry):
    """A registry whose classes check the fields of their configs."""

    def _register_module(self, module: Any, *args: Any, **options: Any) -> None:
        if isclass(module):
            check_fields(module)
        super()._register_module(module, *args, **options)


def _child(name: str, *locations: str) -> Registry:
    parent = getattr(mmengine_registry, name)
    return _Registry(
        parent.name, parent=parent, scope=_SCOPE, locations=list(locations)
    )


# Registries to which this package adds.
DATASETS = _child('DATASETS', 'mmposenorm.datasets')
DATA_SAMPLERS = _child('DATA_SAMPLERS', 'mmposenorm.datasets')
TRANSFORMS = _child(
    'TRANSFORMS',
    'mmposenorm.transforms',
    'mmposenorm.datasets',
    'mmposenorm.evaluation',
)
FUNCTIONS = _child('FUNCTIONS', 'mmposenorm.transforms')
MODELS = _child('MODELS', 'mmposenorm.models')
METRICS = _child('METRICS', 'mmposenorm.evaluation')
HOOKS = _child('HOOKS', 'mmposenorm.engine.hooks')
OPTIMIZERS = _child('OPTIMIZERS', 'mmposenorm.engine.optimizers')
OPTIM_WRAPPERS = _child('OPTIM_WRAPPERS', 'mmposenorm.engine.optimizers')
PARAM_SCHEDULERS = _child('PARAM_SCHEDULERS', 'mmposenorm.engine.schedulers')
INFERENCERS = _child('INFERENCERS', 'mmposenorm.inference')

# Registries that a run looks up in our scope but to which only MMEngine adds. Without
# a node of ours, each look-up would log a warning.
_OURS = {
    'DATASETS',
    'DATA_SAMPLERS',
    'TRANSFORMS',
    'FUNCTIONS',
    'MODELS',
    'METRICS',
    'HOOKS',
    'OPTIMIZERS',
    'OPTIM_WRAPPERS',
    'PARAM_SCHEDULERS',
    'INFERENCERS',
}
_BORROWED = {
    name: _child(name)
    for name, value in vars(mmengine_registry).items()
    if isinstance(value, Registry) and name not in _OURS
}
