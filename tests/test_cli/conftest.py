"""Commands run in an empty folder, with small weights."""

import numpy as np
import pytest
from tiny_weights import NORMALIZER, tiny_weights
from waving_people import FPS, people_at

from mmposenorm.keypoints import save_people


@pytest.fixture
def run_command(tmp_path, monkeypatch):
    """Return what runs the ``main`` of a command with arguments."""
    weights = tiny_weights(tmp_path / 'tiny.pth', NORMALIZER)
    monkeypatch.chdir(tmp_path)

    def run(main, *arguments):
        given = [str(argument) for argument in arguments]
        if '--checkpoint' not in given:
            given += ['--checkpoint', str(weights)]
        main(given)

    return run


@pytest.fixture
def clips(tmp_path):
    """Return two files of keypoints: B is A at another speed."""
    save_people(tmp_path / 'a.npz', people_at(range(20), fps=FPS))
    save_people(tmp_path / 'b.npz', people_at(np.arange(0, 20, 0.5)))
    return tmp_path / 'a.npz', tmp_path / 'b.npz'
