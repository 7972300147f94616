import json

import numpy as np
import pytest

from mmposenorm.datasets.action_clips import (
    ActionClip,
    ActionClipDataset,
    ActionClips,
)
from mmposenorm.registry import DATASETS

COCO = np.random.default_rng(0).uniform(100, 300, (6, 17, 2)).astype(np.float32)


def test_npz_and_json_say_the_same(tmp_path):
    fields = {'keypoints': COCO, 'visible': np.ones((6, 17)), 'layout': 'coco'}
    fields |= {'fps': 25.0, 'action': 'wave', 'subject': 'anna', 'view': 'yaw+45'}
    fields |= {'split': 'test', 'image_size': (640, 480), 'clip_id': 'wave 1'}
    np.savez(tmp_path / 'a.npz', **fields)
    plain = {k: v.tolist() if hasattr(v, 'tolist') else v for k, v in fields.items()}
    plain |= {'clip_id': 'wave 2'}
    (tmp_path / 'b.json').write_text(json.dumps(plain))
    dataset = DATASETS.build({'type': 'ActionClips', 'data_root': str(tmp_path)})
    first, second = dataset[0], dataset[1]
    assert (first['clip_id'], second['clip_id']) == ('wave 1', 'wave 2')
    for sample in (first, second):
        np.testing.assert_allclose(sample['keypoints'][:, 11], COCO[:, 5], rtol=1e-6)
        assert not sample['keypoints_visible'][:, 7].any()  # COCO has no spine
        described = [sample[key] for key in ('action', 'subject', 'view', 'fps')]
        assert described == ['wave', 'anna', 'yaw+45', 25.0]
        assert sample['image_size'] == (640, 480)
    assert dataset.metainfo['splits'] == {'wave 1': 'test', 'wave 2': 'test'}


def test_the_folder_names_what_the_file_does_not(tmp_path):
    (tmp_path / 'clap').mkdir()
    np.savez(tmp_path / 'clap' / '1.npz', keypoints=COCO)
    clip = ActionClips(tmp_path).clips[0]
    assert (clip.clip_id, clip.action, clip.fps) == ('clap/1', 'clap', 30)
    assert clip.keypoints_visible.all()


def test_files_of_detectors_are_read_too(tmp_path):
    (tmp_path / 'clap').mkdir()
    frames = [
        {
            'frame_id': number,
            'instances': [
                {'keypoints': pose.tolist(), 'keypoint_scores': [0.9] * 17},
            ],
        }
        for number, pose in enumerate(np.repeat(COCO[:1], 6, axis=0))
    ]
    (tmp_path / 'clap' / '1.json').write_text(json.dumps(frames))
    clip = ActionClips(tmp_path).clips[0]
    assert clip.action == 'clap'
    np.testing.assert_allclose(clip.keypoints[:, 11], COCO[[0] * 6, 5], atol=1e-3)


def test_a_file_without_an_action_is_refused(tmp_path):
    np.savez(tmp_path / '1.npz', keypoints=COCO)
    with pytest.raises(ValueError, match=r'1\.npz has no `action`'):
        ActionClips(tmp_path)


def test_keypoints_that_do_not_fit_are_refused(tmp_path):
    np.savez(tmp_path / '1.npz', keypoints=COCO, action='clap', layout='halpe26')
    with pytest.raises(
        ValueError, match=r'1\.npz is not a valid clip: keypoints has 17'
    ):
        ActionClips(tmp_path)


@pytest.mark.parametrize(
    ('field', 'value', 'said'),
    [
        ('fps', 0, 'fps must be between 1 and 1000 .*, but is 0.0'),
        ('fps', 'fast', "fps must be between 1 and 1000 .*, but is 'fast'"),
        ('fps', [25, 30], r'fps must be .*, but is \[25, 30\]'),
        ('image_size', 100, 'image_size must be the width and height .*, but is 100'),
        (
            'image_size',
            [640],
            r'image_size must be the width and height .*, but is \[640\]',
        ),
        (
            'image_size',
            [0, 480],
            r'image_size must be the width and height .*, but is \[0, 480\]',
        ),
        ('image_size', [float('inf'), 480], 'image_size must be the width and height'),
        ('image_size', ['w', 'h'], "image_size must be the width and height .*'h'"),
    ],
)
def test_frame_rates_and_image_sizes_that_are_none_are_refused(
    tmp_path, field, value, said
):
    for file in (tmp_path / '1.json', tmp_path / '1.npz'):
        fields = {'keypoints': COCO.tolist(), 'action': 'clap', field: value}
        if file.suffix == '.npz':
            np.savez(file, **fields)
        else:
            file.write_text(json.dumps(fields))
        with pytest.raises(
            ValueError, match=rf'{file.name} is not a valid clip: {said}'
        ):
            ActionClips(tmp_path)
        file.unlink()


def test_damaged_files_are_refused(tmp_path):
    (tmp_path / '1.json').write_text('{"action": "clap", ')
    with pytest.raises(ValueError, match=r'1\.json is not valid JSON'):
        ActionClips(tmp_path)
    (tmp_path / '1.json').write_text('{"action": "clap"}')
    with pytest.raises(ValueError, match=r'1\.json is not a valid clip'):
        ActionClips(tmp_path)


def test_folders_without_clips_are_told(tmp_path):
    with pytest.raises(FileNotFoundError, match='nowhere not found'):
        ActionClips(tmp_path / 'nowhere')
    with pytest.raises(ValueError, match='contains no npz or JSON'):
        ActionClips(tmp_path)


def test_two_clips_of_one_name_are_refused():
    clip = ActionClip('a', 'clap', COCO, np.ones((6, 17)), 30.0)
    with pytest.raises(ValueError, match="2 clips named 'a' with view ''"):
        ActionClipDataset([clip, clip])
