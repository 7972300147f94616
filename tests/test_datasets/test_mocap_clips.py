import json

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from mmposenorm.datasets import ClipSampler, MocapClips
from mmposenorm.datasets.mocap_clips import split_at_jumps
from mmposenorm.registry import DATA_SAMPLERS, DATASETS
from mmposenorm.transforms.clips import collate_clips

PIPELINE = [
    {'type': 'RandomClip', 'length': 9, 'speed_range': (0.7, 1.4)},
    {'type': 'PackPoseClip'},
]


def walk(num_frames: int, step: float = 0.02) -> np.ndarray:
    """Give a body that glides along +z, ``step`` metres a frame."""
    pose = np.zeros((17, 3))
    pose[:, 1] = 0.9
    pose[[1, 4], 0] = -0.1, 0.1
    pose[[8, 10], 1] = 1.4, 1.6
    path = np.arange(num_frames)[:, None, None] * np.array([0, 0, step])
    return (pose + path).astype(np.float32)


def upright(num_frames: int) -> np.ndarray:
    """Give a walk of a body with its feet 0.2 m, its head 1.6 m above the floor."""
    trial = walk(num_frames)
    trial[:, [3, 6], 1] = 0.2
    return trial


@pytest.fixture
def write(tmp_path):
    """Return a function that writes trials and their index, and gives the npz."""

    def write_trials(name='train.npz', fps=50, **trials):
        np.savez(tmp_path / name, **trials)
        index_file = tmp_path / 'index.json'
        old = json.loads(index_file.read_text()) if index_file.exists() else []
        new = [
            {'key': key, 'fps': fps, 'subject': key[:2], 'label': 'walk'}
            for key in trials
        ]
        old = [entry for entry in old if entry['key'] not in trials]
        index_file.write_text(json.dumps(old + new))
        return tmp_path / name

    return write_trials


def test_a_trial_is_cut_where_a_joint_is_too_fast():
    trial = walk(6)
    trial[4:, 13, 0] += 0.41  # 0.41 m in 1/50 s = 20.5 m/s between frames 3 and 4
    assert split_at_jumps(trial, fps=50) == [slice(0, 4), slice(4, 6)]
    assert split_at_jumps(trial, fps=25) == [slice(0, 6)]


def test_short_pieces_are_left_out_and_the_rest_named(write):
    trial = walk(60)
    trial[20:, :, 0] += 1
    data = MocapClips(write(**{'01_01': trial, '01_02': walk(30)}), min_frames=27)
    assert [clip.clip_id for clip in data.clips] == ['01_01[20:60]', '01_02']
    np.testing.assert_array_equal(data.clips[0].keypoints_world, trial[20:])


def test_what_is_too_short_is_said_in_one_line(write, monkeypatch):
    lines = []
    monkeypatch.setattr(
        'mmposenorm.datasets.mocap_clips.print_log',
        lambda line, logger: lines.append(line),
    )
    trial = walk(60)
    trial[20:, :, 0] += 1  # pieces of 20 and 40 frames
    file = write(**{'01_01': trial, '01_02': walk(26), '01_03': walk(27)})
    MocapClips(file)
    [line] = lines
    # 20 + 26 of 60 + 26 + 27 frames
    assert '2 of 4 clips, 46 of 113 frames' in line
    assert 'shorter than 27 frames' in line
    MocapClips(file, min_frames=20)
    assert lines == [line]


@pytest.mark.parametrize('fps', [20, 25, 50, 100, 200])
def test_trials_of_any_frame_rate_become_clips_of_one(write, fps):
    # 2 m/s for 2 s: 2 * fps steps of 2 / fps m. At 50 fps these are 100 steps of 4 cm.
    data = MocapClips(write(fps=fps, **{'01_01': walk(2 * fps + 1, step=2 / fps)}))
    [clip] = data.clips
    assert clip.fps == 50
    assert clip.keypoints_world.dtype == np.float32
    np.testing.assert_allclose(clip.keypoints_world, walk(101, step=0.04), atol=1e-5)


def test_clips_may_have_another_frame_rate(write):
    file = write(**{'01_01': walk(81)})
    [clip] = MocapClips(file, fps=25).clips
    np.testing.assert_array_equal(clip.keypoints_world, walk(81)[::2])
    with pytest.raises(ValueError, match='fps must be a number from 1 to 1000, but'):
        MocapClips(file, fps=0)


