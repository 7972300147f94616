import pytest
from mmengine.registry import Registry
from mmengine.registry import root as mmengine_root

import mmposenorm.models
from mmposenorm import registry


@pytest.mark.parametrize('name', sorted(registry._OURS))
def test_every_registry_imports_what_it_holds_when_a_name_is_looked_up(name):
    node = getattr(registry, name)
    assert isinstance(node, Registry)
    assert node.scope == 'mmposenorm'
    assert node.get('NothingOfThisName') is None
    assert len(node) > 0


def test_every_registry_of_mmengine_has_a_node_in_our_scope():
    names = {name for name, x in vars(mmengine_root).items() if isinstance(x, Registry)}
    assert names <= registry._OURS | registry._BORROWED.keys()


def test_exported_models_are_registered():
    for name in mmposenorm.models.__all__:
        assert registry.MODELS.get(name) is getattr(mmposenorm.models, name)
