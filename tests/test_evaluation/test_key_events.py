import json

import numpy as np
import pytest

from mmposenorm.evaluation.key_events import (
    EventPair,
    KeyEventError,
    draw_event_pairs,
    event_error,
)


def clip(action='squat', events=None, frames=50):
    return {'action': action, 'frames': frames, 'events': events or {'low': [20, 22]}}


def test_pairs_show_one_event_of_one_action():
    clips = {
        '1': clip(),
        '2': clip(events={'low': [5, 5], 'high': [9, 9]}),
        '3': clip(events={'high': [1, 1]}),
        '4': clip('pullup'),
    }
    pairs = draw_event_pairs(clips, max_pairs=10, seed=0)
    assert [(p.clip_a, p.clip_b) for p in pairs] == [
        ('2', '3'), ('3', '2'), ('1', '2'), ('2', '1'),
    ]  # fmt: skip
    assert pairs[2] == EventPair('squat', '1', '2', (20, 22), (5, 5))


def test_no_event_has_more_pairs_than_asked_for():
    clips = {str(i): clip() for i in range(6)}
    pairs = draw_event_pairs(clips, max_pairs=7, seed=0)
    assert len(set(pairs)) == 7
    assert pairs == draw_event_pairs(clips, max_pairs=7, seed=0)
    assert pairs != draw_event_pairs(clips, max_pairs=7, seed=1)


@pytest.mark.parametrize(
    ('matched', 'error'),
    [
        (30, 0),  # at B's event
        (27, 3),  # three of a hundred frames too early
        (40, 8),  # eight too late
    ],
)
def test_an_error_by_hand(matched, error):
    pair = EventPair('squat', '1', '2', (20, 22), (30, 32))
    matches = np.full(50, -1)
    matches[21] = matched
    assert event_error(matches, pair, length_b=100) == error


def test_an_unmatched_frame_takes_what_lies_between_its_neighbours():
    pair = EventPair('squat', '1', '2', (20, 22), (30, 30))
    matches = np.full(50, -1)
    matches[[11, 31]] = 20, 50  # the middle of the event, 21, is half-way: 35
    assert event_error(matches, pair, length_b=100) == 5


@pytest.fixture
def events_file(tmp_path):
    path = tmp_path / 'events.json'
    clips = {
        'a': clip(events={'low': [30, 30]}, frames=60),
        'b': clip(events={'low': [15, 15]}, frames=60),
    }
    path.write_text(json.dumps(clips))
    return str(path)


def sample(name, lowest):
    """A clip that goes down to its lowest point and up again."""
    depth = np.interp(np.arange(60), [0, lowest, 59], [0, 1, 0])
    poses = np.stack([depth, np.gradient(depth)], axis=1)
    return {'clip_id': name, 'pred_instances': {'poses': poses}}


def test_alignment_finds_the_event_and_the_straight_line_does_not(events_file):
    metric = KeyEventError(events_file, ['poses'])
    metric.process(None, [sample('a', 30), sample('b', 15), sample('other', 5)])
    figures = metric.compute_metrics(metric.results)
    assert figures['line'] == pytest.approx(100 * 15 / 60)
    assert figures['plain'] < 4
    assert figures['adapted'] < 4


def test_clips_that_are_left_out_are_in_no_pair(events_file):
    metric = KeyEventError(events_file, ['poses'], left_out=['b'])
    assert metric.pairs == []


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(FileNotFoundError, match='expected the JSON file of key events'):
        KeyEventError(str(tmp_path / 'none.json'), ['poses'])
