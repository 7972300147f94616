"""Let MMEngine find the package's configs and weights by name.

.. code-block:: python

    import mmposenorm.hub
    from mmengine.hub import get_config, get_model

    config = get_config('mmposenorm::posenorm_cmu_small.py')
    model = get_model('mmposenorm::embedder_retrieval.py', pretrained=True)

Likewise, a config may begin with ``_base_ = 'mmposenorm::posenorm_cmu.py'``. MMEngine
itself supports only OpenMMLab's own packages, requires a folder in the name of a
config, does not find editable installs and needs a setuptools older than 82. Importing
this module replaces three of its functions by ones that differ only for ``mmposenorm``.
"""

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path

import mmengine.config.utils
import mmengine.registry
import mmengine.utils.package_utils

_PACKAGE = Path(__file__).parent
# Modules that hold these functions. Modules that are imported later take ours from the
# first two.
_HOLDERS = (
    'mmengine.config.utils',
    'mmengine.utils.package_utils',
    'mmengine.utils',
    'mmengine.config.config',
    'mmengine.hub.hub',
)


def register_all_modules(init_default_scope: bool = True) -> None:
    """Make everything that this package registers available; MMEngine's hub calls this.

    MMEngine imports classes when they are looked up, so this only adds the shipped
    weights, ``mmposenorm://pose_normalizer`` and ``mmposenorm://pose_embedder``.

    Args:
        init_default_scope: Whether names without a scope are looked up in this package
            from now on.
    """
    import mmposenorm.checkpoints  # noqa: F401

    if init_default_scope:
        mmengine.registry.init_default_scope(_PACKAGE.name)


def _package_and_config(others: Callable) -> Callable:
    @wraps(others)
    def split(cfg_path: str) -> tuple[str, str]:
        package, _, config = cfg_path.partition('::')
        return (package, config) if package == _PACKAGE.name else others(cfg_path)

    return split


def _installed_path(others: Callable) -> Callable:
    @wraps(others)
    def find(package: str) -> str:
        return str(_PACKAGE) if package == _PACKAGE.name else others(package)

    return find


def _is_installed(others: Callable) -> Callable:
    @wraps(others)
    def check(package: str) -> bool:
        return package == _PACKAGE.name or others(package)

    return check


def _replace(function: Callable, ours: Callable) -> None:
    for module in map(sys.modules.get, _HOLDERS):
        if getattr(module, function.__name__, None) is function:
            setattr(module, function.__name__, ours)


for _function, _ours in (
    (mmengine.config.utils._get_package_and_cfg_path, _package_and_config),
    (mmengine.utils.package_utils.get_installed_path, _installed_path),
    (mmengine.utils.package_utils.is_installed, _is_installed),
):
    _replace(_function, _ours(_function))
