"""MIM finds the configs, tools and weights of an installed wheel."""

import pytest
import yaml


@pytest.fixture
def package(installed_wheel):
    """Return the folder of the package."""
    return installed_wheel / 'mmposenorm'


@pytest.mark.parametrize('folder', ['configs', 'tools'])
def test_wheel_holds_every_file_of_the_folder(folder, package, repository):
    expected = files_of(repository / folder)
    assert files_of(package / '.mim' / folder) == expected
    assert expected


def files_of(folder):
    return {
        path.relative_to(folder): path.read_text()
        for path in folder.rglob('*')
        if path.is_file() and '__pycache__' not in path.parts
    }


def test_model_index_of_the_wheel_names_files_of_the_wheel(package):
    mim = package / '.mim'
    index = yaml.safe_load((mim / 'model-index.yml').read_text())
    metafiles = [yaml.safe_load((mim / name).read_text()) for name in index['Import']]
    models = [model for metafile in metafiles for model in metafile['Models']]
    assert models
    assert all((mim / model['Config']).is_file() for model in models)


def test_mim_finds_a_config_by_its_name_once(package):
    # `mim train` searches the whole package, and refuses a name that is there twice.
    assert [path.parent.name for path in package.rglob('posenorm_cmu_small.py')] == [
        'configs'
    ]
