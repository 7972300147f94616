import numpy as np
import pytest

from mmposenorm.datasets.npz_file import open_npz


def test_arrays_are_read_by_name(tmp_path):
    np.savez(tmp_path / 'a.npz', x=np.arange(3))
    with open_npz(tmp_path / 'a.npz') as arrays:
        assert arrays['x'].tolist() == [0, 1, 2]


@pytest.mark.parametrize('kind', ['text', 'empty', 'cut off', 'npy'])
def test_other_files_are_refused(tmp_path, kind):
    file = tmp_path / 'a.npz'
    np.savez(file, x=np.arange(300))
    if kind == 'npy':
        np.save(tmp_path / 'a.npy', np.arange(3))
        file = tmp_path / 'a.npy'
    else:
        whole = file.read_bytes()
        contents = {'text': b'not this', 'empty': b'', 'cut off': whole[:-200]}
        file.write_bytes(contents[kind])
    with pytest.raises(ValueError, match='is not an npz file, or only a part'):
        open_npz(file)
