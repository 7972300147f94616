"""tools/show_correspondence.py on made-up motions."""

import importlib.util

import cv2
import numpy as np
import pytest
from tiny_weights import EMBEDDER, tiny_weights

from mmposenorm.datasets.synthetic.exercise import draw_squats


@pytest.fixture
def tool(repository):
    path = repository / 'tools' / 'show_correspondence.py'
    spec = importlib.util.spec_from_file_location('show_correspondence', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def trials(tmp_path):
    np.savez(tmp_path / 'trials.npz', once=draw_squats(1), twice=draw_squats(2))
    return tmp_path / 'trials.npz'


def test_matching_frames_are_drawn(tool, trials, tmp_path, capsys):
    weights = tiny_weights(tmp_path / 'tiny.pth', EMBEDDER)
    picture = tmp_path / 'out' / 'squats.png'
    names = [f'{trials}:once', f'{trials}:twice']
    tool.main([*names, '--checkpoint', str(weights), '--out', str(picture)])
    image = cv2.imread(str(picture))
    assert image.shape[1] == 8 * 190
    assert (image < 200).any()
    said = capsys.readouterr().out
    assert 'of 150 frames of A with' in said
    assert f'Wrote {picture}.' in said


def test_cameras_stand_on_the_sides_they_are_told(tool):
    motion = draw_squats(1)
    left, front, right = (tool.film(motion, yaw)[0] for yaw in (60, 0, -60))
    shoulders = [points[11, 0] - points[14, 0] for points in (left, front, right)]
    # The left shoulder is on the right in the picture, and farthest from the front.
    assert shoulders[1] > max(shoulders[0], shoulders[2]) > 0


@pytest.mark.parametrize(
    ('name', 'said'),
    [
        ('trials.npz', 'Expected FILE.npz:TRIAL, but got'),
        ('trials.npz:walk', r"has no trial 'walk'; it has 2: once, twice\."),
        ('nowhere.npz:walk', 'nowhere.npz'),
    ],
)
def test_wrong_names_are_told(tool, trials, monkeypatch, name, said):
    monkeypatch.chdir(trials.parent)
    with pytest.raises(SystemExit, match=said):
        tool.main([name, 'trials.npz:once'])
