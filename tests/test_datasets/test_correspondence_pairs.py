import numpy as np
import pytest
import torch

from mmposenorm.datasets.correspondence import save_pairs
from mmposenorm.datasets.correspondence_pairs import CorrespondencePairs
from mmposenorm.datasets.mocap_clips import MocapClips
from mmposenorm.datasets.synthetic import write_synthetic_h36m, write_synthetic_mocap


@pytest.fixture(scope='module')
def mocap(tmp_path_factory):
    file = tmp_path_factory.mktemp('mocap') / 'test.npz'
    write_synthetic_mocap(file, num_clips=3, num_frames=60)
    return {'type': 'MocapClips', 'ann_file': file, 'test_mode': True}


def test_samples_are_the_retained_frames_of_two_views(mocap):
    dataset = CorrespondencePairs(mocap, seed=5)
    clips = MocapClips(**{k: v for k, v in mocap.items() if k != 'type'}).clips
    assert len(dataset) == 2 * len(dataset.pairs) == 6
    for i, pair in enumerate(dataset.pairs):
        source, target = dataset[2 * i], dataset[2 * i + 1]
        assert source['clip_id'] == target['clip_id'] == pair.pair_id
        assert (source['view'], target['view']) == (pair.source_view, pair.target_view)
        for sample, clip, ids in (
            (source, clips[2 * i], pair.source_ids),
            (target, clips[2 * i + 1], pair.target_ids),
        ):
            assert sample['view'] == clip.view
            np.testing.assert_array_equal(
                sample['keypoints_world'], clip.keypoints_world[ids]
            )
            torch.testing.assert_close(sample['camera'], clip.camera)


def test_features_before_drop_keeps_all_frames(mocap):
    dataset = CorrespondencePairs(mocap, features_before_drop=True)
    assert all(len(dataset[i]['keypoints_world']) == 60 for i in range(6))
    assert dataset.metainfo['features_before_drop']
    assert len(dataset.metainfo['pairs'][0].source_ids) < 60


def test_samples_go_through_the_pipeline(mocap):
    dataset = CorrespondencePairs(mocap, pipeline=[{'type': 'PackPoseClip'}])
    sample = dataset[1]
    num_frames = len(dataset.pairs[0].target_ids)
    assert sample['inputs']['keypoints_world'].shape == (num_frames, 17, 3)
    assert sample['data_samples']['view'] == dataset.pairs[0].target_view


def test_saved_pairs_are_used_again(mocap, tmp_path):
    drawn = CorrespondencePairs(mocap, seed=1)
    save_pairs(drawn.pairs, tmp_path / 'pairs.npz')
    loaded = CorrespondencePairs(mocap, pairs_file=tmp_path / 'pairs.npz')
    for pair, other in zip(drawn.pairs, loaded.pairs, strict=True):
        np.testing.assert_array_equal(pair.source_ids, other.source_ids)
        np.testing.assert_array_equal(pair.matches, other.matches)


def test_saved_pairs_of_other_clips_are_refused(mocap, tmp_path):
    pairs = CorrespondencePairs(mocap).pairs
    save_pairs(pairs[:2], tmp_path / 'pairs.npz')
    with pytest.raises(ValueError, match='has 2 pairs; expected 3 from the clips'):
        CorrespondencePairs(mocap, pairs_file=tmp_path / 'pairs.npz')
    write_synthetic_mocap(tmp_path / 'test.npz', num_clips=3, num_frames=61)
    other = {**mocap, 'ann_file': tmp_path / 'test.npz'}
    save_pairs(pairs, tmp_path / 'pairs.npz')
    with pytest.raises(ValueError, match=r"60\); expected \('00_01'.* 61\)"):
        CorrespondencePairs(other, pairs_file=tmp_path / 'pairs.npz')


def test_one_view_makes_no_pair(mocap):
    with pytest.raises(ValueError, match=r"Clip '00_01' has 1 view\(s\); expected two"):
        CorrespondencePairs({**mocap, 'views': (0,)})


@pytest.fixture(scope='module')
def h36m(tmp_path_factory):
    folder = tmp_path_factory.mktemp('h36m')
    write_synthetic_h36m(folder, num_frames=40)
    return {
        'type': 'H36MClips',
        'data_root': folder,
        'ann_file': 'annotation_body3d/fps50/h36m_test.npz',
        'cameras': ('55011271', '60457274'),
        'test_mode': True,
    }


def test_human36m_gives_its_frontal_views_without_s11_directions(h36m):
    dataset = CorrespondencePairs(h36m)
    names = {pair.pair_id for pair in dataset.pairs}
    assert 'S11_Directions_1' in names
    assert 'S11_Directions' not in names
    for i, pair in enumerate(dataset.pairs):
        assert (pair.source_view, pair.target_view) == ('55011271', '60457274')
        target = dataset[2 * i + 1]
        assert len(target['keypoints']) == len(pair.target_ids)
        assert len(target['keypoints_visible']) == len(pair.target_ids)
