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
    with (
        pytest.raises(ValueError, match='is not an npz file, or is truncated'),
        open_npz(file),
    ):
        pass


def test_arrays_that_cannot_be_read_are_refused(tmp_path):
    file = tmp_path / 'a.npz'
    np.savez(file, x=np.array([None, [1]], dtype=object))
    with pytest.raises(ValueError, match='an array of objects'), open_npz(file) as some:
        dict(some)
    np.savez(file, x=np.zeros(300))
    content = bytearray(file.read_bytes())
    content[600] ^= 1
    file.write_bytes(content)
    with pytest.raises(ValueError, match='is damaged'), open_npz(file) as some:
        dict(some)


def test_errors_of_the_block_stay_as_they_are(tmp_path):
    np.savez(tmp_path / 'a.npz', x=np.zeros(3))
    with pytest.raises(ValueError, match='of the caller'), open_npz(tmp_path / 'a.npz'):
        raise ValueError('of the caller')
