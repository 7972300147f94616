import zipfile

import numpy as np
import pytest

from mmposenorm.datasets.npz_file import open_npz
from mmposenorm.keypoints.readers import read_keypoints
from mmposenorm.parsing import check_text, parsing


@pytest.mark.parametrize(
    'stumble',
    [
        lambda: {}['a'],
        lambda: None.a,
        lambda: float('a'),
        lambda: 1 + 'a',
        lambda: 1 // 0,
        lambda: [][0],
    ],
)
def test_what_a_damaged_file_leads_to_is_a_sentence(stumble):
    words = 'a.txt is damaged, or is not a text: a part'
    with pytest.raises(ValueError, match=words), parsing('a.txt', 'a text'):
        stumble()


def test_errors_that_name_the_file_pass():
    with pytest.raises(ValueError, match='is blue'), parsing('a.txt', 'a text'):
        raise ValueError('a.txt is blue')


def test_other_errors_pass():
    with pytest.raises(KeyboardInterrupt), parsing('a.txt', 'a text'):
        raise KeyboardInterrupt


def test_an_archive_that_unpacks_to_far_more_is_not_unpacked(tmp_path):
    file = tmp_path / 'bomb.npz'
    header = {'descr': '<f4', 'fortran_order': False, 'shape': (30_000_000, 1)}
    with (
        zipfile.ZipFile(file, 'w', zipfile.ZIP_DEFLATED) as archive,
        archive.open('keypoints.npy', 'w') as member,
    ):
        np.lib.format.write_array_header_1_0(member, header)
        for _ in range(120):
            member.write(bytes(1_000_000))
    with pytest.raises(ValueError, match=r'bomb\.npz has \d+ bytes, but would unpack'):
        read_keypoints(file)
    with (
        pytest.raises(ValueError, match=r'bomb\.npz has \d+ bytes, but would unpack'),
        open_npz(file),
    ):
        pytest.fail('it was opened')


@pytest.mark.parametrize('order', '<>')
def test_texts_of_characters_that_there_are_not_are_refused(order):
    good = np.array('é\U0010ffff', f'{order}U2')
    assert check_text(good) is good
    bad = np.frombuffer(b'\xff\xff\xff\x7f' * 2, f'{order}U2')
    with pytest.raises(ValueError, match='characters outside Unicode'):
        check_text(bad)
