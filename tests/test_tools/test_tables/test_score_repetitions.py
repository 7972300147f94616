import json

import numpy as np
import pytest
from stick_figures import bump, clip_of, stick_figure
from tiny_weights import EMBEDDER, tiny_weights

from mmposenorm.datasets.synthetic.exercise import draw_squats


@pytest.fixture
def score_repetitions(tool):
    return tool('score_repetitions')


def repetition(tool, person, right=True, **lifted):
    clip = clip_of(stick_figure(np.zeros(60), **lifted))
    return tool.Repetition('lift an arm', person, right, {}, clip)


def test_references_are_other_people_of_the_same_side(score_repetitions):
    left = {'left_arm': 90 * bump(60)}
    right_side = {'right_arm': 90 * bump(60)}
    people = {
        'a': [repetition(score_repetitions, 'a', **left)],
        'b': [repetition(score_repetitions, 'b', left_arm=80 * bump(60))],
        'c': [repetition(score_repetitions, 'c', **right_side)],
        'd': [repetition(score_repetitions, 'd', left_arm=98 * bump(60))],
    }
    assert score_repetitions.same_side('a', people) == ['b', 'd']


def test_area_worked_out_by_hand(score_repetitions):
    # Of four pairs of a wrong and a right one, three are in order; of one, all.
    groups = {
        ('x', True): [1, 3],
        ('x', False): [2, 4],
        ('y', True): [1],
        ('y', False): [5],
    }
    assert score_repetitions.area(groups) == pytest.approx((3 / 4 + 1) / 2)


def test_usual_deviations_and_the_curve_worked_out_by_hand(score_repetitions):
    # Pair n deviates by n in all angles and directions, and by n more in the angles of
    # the left and in the direction of the left thigh.
    sides = np.array([0, 0, 0, 0, *[1, 0] * 7])
    directions = 1 + np.eye(10)[2]
    pairs = [
        score_repetitions.Pair(
            0,
            score_repetitions.Deviations(
                n * (1 + sides), n * directions, 2 * n * directions
            ),
        )
        for n in np.arange(1.0, 102)
    ]
    curve = score_repetitions.calibrate(pairs)
    # The mean of 1, ..., 101 is 51.
    np.testing.assert_allclose(curve['ranges'], [51] * 4 + [76.5] * 14)
    np.testing.assert_allclose(curve['directions'], [76.5, 51, 76.5, *[51] * 7])
    np.testing.assert_allclose(curve['lasting'], [153, 102, 153, *[102] * 7])


@pytest.fixture
def data(tmp_path):
    """Right and wrong squats of two people to train on and of two others."""
    folder = tmp_path / 'mocap'
    folder.mkdir()
    index = []
    for file, people in (('uiprmd', 'ab'), ('uiprmd_dev', 'cd')):
        clips = {}
        for person in people:
            for end, wrong in (('', {}), ('_inc', {'elbow': 90})):
                name = f'm01_{person}{end}'
                clips[name] = draw_squats(1, **wrong)
                label = f'deep squat{" (incorrect)" if end else ""}'
                described = {'file': f'{file}.npz', 'subject': person, 'fps': 50}
                index.append({'key': name, 'label': label, **described})
        np.savez(folder / f'{file}.npz', **clips)
    (folder / 'index.json').write_text(json.dumps(index))
    return tmp_path


def test_wrong_repetitions_are_compared_with_right_ones_of_their_movement(
    score_repetitions, data, monkeypatch, capsys
):
    curve_file = data / 'curve.json'
    curve_file.write_text(score_repetitions.CURVE_FILE.read_text())
    monkeypatch.setattr(score_repetitions, 'CURVE_FILE', curve_file)
    weights = str(tiny_weights(data / 'tiny.pth', EMBEDDER))
    options = ['--checkpoint', weights, '--data', str(data), '--queries', '1']
    score_repetitions.main([*options, '--write'])
    said = capsys.readouterr().out
    assert '| exact 2D | ' in said
    assert "| with a detector's errors | " in said
    written = json.loads(curve_file.read_text())
    assert written['shares'] == list(score_repetitions.SHARES)
    assert np.all(np.diff(written['distances']) >= 0)
