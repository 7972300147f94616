import sys

import numpy as np
import pytest

from mmposenorm.keypoints.layouts import LAYOUTS
from mmposenorm.keypoints.readers import read_keypoints

LIMBS = [
    f'{side}_{part}'
    for part in ('shoulder', 'elbow', 'wrist', 'hip', 'knee', 'ankle')
    for side in ('left', 'right')
]


def row(*cells):
    return ','.join(map(str, cells)) + '\n'


def single(names, frames, first=0):
    """The csv of one individual, as DeepLabCut's guide describes it."""
    text = row('scorer', *['DLC_resnet50'] * 3 * len(names))
    text += row('bodyparts', *[name for name in names for _ in range(3)])
    text += row('coords', *['x', 'y', 'likelihood'] * len(names))
    for number, points in enumerate(frames, first):
        text += row(number, *[n for x, y in points for n in (x, y, 0.95)])
    return text


def check_limbs(people, frame, expected, person=0):
    names = LAYOUTS[people.layout].joint_names
    places = [names.index(name) for name in LIMBS]
    found = people.frames[frame]
    np.testing.assert_allclose(found.keypoints[person, places], expected)
    np.testing.assert_allclose(found.scores[person, places], 0.95, rtol=1e-6)


@pytest.mark.parametrize(
    'write_name',
    [
        str,
        str.upper,
        lambda name: name[0].upper() + '_' + name.split('_')[1],
        lambda name: name[0].upper() + name.split('_')[1].title(),
        lambda name: name.replace('_', ' ').title().replace(' ', ''),
        lambda name: f'{name.split("_")[1]}-{name.split("_")[0]}',
    ],
)
def test_csv_of_one_individual(tmp_path, body, write_name):
    frames = [body(LIMBS), body(LIMBS, dx=3)]
    names = [write_name(name) for name in LIMBS]
    path = tmp_path / 'clipDLC_resnet50.csv'
    path.write_text(single(names, frames, first=7))
    people = read_keypoints(path)
    assert people.source.startswith('DeepLabCut csv')
    assert people.first_frame == 7
    check_limbs(people, 1, body(LIMBS, dx=3))


def test_the_numbered_names_of_its_human_model(tmp_path, body):
    # As its model zoo lists them: 1 is the right side, 2 the left.
    names = [f'{n.split("_")[1]}{1 + ("left" in n)}' for n in LIMBS]
    (tmp_path / 'a.csv').write_text(single(names, [body(LIMBS)]))
    check_limbs(read_keypoints(tmp_path / 'a.csv'), 0, body(LIMBS))


def test_csv_of_several_individuals(tmp_path, body):
    count = len(LIMBS)
    text = row('scorer', *['DLC_dlcrnet'] * 6 * count)
    text += row('individuals', *['one'] * 3 * count, *['two'] * 3 * count)
    text += row('bodyparts', *[name for name in LIMBS for _ in range(3)] * 2)
    text += row('coords', *['x', 'y', 'likelihood'] * count * 2)
    both = [[n for x, y in body(LIMBS, dx=dx) for n in (x, y, 0.95)] for dx in (0, 99)]
    text += row(0, *both[0], *both[1])
    text += row(1, *[''] * 3 * count, *both[1])
    (tmp_path / 'a.csv').write_text(text)
    people = read_keypoints(tmp_path / 'a.csv')
    assert [len(frame) for frame in people.frames] == [2, 1]
    check_limbs(people, 0, body(LIMBS, dx=99), person=1)
    check_limbs(people, 1, body(LIMBS, dx=99))


def test_labelled_data_without_likelihood(tmp_path, body):
    text = row('scorer', '', '', *['me'] * 2 * len(LIMBS))
    text += row('bodyparts', '', '', *[name for name in LIMBS for _ in range(2)])
    text += row('coords', '', '', *['x', 'y'] * len(LIMBS))
    for image in ('img041.png', 'img042.png'):
        text += row('labeled-data', 'clip', image, *body(LIMBS).ravel())
    (tmp_path / 'CollectedData_me.csv').write_text(text)
    people = read_keypoints(tmp_path / 'CollectedData_me.csv')
    assert (people.first_frame, len(people.frames)) == (41, 2)
    assert people.frames[1].scores.max() == 1


def test_joints_of_an_animal_are_refused(tmp_path, body):
    names = ['snout', 'tailbase', 'leftear', 'rightear', 'spine1', 'spine2']
    (tmp_path / 'a.csv').write_text(single(names, [np.ones((6, 2))]))
    with pytest.raises(ValueError, match=r'joints are named snout, tailbase.*rename'):
        read_keypoints(tmp_path / 'a.csv')


def test_a_word_among_the_numbers_is_said(tmp_path, body):
    text = single(LIMBS, [body(LIMBS)]).replace('0.95', 'high', 1)
    (tmp_path / 'a.csv').write_text(text)
    with pytest.raises(ValueError, match="holds 'high' in column 4; expected a number"):
        read_keypoints(tmp_path / 'a.csv')


def test_h5_without_pandas_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, 'pandas', None)
    (tmp_path / 'a.h5').write_bytes(b'\x89HDF\r\n\x1a\n' + bytes(100))
    with pytest.raises(ValueError, match='pip install pandas tables, or give the csv'):
        read_keypoints(tmp_path / 'a.h5')


def test_h5(tmp_path, body):
    pandas = pytest.importorskip('pandas')
    pytest.importorskip('tables')
    columns = pandas.MultiIndex.from_product(
        [['DLC'], LIMBS, ['x', 'y', 'likelihood']],
        names=['scorer', 'bodyparts', 'coords'],
    )
    values = [[n for x, y in body(LIMBS, dx=dx) for n in (x, y, 0.95)] for dx in (0, 3)]
    frame = pandas.DataFrame(values, columns=columns)
    frame.to_hdf(tmp_path / 'a.h5', key='df_with_missing', format='table')
    check_limbs(read_keypoints(tmp_path / 'a.h5'), 1, body(LIMBS, dx=3))
