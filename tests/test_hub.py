"""MMEngine's hub and configs of other projects find what this package ships."""

import mmengine.config.utils
import mmengine.utils.package_utils
import pytest
import torch
from mmengine.config import Config
from mmengine.hub import get_config, get_model

import mmposenorm.hub  # noqa: F401
from mmposenorm.checkpoints import load_from_package, load_model


def test_config_is_found_by_its_name():
    config = get_config('mmposenorm::posenorm_cmu_small.py')
    assert config.model.type == 'PoseNormalizer'
    assert config.model.encoder.channels == 256


def test_config_in_a_folder_is_found():
    assert get_config('mmposenorm::table3/gcn.py').model.type == 'PoseEmbedder'


def test_config_names_the_weights_that_ship():
    config = get_config('mmposenorm::posenorm_mocap.py', pretrained=True)
    assert config.model_path == 'mmposenorm://pose_normalizer'


def test_other_configs_can_build_on_ours(tmp_path):
    recipe = tmp_path / 'recipe.py'
    recipe.write_text("_base_ = 'mmposenorm::posenorm_cmu.py'\n")
    assert Config.fromfile(recipe).model.type == 'PoseNormalizer'


def test_pretrained_embedder_is_the_shipped_one():
    model = get_model('mmposenorm::embedder_retrieval.py', pretrained=True)
    assert_same_weights(model, load_model())


def test_pretrained_normalizer_is_that_of_the_shipped_embedder():
    model = get_model('mmposenorm::posenorm_mocap.py', pretrained=True)
    assert_same_weights(model, load_model().normalizer)


def assert_same_weights(model, expected):
    torch.testing.assert_close(
        dict(model.state_dict()), dict(expected.state_dict()), rtol=0, atol=0
    )


def test_unknown_weights_are_refused_with_the_known_names():
    with pytest.raises(FileNotFoundError, match=r'normalizer or \S+embedder\.'):
        load_from_package('mmposenorm://lifter')


def test_other_packages_are_found_as_before():
    split = mmengine.config.utils._get_package_and_cfg_path
    assert split('mmseg::unet/unet.py') == ('mmsegmentation', 'unet/unet.py')
    with pytest.raises(AssertionError, match='does not support to load elsewhere'):
        split('elsewhere::unet/unet.py')
    utils = mmengine.utils.package_utils
    assert utils.get_installed_path('mmengine').endswith('mmengine')
    assert utils.is_installed('mmengine')
    assert not utils.is_installed('no_such_package')
