import json

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope

from mmposenorm.datasets import pose_cache
from mmposenorm.datasets.mocap_clips import MocapClips
from mmposenorm.datasets.normalized_poses import NormalizedPoseClips
from mmposenorm.datasets.synthetic import write_synthetic_mocap
from mmposenorm.geometry.normalization import normalize_keypoints_3d
from mmposenorm.registry import MODELS
from mmposenorm.skeletons import H36M_KEYPOINTS, default_bone_lengths

MODEL = """
_base_ = []
model = dict(
    type='PoseNormalizer',
    encoder=dict(type='TemporalConvEncoder', channels=8, dilations=(1,)),
    losses=dict(),
    data_preprocessor=dict(
        type='PoseClipPreprocessor',
        test_transforms=[dict(type='ViewClip'), dict(type='NormalizeKeypoints')],
    ),
)
"""


@pytest.fixture(scope='module')
def mocap(tmp_path_factory):
    file = tmp_path_factory.mktemp('mocap') / 'train.npz'
    write_synthetic_mocap(file, num_clips=3, num_frames=90)
    return {'type': 'MocapClips', 'ann_file': str(file)}


def frames_of(sample, motion):
    """Return which frames of a motion, (R, T, 17, 3), a stretch shows."""
    first = sample['inputs']['normalized_poses'][0].numpy()
    return [int((motion[0] == pose).all(axis=(1, 2)).argmax()) for pose in first]


