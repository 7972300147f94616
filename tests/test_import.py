"""What ``import mmposenorm`` loads, and that its names are there when they are used."""

import subprocess
import sys

import pytest

import mmposenorm


def in_a_fresh_process(program):
    command = [sys.executable, '-c', program]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_importing_loads_nothing_heavy():
    loaded = in_a_fresh_process(
        'import sys; import mmposenorm; print(*sys.modules, sep="\\n")'
    ).split()
    ours = [name for name in loaded if name.startswith('mmposenorm')]
    assert ours == ['mmposenorm']
    assert not {'torch', 'numpy', 'cv2', 'argparse', 'mmengine'} & set(loaded)


def test_geometry_is_used_without_video_data_sets_or_runners():
    loaded = in_a_fresh_process(
        'import sys; from mmposenorm import forward_kinematics, align; '
        'print(*sys.modules, sep="\\n")'
    ).split()
    heavy = {'cv2', 'mmengine.runner', 'mmposenorm.datasets', 'matplotlib', 'sklearn'}
    assert not heavy & set(loaded)


@pytest.mark.parametrize('name', mmposenorm.__all__)
def test_every_public_name_is_there(name):
    assert name in dir(mmposenorm)
    assert getattr(mmposenorm, name) is not None


def test_another_name_is_told_as_python_tells_it():
    with pytest.raises(AttributeError, match="'mmposenorm' has no attribute 'nobody'"):
        _ = mmposenorm.nobody
