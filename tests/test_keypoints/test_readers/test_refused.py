import contextlib
import pickle

import numpy as np
import pytest

from mmposenorm.keypoints.readers import READERS, is_keypoint_path, read_keypoints
from mmposenorm.keypoints.readers.refused import REFUSED


@pytest.mark.parametrize(
    ('name', 'message'),
    [
        ('a.pkl', 'it is a pickle.*save its 2D keypoints by np.savez'),
        ('a.c3d', 'motion in 3D.*normalize_keypoints_3d'),
        ('a.bvh', 'motion in 3D'),
        ('a.mot', 'joint angles.*Give the trc file'),
        ('a.kva', "Kinovea's annotations.*Give the video"),
        ('a.yml', 'OpenPose with --write_keypoint.*--write_json'),
        ('a.slp', 'a project of SLEAP.*Export it as csv'),
    ],
)
def test_known_files_that_are_not_read_say_what_to_do(tmp_path, name, message):
    (tmp_path / name).write_bytes(pickle.dumps({'keypoints': [1, 2]}))
    with pytest.raises(ValueError, match=message):
        read_keypoints(tmp_path / name)


@pytest.mark.parametrize('suffix', [*REFUSED, '.csv', '.h5', '.npy', '.trc', '.TXT'])
def test_they_are_not_taken_for_videos(suffix):
    assert is_keypoint_path(f'a{suffix}')


@pytest.mark.parametrize(
    'name', ['a.json', 'a.npz', 'a.npy', 'a.csv', 'a.trc', 'a.txt', 'a.h5']
)
@pytest.mark.parametrize(
    'content', [b'', b'\n', b'\x00\x01\x02', b'PK\x03\x04', b'[1]']
)
def test_damaged_files_end_in_a_sentence(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match='No keypoints can be read from') as error:
        read_keypoints(tmp_path / name)
    message = str(error.value)
    assert message.endswith('.')
    assert 'Error' not in message
    assert 'object' not in message


def test_every_reader_shows_the_shape_of_its_files():
    for readers in READERS.values():
        for reader in readers:
            shown = '::' in reader.read.__doc__ or '``' in reader.read.__doc__
            assert shown or 'Refuse' in reader.read.__doc__, reader.tool


@pytest.mark.parametrize(
    'content',
    [
        '[{"version": 1.3, "people": true}]',
        '[{"people": [{"keypoints": [[1, 2, 1], [3, 4], [5, 6, 1]]}]}]',
        '{"predictions": -1}',
        '[[{"keypoints": "x", "box": {}}]]',
        '[{"frame_id": 0, "instances": [{"keypoints": [[1, "a"]],'
        ' "keypoint_scores": [1]}]}]',
        '[{"image_id": "0.jpg", "keypoints": {"x": [1, 2], "y": [1]}}]',
        '["[{\\"keypoints\\": ", "x"]',
        '{"keypoints": [{"0": [[1, 2, 1]]}], "skeleton": {"0": 5}}',
    ],
)
def test_a_wrong_part_ends_in_a_sentence(tmp_path, content):
    (tmp_path / 'a.json').write_text(content)
    with pytest.raises(ValueError, match='No keypoints can be read from') as error:
        read_keypoints(tmp_path / 'a.json')
    message = str(error.value)
    assert message.endswith('.')
    for words in ('Error', 'object', 'setting an array', 'could not', 'Expecting'):
        assert words not in message


@pytest.mark.parametrize('suffix', ['npy', 'npz'])
def test_arrays_with_a_wrong_byte_end_in_a_sentence(tmp_path, suffix):
    path = tmp_path / f'a.{suffix}'
    write = np.save if suffix == 'npy' else np.savez
    write(path, np.ones((2, 18, 2)))
    whole = path.read_bytes()
    for place in range(0, 120, 3):
        path.write_bytes(whole[:place] + b'(' + whole[place + 1 :])
        with contextlib.suppress(ValueError):  # and nothing else is raised
            assert read_keypoints(path).frames