def test_stretches_are_closed_form_poses_of_one_clip(mocap):
    dataset = NormalizedPoseClips(mocap, clip_length=20, stride_range=(2, 3))
    clips = MocapClips(mocap['ann_file']).clips
    truth = {c.clip_id: normalize_keypoints_3d(c.keypoints_world) for c in clips}
    assert len(dataset) == -(-3 * 90 // 20)
    for sample in map(dataset.__getitem__, range(len(dataset))):
        poses = sample['inputs']['normalized_poses']
        assert poses.shape == (1, 20, 17, 3)
        assert poses.dtype == torch.float32
        motion = truth[sample['data_samples']['clip_id']]
        frames = frames_of(sample, motion[None])
        np.testing.assert_array_equal(poses[0], motion[frames])
        assert np.unique(np.diff(frames)).tolist() in ([2], [3])


def test_the_epoch_draws_anew_and_the_seed_repeats(mocap):
    dataset = NormalizedPoseClips(mocap, clip_length=20)
    first, again, later = dataset[3], dataset[3, 0], dataset[3, 1]
    assert torch.equal(
        first['inputs']['normalized_poses'], again['inputs']['normalized_poses']
    )
    assert not torch.equal(
        first['inputs']['normalized_poses'], later['inputs']['normalized_poses']
    )


def test_a_stride_that_a_clip_has_no_room_for_is_shortened(mocap):
    dataset = NormalizedPoseClips(mocap, clip_length=40, stride_range=(5, 9))
    sample = dataset[0]
    motion = dataset.motions[sample['data_samples']['clip_id']]
    assert set(np.diff(frames_of(sample, motion))) == {2}  # 39 steps of 2 in 90


def test_every_frame_can_be_drawn(mocap):
    dataset = NormalizedPoseClips(mocap, clip_length=30)
    starts = {dataset._draw_frames(32, np.random.default_rng(i))[0] for i in range(50)}
    assert starts == {0, 1, 2}


def test_clips_that_make_no_stretch_are_refused(mocap):
    with pytest.raises(ValueError, match='longest clip has 90 frames'):
        len(NormalizedPoseClips(mocap, clip_length=91))
    with pytest.raises(ValueError, match='must be at least 3, the frames of a triplet'):
        NormalizedPoseClips(mocap, clip_length=2)
    with pytest.raises(ValueError, match='1 <= lowest <= highest'):
        NormalizedPoseClips(mocap, clip_length=20, stride_range=(0, 2))
    with pytest.raises(ValueError, match=r'1 rendering\(s\); expected at least num_re'):
        len(NormalizedPoseClips(mocap, clip_length=20, num_renderings=2))


@pytest.fixture
def normalizer(tmp_path):
    """Write a config and a checkpoint of an untrained normalizer."""
    (tmp_path / 'small.py').write_text(MODEL)
    write_checkpoint(tmp_path, seed=0)
    return {
        'config': str(tmp_path / 'small.py'),
        'checkpoint': str(tmp_path / 'last.pth'),
    }


def write_checkpoint(folder, seed):
    torch.manual_seed(seed)
    with DefaultScope.overwrite_default_scope('mmposenorm'):
        model = MODELS.build(Config.fromfile(folder / 'small.py').model)
    torch.save({'state_dict': model.state_dict()}, folder / 'last.pth')


def renderings(mocap):
    return {
        **mocap,
        'test_mode': True,
        'views': (-30, 0, 30),
        'pipeline': [{'type': 'PackPoseClip'}],
    }


def test_a_normalizer_is_run_once_and_another_checkpoint_is_noticed(
    mocap, normalizer, tmp_path, monkeypatch
):
    runs = []
    predict = pose_cache.predict_clips
    monkeypatch.setattr(
        pose_cache, 'predict_clips', lambda *args: runs.append(1) or predict(*args)
    )

    def build(clips=None):
        return NormalizedPoseClips(
            clips or renderings(mocap),
            clip_length=20,
            normalizer=normalizer,
            num_renderings=2,
            cache_dir=str(tmp_path / 'kept'),
        )

    first = build()
    assert runs == []  # before anything is asked for
    assert first[0]['inputs']['normalized_poses'].shape == (2, 20, 17, 3)
    assert {poses.shape for poses in first.motions.values()} == {(3, 90, 17, 3)}
    again = build()
    len(again)
    assert len(runs) == 1
    for name, poses in first.motions.items():
        np.testing.assert_array_equal(poses, again.motions[name])
    assert len(build(renderings(mocap) | {'views': (-30, 30)})) == -(-3 * 90 // 20)
    assert len(runs) == 2
    write_checkpoint(tmp_path, seed=1)
    other = build()
    assert np.abs(other.motions['00_01'] - first.motions['00_01']).max() > 1e-3
    assert len(runs) == 3


def rewrite_trials(folder):
    write_synthetic_mocap(folder / 'own.npz', num_clips=2, num_frames=40, seed=5)


def rewrite_rates(folder):
    index = folder / 'index.json'
    entries = json.loads(index.read_text())
    index.write_text(json.dumps([entry | {'fps': 60} for entry in entries]))


def rewrite_bones(folder, scale=1.1):
    lengths = dict(zip(H36M_KEYPOINTS, scale * default_bone_lengths(), strict=True))
    text = json.dumps({'bone_lengths': lengths})
    (folder / 'bones.json').write_text(text)


@pytest.fixture
def own_clips(tmp_path, normalizer):
    """Small clips and a normalizer with a skeleton of its own, all in files."""
    write_synthetic_mocap(tmp_path / 'own.npz', num_clips=2, num_frames=40, seed=4)
    rewrite_bones(tmp_path, scale=1)
    config = tmp_path / 'small.py'
    bones = f"    condition_skeleton='{tmp_path}/bones.json',\n    losses="
    config.write_text(config.read_text().replace('    losses=', bones))
    mocap = {'type': 'MocapClips', 'ann_file': [str(tmp_path / 'own.npz')]}
    kept = str(tmp_path / 'kept')
    return lambda: NormalizedPoseClips(
        renderings(mocap), 20, normalizer=normalizer, cache_dir=kept
    )


def test_damaged_poses_are_made_again(own_clips, tmp_path):
    whole = dict(own_clips().motions)
    [file] = (tmp_path / 'kept').iterdir()
    file.write_bytes(file.read_bytes()[:5000])
    for name, poses in own_clips().motions.items():
        np.testing.assert_array_equal(whole[name], poses)


@pytest.mark.parametrize('rewrite', [rewrite_trials, rewrite_rates, rewrite_bones])
def test_poses_are_made_anew_when_a_file_that_they_come_from_changes(
    own_clips, tmp_path, rewrite
):
    len(own_clips())
    rewrite(tmp_path)
    anew = own_clips()
    len(anew)
    assert len(list((tmp_path / 'kept').iterdir())) == 2
    for file in (tmp_path / 'kept').iterdir():
        file.unlink()
    for name, poses in own_clips().motions.items():
        np.testing.assert_array_equal(anew.motions[name], poses)


def test_files_that_are_written_again_with_the_same_content_change_nothing(
    own_clips, tmp_path
):
    len(own_clips())
    write_synthetic_mocap(tmp_path / 'own.npz', num_clips=2, num_frames=40, seed=4)
    rewrite_bones(tmp_path, scale=1)
    len(own_clips())
    assert len(list((tmp_path / 'kept').iterdir())) == 1


def test_renderings_of_a_stretch_are_different_ones(mocap, normalizer, tmp_path):
    dataset = NormalizedPoseClips(
        renderings(mocap),
        clip_length=20,
        normalizer=normalizer,
        num_renderings=3,
        cache_dir=str(tmp_path / 'kept'),
    )
    poses = dataset[0]['inputs']['normalized_poses']
    assert len(poses.flatten(1).unique(dim=0)) == 3


def test_turned_poses_keep_the_bones_of_the_person(mocap, normalizer, tmp_path):
    clips = renderings(mocap)
    options = {'normalizer': normalizer, 'cache_dir': str(tmp_path / 'kept')}
    dataset = NormalizedPoseClips(clips, 20, poses='turned', **options)
    sample = dataset[0]
    poses = sample['inputs']['normalized_poses']
    thigh = (poses[..., 2, :] - poses[..., 1, :]).norm(dim=-1)
    source = MocapClips(mocap['ann_file']).clips[0].keypoints_world
    expected = np.linalg.norm(source[0, 2] - source[0, 1])
    torch.testing.assert_close(
        thigh, torch.full_like(thigh, float(expected)), rtol=0, atol=1e-4
    )
    normalized = NormalizedPoseClips(clips, 20, **options)[0]['inputs']
    assert (normalized['normalized_poses'] - poses).abs().max() > 0.01
    with pytest.raises(ValueError, match='poses must be one of'):
        NormalizedPoseClips(clips, 20, poses='raw', **options)


def test_a_missing_checkpoint_is_named(mocap, normalizer):
    with pytest.raises(FileNotFoundError, match=r'Checkpoint none.pth not found'):
        NormalizedPoseClips(
            renderings(mocap), 20, normalizer=normalizer | {'checkpoint': 'none.pth'}
        )


def test_clips_that_stand_still_are_left_out(tmp_path):
    file = tmp_path / 'some.npz'
    write_synthetic_mocap(file, 2, 40)
    with np.load(file) as clips:
        moving, still = clips['00_01'], np.repeat(clips['00_02'][:1], 40, axis=0)
    mocap = {'type': 'MocapClips', 'ann_file': str(file)}
    np.savez(file, **{'00_01': moving, '00_02': still})
    dataset = NormalizedPoseClips(mocap, clip_length=20)
    assert list(dataset.motions) == ['00_01']
    np.savez(file, **{'00_01': still, '00_02': still})
    with pytest.raises(ValueError, match='None of the 2 clips moves'):
        len(NormalizedPoseClips(mocap, clip_length=20))
