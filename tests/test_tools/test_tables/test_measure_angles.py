"""That tools/tables/measure_angles.py measures angles in degrees."""

import json
import sys

import numpy as np
import pytest
from tiny_weights import EMBEDDER, tiny_weights

from mmposenorm.datasets.synthetic import write_synthetic_mocap
from mmposenorm.datasets.synthetic.exercise import draw_squats
from mmposenorm.geometry.angles import ANGLES


@pytest.fixture
def angles(tool):
    yield tool('measure_angles')
    for name in ('measure_angles', 'evaluate_weights'):
        sys.modules.pop(name, None)


@pytest.fixture
def people(tmp_path):
    """Three people squat right, one of them with an elbow bent by 60 degrees more."""
    file = tmp_path / 'mocap' / 'uiprmd.npz'
    file.parent.mkdir()
    index, clips = [], {}
    for who, elbow in (('x', 0), ('y', 0), ('z', 60)):
        clips[who] = draw_squats(1, elbow=elbow)
        clips[f'{who}_wrong'] = draw_squats(1, knee=50)
        index += [
            {'key': key, 'file': file.name, 'subject': who, 'movement': 1,
             'correct': 'wrong' not in key}
            for key in (who, f'{who}_wrong')
        ]  # fmt: skip
    np.savez(file, **clips)
    file.with_name('index.json').write_text(json.dumps(index))
    return file


def test_the_spread_is_that_of_people_who_do_it_right(angles, people):
    spread = dict(zip(ANGLES, angles.measure_spread(people, 10), strict=True))
    # Of three pairs, two differ by 60 degrees in the left elbow and in nothing else.
    assert spread['left_elbow_flexion'] == pytest.approx(40, abs=1)
    assert spread['left_knee_flexion'] == pytest.approx(0, abs=1)
    assert spread['trunk_lean_forward'] == pytest.approx(0, abs=1)


def test_the_file_has_a_number_for_every_angle(angles, people, monkeypatch):
    data = people.parents[1]
    write_synthetic_mocap(data / 'cmu_h36m17' / 'test.npz', 2, 60, seed=0)
    monkeypatch.setattr(angles, 'MOCAP', {'CMU test': 'cmu_h36m17/test.npz'})
    monkeypatch.setattr(angles, 'MEASURED', ('CMU test',))
    weights = str(tiny_weights(data / 'tiny.pth', EMBEDDER))
    out = data / 'angles.json'
    options = ['--data', str(data), '--motions', '1', '--out', str(out)]
    angles.main(['--checkpoint', weights, *options])
    written = json.loads(out.read_text())
    assert set(written) == {'error', 'per_sigma', 'spread'}
    for values in written.values():
        assert list(values) == list(ANGLES)
    assert 0 < written['error']['left_knee_flexion'] < 180
    assert written['per_sigma']['left_knee_flexion'] == 0  # it expects no error
