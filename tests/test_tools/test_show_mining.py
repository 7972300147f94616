import cv2
import numpy as np
import pytest


@pytest.fixture
def show_mining(in_process, configs_dir):
    config = configs_dir / 'table3' / 'fc.py'

    def run(*arguments):
        in_process('show_mining.py', config, '--closed-form', *arguments)

    return run


def test_the_mining_of_a_clip_is_drawn(show_mining, workplace):
    show_mining('--clip', '01_02', '--anchor', 30)
    picture = cv2.imread(str(workplace / 'outputs' / '01_02_mining.png'))
    assert picture.shape[:2] == (780, 950)
    green = (np.abs(picture.astype(int) - (0x73, 0x9E, 0x00)) < 8).all(axis=-1)
    assert green.sum() > 100  # the drawn positives


@pytest.mark.usefixtures('workplace')
def test_what_cannot_be_drawn_is_said_in_a_sentence(show_mining, in_process):
    for arguments, words in (
        (['--clip', '07_07'], "no clip '07_07' of enough frames; it has 3: 01_01, 01"),
        (['--anchor', 80], '--anchor is 80, but the clip has frames 0 to 79'),
    ):
        with pytest.raises(SystemExit, match=words):
            show_mining(*arguments)


def test_a_still_clip_is_said_to_stand_still(show_mining, workplace):
    file = workplace / 'data' / 'cmu_h36m17' / 'train.npz'
    with np.load(file) as arrays:
        still = {name: poses[:1].repeat(80, axis=0) for name, poses in arrays.items()}
    np.savez(file, **still)
    with pytest.raises(SystemExit, match='None of the 3 clips moves'):
        show_mining()
    for poses in still.values():  # all others are alike, seen from this frame
        poses[30, 13] += 0.03
    np.savez(file, **still)
    with pytest.raises(SystemExit, match='distances of frame 30 to the other'):
        show_mining('--anchor', 30)
