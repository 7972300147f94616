from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version

import pytest

import mmposenorm
from mmposenorm.cli import doctor
from mmposenorm.keypoints import mmpose_pose


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    monkeypatch.setattr(mmpose_pose, 'is_cached_or_reachable', lambda address: False)


def without(monkeypatch, *missing):
    """Let packages look as if they were not installed."""

    def find(name):
        if name in missing:
            raise PackageNotFoundError(name)
        return '1.2.3'

    monkeypatch.setattr(doctor, 'version', find)


def test_versions_and_the_digest_of_the_weights_are_told(repository, capsys):
    doctor.main([])
    said = capsys.readouterr().out
    weights = (repository / 'mmposenorm/weights/posenorm.pth').read_bytes()
    assert said.startswith(f'mmposenorm {mmposenorm.__version__}\n')
    assert f'  torch: {version("torch")}\n' in said
    assert f'intact, 22 MB, SHA-256 {sha256(weights).hexdigest()}\n' in said
    assert said.endswith('Videos can be compared.\n')


def test_what_is_needed_and_missing_is_an_error(monkeypatch, capsys):
    without(monkeypatch, 'roma')
    with pytest.raises(SystemExit, match=r'Missing: roma\. Videos cannot be') as stop:
        doctor.main([])
    assert isinstance(stop.value.code, str)  # exit code 1
    said = capsys.readouterr().out
    assert '  roma: MISSING (make install, or: pip install roma)\n' in said


def test_what_is_not_needed_may_be_missing(monkeypatch, capsys):
    without(monkeypatch, 'ezc3d', 'rtmlib', 'mmcv', 'opencv-python')
    doctor.main([])
    said = capsys.readouterr().out
    assert (
        'ezc3d: not available (only needed for --export c3d: pip install ezc3d)\n'
        in said
    )
    assert "rtmlib: not available (pip install 'mmposenorm[rtmlib]')\n" in said
    assert 'opencv-python: opencv-python-headless 1.2.3\n' in said
    assert (
        'MMPose: not available (installed, but its weights cannot be downloaded' in said
    )


@pytest.mark.parametrize('reachable', [True, False])
def test_one_detector_is_needed(monkeypatch, capsys, reachable):
    without(monkeypatch, 'mediapipe', 'rtmlib')
    monkeypatch.setattr(
        mmpose_pose, 'is_cached_or_reachable', lambda address: reachable
    )
    if reachable:
        doctor.main([])
        assert 'mmcv 1.2.3, mmdet 1.2.3, with weights' in capsys.readouterr().out
    else:
        with pytest.raises(SystemExit, match='Missing: a detector of 2D poses'):
            doctor.main([])


def test_damaged_weights_are_an_error(monkeypatch, tmp_path, capsys):
    (tmp_path / 'weights').mkdir()
    (tmp_path / 'weights/posenorm.pth').write_bytes(b'damaged')
    monkeypatch.setattr(doctor, 'files', lambda package: tmp_path)
    with pytest.raises(SystemExit, match='Missing: weights'):
        doctor.main([])
    assert 'is damaged' in capsys.readouterr().out


def test_an_old_python_is_an_error(monkeypatch):
    monkeypatch.setattr(doctor, '_OLDEST_PYTHON', (9, 0))
    with pytest.raises(SystemExit, match='Missing: Python'):
        doctor.main([])
