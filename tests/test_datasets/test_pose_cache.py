from types import SimpleNamespace

import numpy as np
import pytest
import torch

from mmposenorm.datasets.clip_dataset import Clip
from mmposenorm.datasets.pose_cache import (
    _files_in,
    _key,
    check_normalizer,
    predict_clips,
)


class Doubling(torch.nn.Module):
    """Predicts twice what it is given."""

    def data_preprocessor(self, batch):
        return batch

    def forward(self, inputs, data_samples, mode):
        assert mode == 'predict'
        instances = {'doubled': 2 * inputs[0].half()}
        [name] = data_samples['clip_id']
        return [SimpleNamespace(clip_id=name, pred_instances=instances)]


def item(name, value, num_frames):
    values = torch.full((num_frames, 17, 3), float(value))
    return {'inputs': values, 'data_samples': {'clip_id': name}}


def test_renderings_of_a_clip_are_stacked_in_order():
    items = [item('a', 1, 4), item('b', 2, 6), item('a', 3, 4)]
    poses = predict_clips(Doubling(), items, 'doubled')
    assert {name: array.shape for name, array in poses.items()} == {
        'a': (2, 4, 17, 3),
        'b': (1, 6, 17, 3),
    }
    assert poses['a'].dtype == np.float32
    assert poses['a'][:, 0, 0, 0].tolist() == [2, 6]


@pytest.fixture
def parts(tmp_path):
    """What the key of the stored poses depends on."""
    for name in ('last.pth', 'bones.json', 'table.csv'):
        (tmp_path / name).write_text(name)
    clip = Clip('01', 'Ann', 'walk', 50.0, np.ones((2, 17, 3), np.float32))
    return {
        'clips': [clip],
        'checkpoint': str(tmp_path / 'last.pth'),
        'model_config': {'skeleton': str(tmp_path / 'bones.json'), 'width': 8},
        'description': {'pipeline': [{'file': str(tmp_path / 'table.csv')}]},
        'field': 'normalized_poses',
    }


def test_the_same_parts_have_the_same_key(parts):
    assert _key(**parts) == _key(**parts)


def test_every_part_changes_the_key(parts, tmp_path):
    moved = Clip('01', 'Ann', 'walk', 50.0, np.zeros((2, 17, 3), np.float32))
    keys = [
        _key(**parts),
        _key(**parts | {'clips': [moved]}),
        _key(**parts | {'model_config': parts['model_config'] | {'width': 9}}),
        _key(**parts | {'description': {'pipeline': []}}),
        _key(**parts | {'field': 'keypoints'}),
    ]
    for name in ('last.pth', 'bones.json', 'table.csv'):
        (tmp_path / name).write_text('other')
        keys.append(_key(**parts))
    assert len(set(keys)) == 8


def test_files_are_found_anywhere_in_a_config(parts, tmp_path):
    config = [parts['model_config'], {'deep': ({'er': tmp_path / 'table.csv'},)}]
    names = {file.name for file in _files_in([*config, 'none.txt', 3, 'x' * 9999])}
    assert names == {'bones.json', 'table.csv'}


@pytest.mark.parametrize(
    ('missing', 'message'),
    [('config', 'Config none not found'), ('checkpoint', 'Checkpoint none not found')],
)
def test_a_normalizer_without_its_files_is_refused(tmp_path, missing, message):
    (tmp_path / 'there').touch()
    files = dict.fromkeys(('config', 'checkpoint'), str(tmp_path / 'there'))
    check_normalizer(**files)
    with pytest.raises(FileNotFoundError, match=message):
        check_normalizer(**files | {missing: 'none'})
