"""Names that docstrings of the package link to exist."""

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

from mmposenorm import evaluation

LINK = re.compile(r':(?:func|class|data|mod):`(mmposenorm\.[\w.]+)`')
MODULES = [module.name for module in pkgutil.iter_modules(evaluation.__path__)]


def resolve(name):
    """Import a dotted name."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        module, _, attribute = name.rpartition('.')
        return getattr(importlib.import_module(module), attribute)


@pytest.mark.parametrize('module', MODULES)
def test_linked_names_exist(module):
    source = Path(evaluation.__path__[0], f'{module}.py').read_text()
    for name in LINK.findall(source):
        resolve(name)
