import os
import pickle

import numpy as np
import pytest

from mmposenorm.safe_pickle import load_plain


class Runs:
    def __reduce__(self):
        return os.system, ('touch executed',)


@pytest.mark.parametrize('protocol', range(2, 6))
def test_containers_numbers_texts_and_arrays_come_back(protocol):
    content = {('S1', 2): {'R': np.eye(3), 'f': np.float64(2), 'names': ['a', None]}}
    loaded = load_plain(pickle.dumps(content, protocol))
    np.testing.assert_array_equal(loaded['S1', 2]['R'], np.eye(3))
    assert loaded['S1', 2]['f'] == 2
    assert loaded['S1', 2]['names'] == ['a', None]


@pytest.mark.parametrize('data', [pickle.dumps([Runs()]), b'', b'\x80\x04x', b'cos\n'])
def test_anything_else_is_refused(data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match='is damaged, or holds a pickle of other'):
        load_plain(data)
    assert not list(tmp_path.iterdir())
