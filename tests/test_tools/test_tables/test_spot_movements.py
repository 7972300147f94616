"""That tools/tables/spot_movements.py finds movements where they were put."""

import json

import numpy as np
import pytest
from stick_figures import bump, stick_figure
from tiny_weights import EMBEDDER, tiny_weights

from mmposenorm.alignment import Occurrence


@pytest.fixture
def spotting(tool):
    return tool('spot_movements')


def test_sessions_hold_the_repetitions_where_they_say(spotting):
    rng = np.random.default_rng(0)
    some = {
        name: [np.full((length, 17, 3), value + i, np.float32) for i in range(3)]
        for name, length, value in (('a', 30, 0.1), ('b', 40, 0.5))
    }
    world, spans, labels = spotting.join(some, 2, rng)
    assert sorted(labels) == ['a', 'a', 'b', 'b']
    for (first, last), label in zip(spans, labels, strict=True):
        assert last - first + 1 == len(some[label][0])
        stretch = world[first : last + 1]
        assert np.any([np.array_equal(stretch, one) for one in some[label]])
    assert spans[0, 0] == 0
    assert spans[-1, 1] == len(world) - 1


def test_the_nearer_of_overlapping_occurrences_stays(spotting):
    far, near, apart = (
        Occurrence(0, 9, 2.0),
        Occurrence(9, 19, 1.0),
        Occurrence(20, 29, 3),
    )
    assert spotting.without_overlaps([far, near, apart]) == [near, apart]


def test_impossible_bodies_are_told(spotting):
    body = stick_figure(np.zeros(3))
    assert spotting.has_even_thighs(body)
    body[:, 5] = body[:, 4] + (0, -1, 0)  # the other thigh is .45 m long
    assert not spotting.has_even_thighs(body)


@pytest.fixture
def data(tmp_path):
    """Two people, each of whom lifts the left arm and squats, twice."""
    folder = tmp_path / 'mocap'
    folder.mkdir()
    clips, index = {}, []
    for person in 'ab':
        for movement, part in (('lift', 'left_arm'), ('squat', 'knees')):
            for repetition in range(2):
                height = 80 + 5 * repetition
                key = f'{movement}_{person}{repetition}'
                angles = {'knees': np.zeros(40)} | {part: height * bump(40)}
                clips[key] = stick_figure(**angles) + np.array([0, 0.9, 0])
                described = {'subject': person, 'fps': 50, 'label': movement}
                index.append({'key': key, 'file': 'uiprmd_dev.npz', **described})
    np.savez(folder / 'uiprmd_dev.npz', **clips)
    others = {name: clip for name, clip in clips.items() if name.endswith('0')}
    np.savez(folder / 'uiprmd.npz', **{f'{name}x': c for name, c in others.items()})
    index += [{**e, 'key': f'{e["key"]}x', 'subject': 'c'} for e in index[::2]]
    (folder / 'index.json').write_text(json.dumps(index))
    return tmp_path


def test_true_poses_find_most_movements(spotting, data, monkeypatch, capsys):
    monkeypatch.setattr(
        spotting, 'ROWS', [r for r in spotting.ROWS if 'expected' not in r.name]
    )
    weights = str(tiny_weights(data / 'tiny.pth', EMBEDDER))
    options = ['--data', str(data), '--work-dirs', str(data), '--checkpoint', weights]
    options += ['--sessions', '1', '--repetitions', '2', '--seen', spotting.EXACT]
    out = data / 'table.md'
    spotting.main([*options, '--out', str(out)])
    assert 'is missing: `python tools/train.py' in capsys.readouterr().err
    lines = out.read_text().splitlines()
    [truth] = [line for line in lines if line.startswith('| true poses')]
    # Somebody who hardly moves may look more like an example than its mirror image.
    assert min(map(float, truth.split('|')[2:-1])) > 80
