"""That tools/tables/tell_differences.py counts what is named."""

import sys
from types import SimpleNamespace

import pytest
from known_results import squats
from tiny_weights import EMBEDDER, tiny_weights

from mmposenorm import compare
from mmposenorm.datasets.synthetic import (
    write_synthetic_mocap,
    write_synthetic_penn_action,
)


@pytest.fixture
def tell(tool):
    yield tool('tell_differences')
    for name in ('tell_differences', 'evaluate_weights'):
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    ('wrong', 'expected', 'told'),
    [
        ({'elbow': 80}, 'left_elbow_flexion', (True, False)),
        ({'elbow': 80}, 'left_knee_flexion', (False, True)),
        ({'arm_delay': 0.4}, 'timing of the left arm', (True, False)),
        ({'arm_delay': 0.4}, 'left_shoulder_elevation', (False, True)),
        ({}, 'left_elbow_flexion', (False, False)),
    ],
)
def test_the_first_difference_decides(tell, wrong, expected, told):
    assert tell.is_told(compare(squats(), squats(**wrong)), expected) == told


def test_a_missing_squat_is_told(tell):
    assert tell.is_told(compare(squats(3), squats(2)), 'missing') == (True, False)


def test_everything_is_measured(tell, tmp_path, monkeypatch, capsys):
    write_synthetic_mocap(tmp_path / 'cmu_h36m17' / 'test.npz', 4, 60, seed=0)
    write_synthetic_penn_action(tmp_path / 'penn_action', 12)
    monkeypatch.setattr(tell, 'MOCAP', {'CMU test': 'cmu_h36m17/test.npz'})
    monkeypatch.setattr(tell, 'SIDES', [45])
    monkeypatch.setattr(tell, 'NOISES', [0.0])
    monkeypatch.setattr(tell, 'roc_auc_score', lambda *_: 0.5)
    weights = str(tiny_weights(tmp_path / 'tiny.pth', EMBEDDER))
    tell.main(['--checkpoint', weights, '--data', str(tmp_path), '--pairs', '3'])
    said = capsys.readouterr().out
    assert 'left elbow bent by 80 degrees' in said
    assert 'front and yaw+90: of ' in said
    assert 'Penn Action: AUC 0.500' in said


def test_pairs_are_of_two_clips(tell):
    clips = [
        (action, f'{action}{i}', SimpleNamespace()) for action in 'xy' for i in 'ab'
    ]
    drawn = list(tell.draw_pairs(clips, 100))
    assert sum(is_equal for *_, is_equal in drawn) == 4
    assert len(drawn) == 4 + 8
    assert all(a is not b for a, b, _ in drawn)
