"""The index of models names what is there, with the figures of the model card."""

import pytest
import yaml
from mmengine.config import Config

from mmposenorm.checkpoints import load_from_package


@pytest.fixture(scope='module')
def models(repository):
    index = yaml.safe_load((repository / 'model-index.yml').read_text())
    texts = [(repository / name).read_text() for name in index['Import']]
    files = [yaml.safe_load(text) for text in texts]
    collections = {c['Name'] for file in files for c in file['Collections']}
    models = [model for file in files for model in file['Models']]
    assert {model['In Collection'] for model in models} == collections
    return models


def test_its_configs_and_weights_exist(models, repository):
    for model in models:
        assert 'model' in Config.fromfile(repository / model['Config'])
        assert load_from_package(model['Weights'])['state_dict']


def test_its_figures_are_those_of_the_model_card(models, repository):
    card = (repository / 'mmposenorm' / 'weights' / 'README.md').read_text()
    for model in models:
        for result in model['Results']:
            for name, figure in result['Metrics'].items():
                assert str(figure) in card, f'{model["Name"]}: {name}'