def test_a_jump_is_found_before_resampling_slows_it(write):
    trial = walk(400, step=0.005)
    trial[200:, :, 0] += 0.11  # in 1/200 s 22 m/s, but in 1/50 s only 5.5
    data = MocapClips(write(fps=200, **{'01_01': trial}))
    assert [clip.clip_id for clip in data.clips] == ['01_01[0:200]', '01_01[200:400]']
    # 199 steps of 1/200 s are 49.75 of 1/50 s; the last one is cut short.
    assert [len(clip.keypoints_world) for clip in data.clips] == [51, 51]


def test_a_training_pass_takes_every_frame_once_as_the_middle(write):
    data = MocapClips(write(**{'01_01': walk(30), '02_01': walk(40)}))
    places = [
        (s['clip_id'], s['center_frame']) for s in map(data.__getitem__, range(70))
    ]
    assert places[:30] == [('01_01', frame) for frame in range(30)]
    assert places[30:] == [('02_01', frame) for frame in range(40)]
    with pytest.raises(IndexError, match='index must be from 0 to 69, but is 70'):
        data[70]


def load(data, num_workers, epoch=0):
    sampler = ClipSampler(data, seed=3)
    sampler.set_epoch(epoch)
    loader = DataLoader(
        data, 8, sampler=sampler, num_workers=num_workers, collate_fn=collate_clips
    )
    return torch.cat([batch['inputs']['keypoints_world'] for batch in loader])


def test_files_are_used_as_often_as_their_weights_say(write):
    files = [
        write('a.npz', **{'01_01': walk(40)}),
        write('b.npz', **{'02_01': walk(80)}),
    ]
    dataset = MocapClips(files, weights=[2.0, 0.25])
    items = [[dataset[index, epoch] for index in range(100)] for epoch in range(30)]
    assert len(dataset) == 2 * 40 + 80 // 4
    assert [item['clip_id'] for item in items[0]] == ['01_01'] * 80 + ['02_01'] * 20
    often = [item['center_frame'] for item in items[0][:80]]
    assert often == [frame for frame in range(40) for _ in range(2)]
    # Each item of the other file stands for four frames and, over time, shows all.
    for place in range(80, 100):
        centers = {epoch[place]['center_frame'] for epoch in items}
        assert centers == set(range(4 * (place - 80), 4 * (place - 79)))


@pytest.mark.parametrize('weights', [[1.0], [1.0, 0.0], [1.0, 1.0, 1.0]])
def test_weights_that_are_not_one_positive_number_a_file_are_refused(write, weights):
    files = [
        write('a.npz', **{'01_01': walk(40)}),
        write('b.npz', **{'02_01': walk(40)}),
    ]
    with pytest.raises(ValueError, match='one positive number for each file'):
        MocapClips(files, weights=weights)


def test_clips_know_whether_their_file_is_labelled(write):
    files = [
        write('a.npz', **{'01_01': walk(40)}),
        write('b.npz', **{'02_01': walk(40)}),
    ]
    data = MocapClips(files, pipeline=PIPELINE, labelled=[True, False])
    batch = collate_clips([data[index] for index in (0, 39, 40, 79)])
    assert batch['inputs']['labelled'].tolist() == [True, True, False, False]
    without = MocapClips(files, pipeline=PIPELINE)
    assert 'labelled' not in collate_clips([without[0]])['inputs']
    with pytest.raises(ValueError, match='True or False for each file of ann_file'):
        MocapClips(files, labelled=[True])


def test_the_number_of_workers_changes_nothing(write):
    data = MocapClips(write(**{'01_01': walk(30)}), pipeline=PIPELINE)
    torch.testing.assert_close(load(data, 0), load(data, 2), rtol=0, atol=0)


def test_epochs_and_seeds_draw_anew(write):
    file = write(**{'01_01': walk(30)})
    data, other = (MocapClips(file, pipeline=PIPELINE, seed=seed) for seed in (0, 1))

    def speed(item):
        z = collate_clips([item])['inputs']['keypoints_world'][0, :, 0, 2]
        return float((z[1] - z[0]) / 0.02)

    drawn = [speed(data[15]), speed(data[15, 1]), speed(data[16]), speed(other[15])]
    assert len({round(value, 3) for value in drawn}) == 4
    assert speed(data[15]) == speed(data[15, 0])


