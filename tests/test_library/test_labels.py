from itertools import pairwise

import numpy as np
import pytest

from mmposenorm.library import Label, read_labels

H36M = {'layout': 'h36m', 'fps': 50.0}


@pytest.fixture
def labelled(library, walk):
    """Give a library of three clips: the same jump is in all, labelled in one."""
    jump = walk(9, 50)
    for number in range(3):
        before, after = walk(number, 60), walk(number + 20, 60)
        library.add(np.concatenate([before, jump, after]), f'clip {number}', **H36M)
    library.label([Label('clip 0', 1.2, 2.16, 'jump')])
    return library


def test_more_of_a_labelled_action_is_found(labelled):
    places = labelled.search_action('jump', top=2)
    assert {place.source for place in places} == {'clip 1', 'clip 2'}
    for place in places:
        assert place.action == 'jump'
        assert place.start == pytest.approx(1.2, abs=0.3)
        assert place.end == pytest.approx(2.16, abs=0.3)


def test_an_action_is_spotted_in_another_clip(labelled, walk):
    labelled.label([Label('clip 0', 0, 0.8, 'stroll')])
    clip = np.concatenate([walk(30, 40), walk(9, 50), walk(31, 40)])
    found = labelled.spot(clip, **H36M)
    assert found[0].action == 'jump'
    assert found[0].start == pytest.approx(0.8, abs=0.1)
    assert found[0].end == pytest.approx(1.76, abs=0.1)
    times = sorted((one.start, one.end) for one in found)
    assert all(before[1] < after[0] for before, after in pairwise(times))
    assert labelled.spot(clip, ['stroll'], max_distance=0, **H36M) == []


def test_an_action_without_examples_is_told(labelled):
    with pytest.raises(ValueError, match='no labelled example of serve'):
        labelled.search_action('serve')


def test_labels_are_read_from_a_table(tmp_path):
    path = tmp_path / 'labels.csv'
    path.write_text(
        'file,from,to,action,person\nwalk.mp4,1,2.5,jump,\na/b.mp4,0,1,x,2\n'
    )
    assert read_labels(path) == [
        Label('walk.mp4', 1, 2.5, 'jump'),
        Label('a/b.mp4', 0, 1, 'x', 2),
    ]


@pytest.mark.parametrize(
    ('text', 'said'),
    [
        ('file,from,to\n', 'lacks the columns action; expected file, from, to, action'),
        ('file,from,to,action\na,2,1,jump\n', 'line 2: .* an end after the start'),
        ('file,from,to,action\na,x,1,jump\n', "line 2: .*could not convert .*'x'"),
        ('file,from,to,action\na,0,1,\n', 'line 2: .* has no action'),
    ],
)
def test_a_wrong_table_is_refused(tmp_path, text, said):
    path = tmp_path / 'labels.csv'
    path.write_text(text)
    with pytest.raises(ValueError, match=said):
        read_labels(path)


def test_a_label_names_a_file_by_the_end_of_its_path():
    label = Label('b/walk.mp4', 0, 1, 'jump')
    assert label.is_of('/a/b/walk.mp4')
    assert not label.is_of('/a/c/walk.mp4')
    assert not label.is_of('/a/b/xwalk.mp4')
