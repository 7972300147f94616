import json
import tracemalloc

import numpy as np
import pytest

from mmposenorm.keypoints.readers import json_files
from mmposenorm.keypoints.readers.json_files import load_json


@pytest.fixture
def load(tmp_path, monkeypatch):
    """Return a function that reads text in pieces of ``chunk`` bytes."""

    def read(text, chunk=7):
        monkeypatch.setattr(json_files, '_CHUNK', chunk)
        path = tmp_path / 'a.json'
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_json(path)

    return read


VALUES = [
    [],
    {},
    [1, [2.5, None], {'a': 'b\\"c é'}],
    {'a': [1, 2], 'b': {'c': [True, None]}, 'd': 12345},
    [{'a': -1.5e-7}, [[1, 2], [3]]],
    'text',
    -123.25,
]


@pytest.mark.parametrize('value', VALUES)
@pytest.mark.parametrize('chunk', [1, 7, 1000])
def test_pieces_give_what_python_gives(load, value, chunk):
    for text in (json.dumps(value), json.dumps(value, indent=2, ensure_ascii=False)):
        assert load(text, chunk) == value


def test_numbers_rows_and_points_become_arrays(load):
    content = load(
        '[{"flat": [1, 2, 3, 4, 5, null], "rows": [[1, 2], [3, 4], [5, 6], [7, 8],'
        ' [9, 0]], "points": ['
        + ', '.join(['{"x": 1, "y": 2, "name": "a"}'] * 5)
        + '], "words": ["a", "b", "c", "d", "e", "f"]}]'
    )[0]
    np.testing.assert_array_equal(content['flat'], np.float32([1, 2, 3, 4, 5, np.nan]))
    assert content['rows'].shape == (5, 2)
    assert content['points']['x'].tolist() == [1] * 5
    assert content['points']['name'] == ('a',) * 5
    assert content['words'] == ['a', 'b', 'c', 'd', 'e', 'f']


def test_a_value_in_each_line_is_a_list(load):
    assert load('{"a": 1}\n{"a": 2}\n') == [{'a': 1}, {'a': 2}]


@pytest.mark.parametrize('encoding', ['utf-8-sig', 'utf-16'])
def test_other_encodings(load, encoding):
    assert load('["é"]'.encode(encoding)) == ['é']


@pytest.mark.parametrize(
    'text',
    ['[1, 2', '{"a": [1,', '[1 2]', '{"a" 1}', '{1: 2}', '["a', '[1,]', '[' * 9999],
)
@pytest.mark.parametrize('chunk', [3, 10**6])
def test_what_is_damaged_is_said_so(load, text, chunk):
    with pytest.raises(ValueError, match=r'a\.json is damaged or cut off: what'):
        load(text, chunk)


def test_text_that_is_wrong_is_not_read_to_its_end(load):
    reads = []
    read = json_files._Stream._more
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            json_files._Stream, '_more', lambda self: reads.append(1) or read(self)
        )
        with pytest.raises(ValueError, match='what begins at character'):
            load('[' + 'wrong ' * 100_000, chunk=1000)
    assert len(reads) < 5


def test_a_long_file_takes_a_fraction_of_its_size_in_lists(load):
    people = [
        {'frame_id': i, 'instances': [{'keypoints': [[1.5, i]] * 17}]}
        for i in range(2000)
    ]
    text = json.dumps(people)
    tracemalloc.start()
    kept = json.loads(text)
    lists = tracemalloc.get_traced_memory()[1]
    del kept
    tracemalloc.reset_peak()
    content = load(text, chunk=1 << 16)
    arrays = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(content) == 2000
    assert arrays < lists / 2


def test_a_whole_number_of_400_digits_is_no_coordinate(load):
    points = ['{"x": 1, "y": 2}'] * 4 + [f'{{"x": {"9" * 400}, "y": 2}}']
    assert 'x' not in load(f'[[{", ".join(points)}]]')[0]