def test_windows_collate_and_describe_their_clip(write):
    file = write(**{'01_01': walk(30)})
    data = DATASETS.build(
        {'type': 'MocapClips', 'ann_file': str(file), 'pipeline': PIPELINE}
    )
    batch = collate_clips([data[3], data[4]])
    assert batch['inputs']['keypoints_world'].shape == (2, 9, 17, 3)
    assert batch['inputs']['keypoints_world'].dtype == torch.float32
    assert batch['data_samples']['clip_id'] == ['01_01', '01_01']
    assert batch['data_samples']['variant'] == ['original', 'original']


def test_test_items_are_clips_times_views_times_variants(write):
    data = MocapClips(
        write(**{'01_01': walk(30), '02_01': walk(40)}),
        test_mode=True,
        variants=('original', 'bone_scaled'),
    )
    keys = [
        (s['clip_id'], s['view'], s['variant']) for s in (data[i] for i in range(8))
    ]
    assert len(data) == 8
    assert keys[:5] == [
        ('01_01', 'yaw-22.5', 'original'),
        ('01_01', 'yaw-22.5', 'bone_scaled'),
        ('01_01', 'yaw+22.5', 'original'),
        ('01_01', 'yaw+22.5', 'bone_scaled'),
        ('02_01', 'yaw-22.5', 'original'),
    ]
    one, other = data[1]['keypoints_world'], data[3]['keypoints_world']
    np.testing.assert_array_equal(one, other)
    assert np.abs(one - data[0]['keypoints_world']).max() > 0.01


def test_the_sampler_is_found_by_name(write):
    data = MocapClips(write(**{'01_01': walk(30)}))
    config = {'type': 'ClipSampler', 'shuffle': False, 'seed': 0}
    sampler = DATA_SAMPLERS.build(config, default_args={'dataset': data})
    sampler.set_epoch(2)
    assert list(sampler)[:2] == [(0, 2), (1, 2)]


def test_several_files_become_one_data_set(write):
    files = [write(**{'01_01': walk(30)}), write('dance.npz', **{'99_01': walk(28)})]
    assert len(MocapClips(files)) == 58


@pytest.mark.parametrize(
    ('trial', 'message'),
    [
        (
            np.zeros((30, 16, 3)),
            r"'01_01' .* has shape \(30, 16, 3\); expected \(T, 17",
        ),
        (np.zeros((0, 17, 3)), r'has 0 frame\(s\); expected at least 2'),
        (np.zeros((1, 17, 3)), r'has 1 frame\(s\); expected at least 2'),
        (
            np.full((30, 17, 3), np.nan),
            'contains NaN or infinite values, first in frame 0',
        ),
        (walk(5), 'MocapClips has no clip; expected'),
        (np.ones((30, 17, 3)), r'is 0\.0000 m tall; .* not all at one point'),
        (1000 * walk(30), r'is \d+ m tall; expected positions in metres'),
        (
            walk(30).astype(str),
            "'01_01' of .* has values of type <U32; expected real",
        ),
        (walk(30) > 0, 'has values of type bool; expected real numbers'),
        (walk(30) + 0j, 'has values of type complex64; expected real numbers'),
        (np.array(['a', 'b']), r'has shape \(2,\); expected \(T, 17, 3\)'),
    ],
)
def test_bad_trials_are_refused(write, trial, message):
    with pytest.raises(ValueError, match=message):
        MocapClips(write(**{'01_01': trial}))


