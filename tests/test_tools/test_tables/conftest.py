"""Import the modules of tools/tables, as Python does when it runs one of them."""

import importlib
import sys

import pytest


@pytest.fixture
def tool(repository, monkeypatch):
    """Return a function that imports a module of tools/tables."""
    monkeypatch.syspath_prepend(repository / 'tools' / 'tables')
    before = set(sys.modules)
    yield importlib.import_module
    for name in {'align_views', 'recognize_actions', 'warped_views'} - before:
        sys.modules.pop(name, None)
