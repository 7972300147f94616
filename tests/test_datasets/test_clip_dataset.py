import logging

import numpy as np
import pytest

from mmposenorm.datasets import H36MClips, MocapClips
from mmposenorm.datasets.clip_dataset import (
    Clip,
    ClipDataset,
    ClipSampler,
    check_keypoints_world,
)
from mmposenorm.datasets.synthetic import write_synthetic_h36m, write_synthetic_mocap
from mmposenorm.geometry.arrays import to_tensor
from mmposenorm.geometry.kinematics import bone_vectors


def clip_of(name='01', num_frames=4, **fields):
    walk = np.random.default_rng(0).normal(size=(num_frames, 17, 3))
    return Clip(name, 'Ann', 'walk', 50.0, walk.astype(np.float32), **fields)


def lengths(keypoints):
    return bone_vectors(to_tensor(keypoints)).norm(dim=-1)[:, 1:].numpy()


def test_a_sample_holds_the_fields_that_the_clip_has():
    sample = clip_of(view='front').to_sample('original')
    assert sorted(sample) == [
        *('action', 'clip_id', 'fps', 'keypoints_world', 'subject', 'variant', 'view')
    ]
    assert sample['variant'] == 'original'


def test_the_draws_of_an_item_do_not_depend_on_what_was_asked_before():
    clips = [clip_of('01', 6), clip_of('02', 5)]
    forward, backward = ClipDataset(clips, seed=3), ClipDataset(clips, seed=3)
    asked = [(index, epoch) for epoch in (0, 1) for index in range(11)]
    drawn = {key: forward[key]['random_number'] for key in asked}
    for key in reversed(asked):
        assert backward[key]['random_number'] == drawn[key]
    assert len(set(drawn.values())) == 22
    assert all(0 <= number < 1 for number in drawn.values())


def test_a_clip_of_low_weight_still_has_an_item():
    dataset = ClipDataset([clip_of('01', 4, weight=0.1), clip_of('02', 4, weight=1.5)])
    names = [dataset[index]['clip_id'] for index in range(len(dataset))]
    assert names == ['01'] + ['02'] * 6


def test_the_pipeline_runs_in_order():
    steps = [lambda clip: [clip['clip_id']], lambda names: [*names, 'second']]
    assert ClipDataset([clip_of()], steps)[0] == ['01', 'second']


def test_the_scaled_body_of_a_motion_is_the_same_whatever_else_there_is():
    views = [clip_of('02', view='left'), clip_of('02', view='right')]
    alone = ClipDataset(views[:1], test_mode=True, variants=('bone_scaled',))
    many = ClipDataset(
        [clip_of('01'), *views], test_mode=True, variants=('bone_scaled',)
    )
    for item in (many[1], many[2]):
        np.testing.assert_array_equal(
            item['keypoints_world'], alone[0]['keypoints_world']
        )
    assert np.abs(many[0]['keypoints_world'] - many[1]['keypoints_world']).max() > 0.01


def test_a_scaled_body_has_bones_of_three_to_five_quarters_and_no_2d():
    clip = clip_of(keypoints=np.zeros((4, 17, 2), np.float32))
    scaled = ClipDataset([clip], test_mode=True, variants=('bone_scaled',))[0]
    ratios = lengths(scaled['keypoints_world']) / lengths(clip.keypoints_world)
    assert ratios.min() > 0.75 - 1e-4
    assert ratios.max() < 1.25 + 1e-4
    np.testing.assert_allclose(ratios[0], ratios[-1], rtol=1e-4)  # within 50 frames
    assert 'keypoints' not in scaled


def test_the_sampler_tells_the_epoch():
    dataset = ClipDataset([clip_of()])
    sampler = ClipSampler(dataset, shuffle=True, seed=1)
    sampler.set_epoch(5)
    assert sorted(sampler) == [(index, 5) for index in range(4)]


def test_two_clips_of_one_name_and_view_are_refused():
    with pytest.raises(ValueError, match=r"2 clips named '01' with view ''"):
        ClipDataset([clip_of(), clip_of()])
    assert len(ClipDataset([clip_of(view='a'), clip_of(view='b')])) == 8


@pytest.mark.parametrize('index', [-1, 4])
def test_items_that_do_not_exist_are_refused(index):
    with pytest.raises(IndexError, match=f'must be from 0 to 3, but is {index}'):
        ClipDataset([clip_of()])[index]


def test_a_data_set_without_clips_is_refused():
    with pytest.raises(ValueError, match='ClipDataset has no clip; expected'):
        ClipDataset([])


def test_the_first_frame_that_is_not_finite_is_named():
    walk = clip_of(num_frames=5).keypoints_world
    check_keypoints_world(walk, 'walk', 'a.npz')
    walk[3, 2, 1] = np.inf
    with pytest.raises(ValueError, match=r"'walk' of a.npz .* first in frame 3"):
        check_keypoints_world(walk, 'walk', 'a.npz')


def test_made_up_data_is_named_and_other_data_is_not(tmp_path, monkeypatch):
    warnings = []

    def print_log(text, logger, level):
        assert (logger, level) == ('current', logging.WARNING)
        warnings.append(text)

    monkeypatch.setattr('mmposenorm.datasets.clip_dataset.print_log', print_log)
    write_synthetic_mocap(tmp_path / 'train.npz', num_clips=2, num_frames=30)
    write_synthetic_h36m(tmp_path, num_frames=30)
    MocapClips(tmp_path / 'train.npz')
    H36MClips(tmp_path)
    assert [text.partition(' (')[0] for text in warnings] == [
        f'{tmp_path}/train.npz contains made-up motion',
        f'{tmp_path}/annotation_body3d/fps50/h36m_train.npz contains made-up motion',
    ]
    index = (tmp_path / 'index.json').read_text()
    (tmp_path / 'index.json').write_text(index.replace('"made_up": true', '"x": 0'))
    MocapClips(tmp_path / 'train.npz')
    assert len(warnings) == 2
