import sys
from importlib import import_module

import numpy as np
import pytest
import torch
from mmengine.registry import Registry
from mmengine.visualization import TensorboardVisBackend

from mmposenorm.checkpoints import load_model
from mmposenorm.engine.optimizers import MuonWithAdamW
from mmposenorm.engine.runtime import one_sentence_errors
from mmposenorm.geometry.distances import pairwise_mpjpe


def refused(value):
    raise ValueError(f'{value} is not a number.\nGive one.')


def a_bug_of_numpy():
    return np.zeros(3) + np.zeros(4)


def a_bug_in_numpys_python():
    return np.stack([np.zeros(3), np.zeros(4)])


def importing_what_is_not_there():
    from mmposenorm.registry import NOTHING  # noqa: F401


def a_wrong_call():
    return refused(vlaue=1)


def test_a_refused_value_ends_in_one_sentence():
    with pytest.raises(SystemExit) as ended, one_sentence_errors():
        load_model(config='posenorm_cmu.py')
    assert str(ended.value.code).startswith('config is posenorm_cmu.py, but there is')


def test_a_tools_own_refusal_is_one_line(monkeypatch):
    # A tool is the program itself.
    monkeypatch.setitem(refused.__globals__, '__name__', '__main__')
    with pytest.raises(SystemExit) as ended, one_sentence_errors():
        refused('x')
    assert ended.value.code == 'x is not a number. Give one.'


def test_a_missing_optional_package_ends_in_one_sentence(monkeypatch, tmp_path):
    for name in ('torch.utils.tensorboard', 'tensorboardX'):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(SystemExit) as ended, one_sentence_errors():
        TensorboardVisBackend(str(tmp_path)).experiment  # noqa: B018
    assert 'pip install future tensorboard' in ended.value.code


def test_an_older_pytorch_ends_in_one_sentence(monkeypatch):
    monkeypatch.delattr(torch.optim, 'Muon')
    with pytest.raises(SystemExit) as ended, one_sentence_errors():
        MuonWithAdamW([])
    assert ended.value.code.startswith('MuonWithAdamW needs PyTorch 2.9')


def test_a_missing_file_ends_in_one_sentence(tmp_path):
    with pytest.raises(SystemExit) as ended, one_sentence_errors():
        (tmp_path / 'none.txt').read_text()
    expected = f'{tmp_path}/none.txt: No such file or directory. Give another path.'
    assert ended.value.code == expected


def test_a_wrong_argument_in_a_config_ends_in_one_sentence():
    registry = Registry('parts')
    registry.register_module('Refused', module=refused)
    with pytest.raises(SystemExit) as ended, one_sentence_errors():
        registry.build({'type': 'Refused', 'vlaue': 1})
    assert "'vlaue'. Check the config" in ended.value.code


@pytest.mark.parametrize(
    ('bug', 'error'),
    [
        (a_bug_of_numpy, ValueError),
        (a_bug_in_numpys_python, ValueError),
        (a_wrong_call, TypeError),
        (lambda: {}['x'], KeyError),
        (lambda: import_module('mmposenorm.nothing'), ModuleNotFoundError),
        (importing_what_is_not_there, ImportError),
        (lambda: iter(1), TypeError),
        (lambda: pairwise_mpjpe(None, None), AttributeError),
    ],
)
def test_bugs_keep_their_traceback(bug, error):
    with pytest.raises(error), one_sentence_errors():
        bug()