@pytest.mark.parametrize(
    ('order', 'signs', 'height', 'turn'),
    [
        ((0, 2, 1), (1, -1, 1), '1.40 m in z', '(x, z, -y)'),
        ((0, 2, 1), (1, 1, -1), '-1.40 m in z', '(x, -z, y)'),
        ((1, 0, 2), (1, -1, 1), '1.40 m in x', '(-y, x, z)'),
        ((1, 0, 2), (-1, 1, 1), '-1.40 m in x', '(y, -x, z)'),
        ((0, 1, 2), (1, -1, -1), '-1.40 m in y', '(x, -y, -z)'),
    ],
)
def test_people_who_do_not_stand_along_y_are_refused(write, order, signs, height, turn):
    trial = upright(30)
    turned = trial[..., order] * np.float32(signs)
    with pytest.raises(ValueError, match='is not y up as expected') as error:
        MocapClips(write(**{'01_01': turned, '01_02': turned, '01_03': trial}))
    assert height in str(error.value)
    assert turn in str(error.value)
    # The advice leads back to what was turned.
    x, y, z = np.moveaxis(turned, -1, 0)
    back = np.stack(eval(turn, {'x': x, 'y': y, 'z': z}), axis=-1)
    np.testing.assert_array_equal(back, trial)


def test_some_may_lie(write):
    trial = upright(30)
    lying = trial[..., [0, 2, 1]]
    MocapClips(write(**{'01_01': lying, '01_02': trial, '01_03': trial}))
    other = lying * np.float32([1, 1, -1])
    MocapClips(write(**{'01_01': lying, '01_02': other}))


def test_missing_files_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'train.npz not found. Convert motion'):
        MocapClips(tmp_path / 'train.npz')


def test_what_names_no_file_is_refused():
    with pytest.raises(FileNotFoundError, match=r'^\. not found. Convert motion'):
        MocapClips('.')
    with pytest.raises(ValueError, match=r'ann_file must name .* but is \[\]'):
        MocapClips([])


def test_a_trial_missing_in_the_index_is_refused(write, tmp_path):
    file = write(**{'01_01': walk(30)})
    (tmp_path / 'index.json').write_text('[]')
    with pytest.raises(ValueError, match="does not list trial '01_01'"):
        MocapClips(file)


@pytest.mark.parametrize(
    'text',
    [
        'no json',
        '{}',
        '[1]',
        '[null]',
        '[{"key": "01_01"}]',
        '[{"key": "01_01", "subject": 1, "label": "walk", "fps": 0}]',
        '[{"key": "01_01", "subject": 1, "label": "walk", "fps": "fifty"}]',
        '[{"key": "01_01", "subject": 1, "label": "walk", "fps": Infinity}]',
        '[{"key": "01_01", "subject": 1, "label": "walk", "fps": true}]',
        '[{"key": ["01_01"], "subject": 1, "label": "walk", "fps": 50}]',
    ],
)
def test_a_damaged_index_is_refused(write, tmp_path, text):
    file = write(**{'01_01': walk(30)})
    (tmp_path / 'index.json').write_text(text)
    place = 'contains .*01_01' if '01_01' in text else ''
    with pytest.raises(
        ValueError, match=r'index\.json must be a JSON list of obj.*' + place
    ):
        MocapClips(file)


def test_a_trial_listed_twice_is_refused(write, tmp_path):
    file = write(**{'01_01': walk(30)})
    [entry] = json.loads((tmp_path / 'index.json').read_text())
    (tmp_path / 'index.json').write_text(json.dumps([entry, entry | {'fps': 25}]))
    with pytest.raises(ValueError, match="lists trial '01_01' 2 times; expected once"):
        MocapClips(file)


def test_one_trial_in_two_files_is_refused(write):
    files = [write(name, **{'01_01': walk(30)}) for name in ('a.npz', 'b.npz')]
    with pytest.raises(ValueError, match="There are 2 clips named '01_01'"):
        MocapClips(files)


def test_an_unknown_variant_is_refused(write):
    with pytest.raises(ValueError, match='variants must be some of'):
        MocapClips(write(**{'01_01': walk(30)}), variants=('scaled',))


def test_shared_training_data_is_cut_where_origin_says(shared_data):
    data = MocapClips(shared_data / 'cmu_h36m17' / 'train.npz')
    cut = {c.clip_id.split('[')[0] for c in data.clips if '[' in c.clip_id}
    listed = {'01_06', '01_07', '03_02', '07_12', '09_10', '16_23'}
    assert listed < cut
    assert len(cut) == len(listed) + 1
    for clip in data.clips:
        assert len(split_at_jumps(clip.keypoints_world, clip.fps)) == 1
